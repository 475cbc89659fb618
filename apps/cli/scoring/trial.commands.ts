import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Option, type Command } from 'commander';
import type { Suggestion } from '@leadlog/scoring';
import { callApi } from '../api-client';
import { day, textOfFile, wholeNumber } from '../arguments';
import { writeOutput } from '../output-file';
import { progressOf } from '../progress';
import { factsText, rounded, tableText, type Cell } from '../tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';
import { modelIdIn } from './model-id';

interface VersionFigures {
  name: string;
  auc?: number;
  precision?: number;
  lift?: number;
  recall?: number;
  hot: { leads: number; outcomes: number };
  medianLeadTimeDays?: number;
  calibration?: { error: number };
}
interface BacktestResult {
  versions: VersionFigures[];
  summary: string[];
}
interface PreviewResult {
  position: string;
  leads: number;
  tiers: { now: Record<string, number>; then: Record<string, number> };
  becomeHot: number;
  leaveHot: number;
  staysWithSales: number;
  handsOff: number;
  named: { leadId: string; from: string; to: string; scores: Record<string, number>; before?: Record<string, number>; handsOff: boolean }[];
}
type SuggestResult = Pick<Suggestion, 'text' | 'rules' | 'summary'> & { heldOut: BacktestResult };
interface TrialItem {
  id: string;
  kind: 'preview' | 'backtest' | 'suggest';
  modelId: string;
  version: string;
  askedAt: string;
  state: string;
  progress: number;
  error?: string;
  figures?: Record<string, number>;
  result?: unknown;
}

const LOOK_MS = 200;
const STARTING_MODELS_FOLDER = join(__dirname, '../../../libs/scoring/models');
const STARTING_MODELS = readdirSync(STARTING_MODELS_FOLDER).map((file) => basename(file, '.yaml'));
const TIERS = ['hot', 'warm', 'cold'];

