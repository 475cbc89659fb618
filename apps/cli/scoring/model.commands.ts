import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { shown } from '@leadlog/events';
import { apiUrl, callApi, request } from '../api-client';
import { textOfFile, wholeNumber } from '../arguments';
import { factsText, tableText, type Cell } from '../tables';
import { withPlaces } from '../documents/problem-places';
import { CommandFailed, type Common, type Terminal } from '../terminal';
import { callUpToNow } from '../wait-until-folded';
import { modelIdIn } from './model-id';
import { addTrials } from './trial.commands';

interface PublicationItem {
  version: string;
  mode?: string;
  handoffs?: string;
  perDay?: number;
  publishedAt?: string;
  position?: string;
  rollbackTo?: string;
  ofSettings?: true;
}
interface ModelItem {
  modelId: string;
  main: boolean;
  live?: PublicationItem;
  answering?: string;
  retired?: true;
  versions: { version: string; draftedAt: string; published: boolean }[];
  published: PublicationItem[];
}
interface DocumentAnswer {
  modelId: string;
  version: string;
  text: string;
}
interface Answer {
  modelId: string;
  version: string;
  position?: string;
  repeated?: boolean;
}
interface SwitchOptions {
  handoffs?: string;
  perDay?: number;
}

/** Scoring models; each command is one request to the API, or two where it first has to look which version is meant. */
export function addModels(program: Command, terminal: Terminal): void {
  const models = program.command('model').description('scoring models: draft, publish, compare, roll back');
  const urlOf = (command: Command): string => command.optsWithGlobals<Common>().url;
  const print = (command: Command, answer: unknown, text: () => string): void =>
    terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(answer)}\n` : text());
  const pathOf = (modelId: string, verb?: string): string =>
    `/v1/models/${encodeURIComponent(modelId)}${verb === undefined ? '' : `/${verb}`}`;
  const sendDocument = async (command: Command, file: string, verb: 'validate' | 'drafts'): Promise<Answer> => {
    const text = textOfFile('<file>', file);
    try {
      const response = await request(apiUrl(urlOf(command), pathOf(modelIdIn(text), verb)), {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'application/yaml' },
      });
      return (await response.json()) as Answer;
    } catch (error) {
      throw withPlaces(error, file, `${basename(file)} is no scoring model`, terminal);
    }
  };
  const itemOf = async (command: Command, modelId: string): Promise<ModelItem> => {
    const { items } = await callUpToNow<{ items: ModelItem[] }>(urlOf(command), '/v1/models');
    const found = items.find((item) => item.modelId === modelId);
    if (!found)
      throw new CommandFailed(`<id>: expected a model: one of ${items.map((item) => item.modelId).join(', ')}, got ${shown(modelId)}`);
    return found;
  };

  models
    .command('list')
    .description('list models, with the live version and the one that answers reads now')
    .action(async (_: unknown, command: Command) => {
      const answer = await callApi<{ items: ModelItem[] }>(urlOf(command), 'GET', '/v1/models');
      print(command, answer, () =>
        tableText(['model', '', 'live', 'since', 'mode', 'handoffs', 'answering', 'drafts'], answer.items.map(modelRow)),
      );
    });
  models
    .command('history')
    .description('show what was drafted and published')
    .argument('<id>')
    .action(async (id: string, _: unknown, command: Command) => {
      const item = await itemOf(command, id);
      print(command, item, () => historyText(item));
    });
  models
    .command('show')
    .description('print the document as it was written')
    .argument('<id>')
    .option('--version <version>', 'a drafted or published version; by default, the live one')
    .action(async (id: string, { version }: { version?: string }, command: Command) => {
      const answer = await callApi<DocumentAnswer>(urlOf(command), 'GET', pathOf(id), { query: { version } });
      print(command, answer, () => (answer.text.endsWith('\n') ? answer.text : `${answer.text}\n`));
    });
  models
    .command('validate')
    .description('check a document without saving it')
    .argument('<file>')
    .action(async (file: string, _: unknown, command: Command) => {
      const answer = await sendDocument(command, file, 'validate');
      print(command, answer, () => `${file} is version ${answer.version} of ${answer.modelId}\n`);
    });
  models
    .command('draft')
    .description('save a document as a draft; its version follows from its meaning')
    .argument('<file>')
    .action(async (file: string, _: unknown, command: Command) => {
      const answer = await sendDocument(command, file, 'drafts');
      print(
        command,
        answer,
        () =>
          `${answer.modelId} ${answer.version} ${answer.repeated ? 'was drafted before' : 'is drafted'}; publish it with: leadlog model publish ${answer.modelId} --version ${answer.version}\n`,
      );
    });
  atSwitch(models.command('publish'))
    .description('make a version live; it answers reads once it is built')
    .argument('<id>')
    .option('--version <version>', 'a drafted version; by default, the latest that was never published')
    .addOption(
      new Option('--mode <mode>', 'under it is all of history, or what is recorded from now on').choices(['retroactive', 'prospective']),
    )
    .action(async (id: string, { version, ...how }: SwitchOptions & { version?: string; mode?: string }, command: Command) => {
      const wanted = version ?? (await itemOf(command, id)).versions.findLast(({ published }) => !published)?.version;
      if (wanted === undefined)
        throw new CommandFailed(
          `${id} has no draft that was never published; make one with: leadlog model draft FILE, or name a version with --version`,
        );
      const answer = await callApi<Answer>(urlOf(command), 'POST', pathOf(id, 'publish'), { body: { version: wanted, ...how } });
      print(command, answer, () =>
        answer.repeated
          ? `${id} ${answer.version} is live already\n`
          : `${id} ${answer.version} is published; it answers once it is built, see: leadlog model list\n`,
      );
    });
  atSwitch(models.command('rollback'))
    .description('publish again what was live before')
    .argument('<id>')
    .option('--from <version>', 'the version to roll back; by default, the live one')
    .action(async (id: string, { from, ...how }: SwitchOptions & { from?: string }, command: Command) => {
      const left = from ?? (await itemOf(command, id)).live?.version;
      const answer = await callApi<Answer>(urlOf(command), 'POST', pathOf(id, 'rollback'), { body: { from: left, ...how } });
      print(
        command,
        answer,
        () =>
          `${id} goes back${left === undefined ? '' : ` from ${left}`} to ${answer.version}; whom it has handed off stays with sales; see: leadlog model list\n`,
      );
    });
  models
    .command('retire')
    .description('retire a model other than the main one')
    .argument('<id>')
    .action(async (id: string, _: unknown, command: Command) => {
      const answer = await callApi<Answer>(urlOf(command), 'POST', pathOf(id, 'retire'));
      print(command, answer, () => `${id} is retired\n`);
    });
  addTrials(models, terminal);
}

function atSwitch(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--handoffs <how>',
        'which leads that only the switch made hot are handed off: none (silent, by default), a few per day, or all',
      ).choices(['silent', 'trickle', 'all']),
    )
    .option('--per-day <number>', 'with trickle: how many per day, best first', wholeNumber(1, 1_000));
}

function modelRow({ modelId, main, live, answering, retired, versions }: ModelItem): Cell[] {
  const drafts = versions.filter(({ published }) => !published).map(({ version }) => version);
  const state = retired ? 'retired' : live?.ofSettings ? 'of the settings' : live?.publishedAt;
  return [modelId, main ? 'main' : '', live?.version, state, live?.mode, handoffsText(live), answering, drafts.join(', ')];
}

function historyText(item: ModelItem): string {
  const rows = item.published.map((one): Cell[] => [
    one.publishedAt,
    one.version,
    one.mode,
    handoffsText(one),
    one.rollbackTo === undefined ? '' : `back to that of ${one.rollbackTo}`,
    one.position,
  ]);
  const drafts = item.versions.map(({ version, draftedAt, published }): Cell[] => [draftedAt, version, published ? 'published' : 'draft']);
  return (
    factsText([
      ['model', item.modelId],
      ['live', item.live?.version],
      ['answering', item.answering],
    ]) +
    tableText(['drafted', 'version', ''], drafts) +
    tableText(['published', 'version', 'mode', 'handoffs', 'rollback', 'position'], rows)
  );
}

const handoffsText = (one: PublicationItem | undefined): string | undefined =>
  one?.perDay === undefined ? one?.handoffs : `${one.perDay} a day`;