/** What a model would do to history, and would have done: each starts a trial, waits for it and prints what came of it. */
export function addTrials(models: Command, terminal: Terminal): void {
  const urlOf = (command: Command): string => command.optsWithGlobals<Common>().url;
  const print = (command: Command, answer: unknown, text: () => string): void =>
    terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(answer)}\n` : text());
  const perform = async (
    command: Command,
    what: string,
    kind: TrialItem['kind'],
    { version, ...options }: Record<string, unknown>,
  ): Promise<TrialItem> => {
    const isFile = statSync(what, { throwIfNoEntry: false })?.isFile() === true;
    if (isFile && version !== undefined) throw new WrongUsage(`--version: expected with the id of a model, got it with the file ${what}`);
    const { modelId, ...of } = isFile ? documentIn(what) : { modelId: what, version };
    const started = await callApi<TrialItem>(urlOf(command), 'POST', `/v1/models/${encodeURIComponent(modelId)}/trials`, {
      body: { kind, ...of, ...options },
    });
    return finished(urlOf(command), started.id, terminal);
  };

  onDraft(models.command('preview'))
    .description('show who would change tier if it were published now, and whom sales would get')
    .addOption(new Option('--mode <mode>', 'how it would be published').choices(['retroactive', 'prospective']))
    .option('--rollback', 'show who would change tier if the live version were rolled back now')
    .option('--named <number>', 'maximum number of leads to name, largest changes first', wholeNumber(0, 100_000), 20)
    .action(async (what: string, options: Record<string, unknown>, command: Command) => {
      const { result } = await perform(command, what, 'preview', options);
      print(command, result, () => previewText(result as PreviewResult));
    });
  onPast(onDraft(models.command('backtest')))
    .description('show how it would have ranked the leads of past months against what then happened, next to the live version')
    .option('--capacity <number>', 'number of leads that sales takes at each cut-off', wholeNumber(1, 1_000_000))
    .option(
      '--against <model>',
      'another one to compare: a model, or <model>/<version>; may be repeated',
      (one: string, all: string[] = []) => [...all, one],
    )
    .action(async (what: string, options: Record<string, unknown>, command: Command) => {
      const { result } = await perform(command, what, 'backtest', options);
      print(command, result, () => backtestText(result as BacktestResult));
    });
  onPast(onDraft(models.command('suggest')))
    .description('fit points to what happened, as a new draft')
    .option('--out <file>', 'write the document to this file')
    .action(async (what: string, { out, ...options }: Record<string, unknown>, command: Command) => {
      const { result } = await perform(command, what, 'suggest', options);
      const { text } = result as SuggestResult;
      if (typeof out === 'string') await writeOutput(out, [text]);
      print(
        command,
        result,
        () =>
          `${suggestedText(result as SuggestResult)}${typeof out === 'string' ? `The document is in ${out}; keep it with: leadlog model draft ${out}\n` : ''}`,
      );
    });
  models
    .command('trials')
    .description('compare the previews, backtests and suggestions of a model side by side')
    .argument('<id>')
    .action(async (id: string, _: unknown, command: Command) => {
      const answer = await callApi<{ items: TrialItem[] }>(urlOf(command), 'GET', `/v1/models/${encodeURIComponent(id)}/trials`);
      print(command, answer, () =>
        tableText(
          ['trial', 'version', 'state', 'figures'],
          answer.items.map(({ id: trial, version, state, figures, error }): Cell[] => [
            trial,
            version,
            state,
            error ??
              Object.entries(figures ?? {})
                .map(([name, value]) => `${name} ${rounded(value, 3)}`)
                .join(', '),
          ]),
        ),
      );
    });
  models
    .command('trial')
    .description('show the result of a trial')
    .argument('<trial>')
    .action(async (id: string, _: unknown, command: Command) => {
      const trial = await callApi<TrialItem>(urlOf(command), 'GET', `/v1/trials/${encodeURIComponent(id)}`);
      print(command, trial, () =>
        trial.state === 'done'
          ? resultText(trial)
          : factsText([
              ['trial', id],
              ['state', trial.state],
              ['progress', `${Math.round(100 * trial.progress)} %`],
              ['error', trial.error],
            ]),
      );
    });
  models
    .command('new')
    .description('print a commented starting model to edit')
    .addArgument(new Argument('<kind>', 'what sort of company it is for').choices(STARTING_MODELS))
    .action((kind: string) => terminal.out(readFileSync(join(STARTING_MODELS_FOLDER, `${kind}.yaml`), 'utf8')));
  models
    .command('schema')
    .description('print the JSON Schema of the document, for editors')
    .action(async (_: unknown, command: Command) => {
      const { schema } = await callApi<{ schema: object }>(urlOf(command), 'GET', '/v1/schemas/scoring-model');
      terminal.out(`${JSON.stringify(schema, null, 2)}\n`);
    });
}

function onDraft(command: Command): Command {
  return command
    .argument('<id|file>', 'a model, or a file with a document (drafting it is not required)')
    .option('--version <version>', 'a drafted or published version; by default, the latest');
}

function onPast(command: Command): Command {
  return command
    .option('--from <day>', 'first cut-off', day)
    .option('--to <day>', 'last cut-off', day)
    .addOption(new Option('--every <time>', 'one cut-off at the start of each').choices(['month', 'week']))
    .addOption(new Option('--outcome <outcome>', 'what counts as a success; by default, deal').choices(['accepted', 'deal', 'won']))
    .option('--horizon-days <days>', 'days after a cut-off within which the outcome counts; 30 by default', wholeNumber(1, 730))
    .option('--include-customers', 'include leads that have already bought; by default, they are left out')
    .addOption(
      new Option(
        '--by <time>',
        'what counts as known at a cut-off: what was recorded by then, or what had happened (for history that was imported later)',
      ).choices(['recorded', 'occurred']),
    );
}

/** Waits; interrupted, it takes the trial back. */
async function finished(url: string, id: string, terminal: Terminal): Promise<TrialItem> {
  const path = `/v1/trials/${id}`;
  const progress = progressOf(`${id}, percent`, terminal);
  const interrupted = (): void => void callApi(url, 'DELETE', path).finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    for (;;) {
      const trial = await callApi<TrialItem>(url, 'GET', path);
      if (trial.state === 'done') return trial;
      if (trial.state === 'failed' || trial.state === 'cancelled') throw new CommandFailed(trial.error ?? `trial ${id} was cancelled`);
      progress.at(Math.round(100 * trial.progress));
      await sleep(LOOK_MS);
    }
  } finally {
    progress.end();
    process.off('SIGINT', interrupted);
  }
}

function documentIn(file: string): { modelId: string; document: string } {
  const document = textOfFile('<file>', file);
  return { modelId: modelIdIn(document), document };
}

function resultText({ kind, result }: TrialItem): string {
  if (kind === 'preview') return previewText(result as PreviewResult);
  return kind === 'backtest'
    ? backtestText(result as BacktestResult)
    : `${(result as SuggestResult).text}\n${(result as SuggestResult).summary.join('\n')}\n`;
}

function previewText({ position, leads, tiers, becomeHot, leaveHot, staysWithSales, handsOff, named }: PreviewResult): string {
  const points = (scores: Record<string, number> | undefined): string =>
    Object.entries(scores ?? {})
      .map(([axis, value]) => `${axis} ${rounded(value, 1)}`)
      .join(', ');
  return (
    factsText([
      ['leads', leads],
      ['position', position],
      ['become hot', becomeHot],
      ['of those handed off', handsOff],
      ['leave hot', leaveHot],
      ['of those stay with sales', staysWithSales],
    ]) +
    tableText(
      ['tier', 'now', 'then'],
      TIERS.map((tier): Cell[] => [tier, tiers.now[tier], tiers.then[tier]]),
    ) +
    tableText(
      ['lead', 'from', 'to', 'handed off', 'scores', 'before'],
      named.map(({ leadId, from, to, scores, before, handsOff: hands }): Cell[] => [
        leadId,
        from,
        to,
        hands ? 'yes' : '',
        points(scores),
        points(before),
      ]),
    )
  );
}

function suggestedText({ rules, heldOut, summary }: SuggestResult): string {
  const doubts = ({ held, shaky = [] }: SuggestResult['rules'][number]): string =>
    [
      ...(held ? [`kept by ${held.by}, history says ${held.historySays}`] : []),
      ...(shaky.length > 0 ? [`shaky: ${shaky.join(', ')}`] : []),
    ].join('; ');
  const head = ['rule', 'axis', 'before', 'suggested', '95 %', 'cases', 'leads', ''];
  const rows = rules.map((rule): Cell[] => [
    rule.id,
    rule.axis,
    rule.before,
    rule.after,
    rule.interval && `${rule.interval.from} to ${rule.interval.to}`,
    rule.cases,
    rule.leads,
    doubts(rule),
  ]);
  return `${tableText(head, rows)}${figuresTable(heldOut.versions)}${summary.join('\n')}\n`;
}

const backtestText = ({ versions, summary }: BacktestResult): string => `${figuresTable(versions)}${summary.join('\n')}\n`;

function figuresTable(versions: readonly VersionFigures[]): string {
  const head = ['', 'AUC', 'precision', 'lift', 'recall', 'hot', 'of those', 'days to it', 'off by'];
  return tableText(
    head,
    versions.map(({ name, auc, precision, lift, recall, hot, medianLeadTimeDays, calibration }): Cell[] => [
      name,
      rounded(auc, 3),
      rounded(precision, 3),
      rounded(lift, 1),
      rounded(recall, 3),
      hot.leads,
      hot.outcomes,
      rounded(medianLeadTimeDays, 0),
      rounded(calibration?.error, 3),
    ]),
  );
}
