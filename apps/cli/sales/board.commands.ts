import { Command, Option } from 'commander';
import { counted } from '@leadlog/events';
import { callApi } from '../api-client';
import { position, quantity, wholeNumber } from '../arguments';
import { moreText, showAnswer } from '../show-answer';
import { rounded, tableText, type Cell } from '../tables';
import type { Common, Terminal } from '../terminal';

interface Progress {
  actual: number | null;
  progress: number | null;
  pace: number | null;
}
interface Target extends Progress {
  scope: string;
  scopeId: string;
  kpi: string;
  period: string;
  currency?: string;
  value: number;
}
interface Targets {
  items: Target[];
  nextCursor?: string;
}
interface Board {
  period: string;
  timezone: string;
  workingDays: number;
  workingDaysGone: number;
  steps: (Progress & { side: string; step: string; label: string; currency?: string; target: number | null; conversion: number | null })[];
}

const SCOPES = ['rep', 'team', 'joint'];

/** What marketing and sales are to reach, and how far they are. */
export function addBoard(program: Command, terminal: Terminal): void {
  const after = (command: Command): Command =>
    command.option('--after <position>', 'wait until everything up to this position is included', position);

  const targets = program.command('targets').description('targets of representatives, teams and the whole company');
  after(
    targets
      .command('list')
      .description('list targets with what was reached and the pace')
      .option('--period <period>', 'only this month (2026-11), quarter (2026-Q4) or fiscal year (2026)')
      .addOption(new Option('--scope <scope>', 'only those of representatives, of teams, or joint ones').choices(SCOPES))
      .option('--of <id>', 'only those of this representative or team')
      .option('--kpi <name>', 'only those for this KPI')
      .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
      .option('--cursor <cursor>', 'continue from the previous page'),
  ).action((_: unknown, command: Command) => {
    const { of, limit, after: __, ...query } = command.opts<Record<string, string | undefined> & { limit?: number }>();
    return showAnswer<Targets>(
      terminal,
      command,
      '/v1/targets',
      { ...query, scopeId: of, limit: limit === undefined ? undefined : String(limit) },
      targetsText,
    );
  });
  targets
    .command('set')
    .description('set a target; the last one counts')
    .argument('<kpi>')
    .argument('<value>', 'a count, a ratio (0.25), or an amount in units of its currency', quantity)
    .requiredOption('--period <period>', 'a month (2026-11), quarter (2026-Q4) or fiscal year by the year in which it begins (2026)')
    .addOption(new Option('--scope <scope>', 'whose target it is').choices(SCOPES).default('joint'))
    .option('--of <id>', 'the representative or team; for a joint target a name of your own')
    .option('--currency <code>', 'of an amount (ISO 4217)')
    .option('--id <id>', 'your id for this; sending the same id again changes nothing')
    .action(async (kpi: string, value: number, { of, ...given }: Record<string, string | undefined>, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const body = { ...given, scopeId: of, kpi, value };
      const answer = await callApi<{ position: string; repeated: boolean }>(url, 'PUT', '/v1/targets', { body });
      if (json) return terminal.out(`${JSON.stringify(answer)}\n`);
      terminal.out(
        answer.repeated
          ? `nothing to change (position ${answer.position})\n`
          : `target for ${kpi} is ${value} (position ${answer.position})\n`,
      );
    });

  after(
    program
      .command('board')
      .description('show the steps of marketing and sales in one funnel, with targets and pace')
      .argument('[period]', 'a month (2026-11), quarter (2026-Q4) or fiscal year (2026); this month by default'),
  ).action((period: string | undefined, _: unknown, command: Command) =>
    showAnswer<Board>(terminal, command, '/v1/board', { period }, boardText),
  );
}

const share = (value: number | null): string | undefined => (value === null ? undefined : `${(100 * value).toFixed(1)} %`);

function targetsText({ items, nextCursor }: Targets): string {
  const rows = items.map((one): Cell[] => [
    one.period,
    one.scope,
    one.scopeId,
    one.currency === undefined ? one.kpi : `${one.kpi} ${one.currency}`,
    one.value,
    rounded(one.actual, 4),
    share(one.progress),
    rounded(one.pace),
  ]);
  return `${tableText(['period', 'scope', 'of', 'kpi', 'target', 'actual', 'reached', 'pace'], rows)}${moreText(nextCursor)}`;
}

function boardText({ period, timezone, workingDays, workingDaysGone, steps }: Board): string {
  const rows = steps.map((one): Cell[] => [
    one.side,
    one.currency === undefined ? one.step : `${one.step} ${one.currency}`,
    one.label,
    one.actual,
    one.target,
    share(one.progress),
    rounded(one.pace),
    share(one.conversion),
  ]);
  return `${period}: ${workingDaysGone} of ${counted(workingDays, 'working day')}\n${tableText(
    ['side', 'step', '', 'actual', 'target', 'reached', 'pace', 'of the step before'],
    rows,
    { timezone },
  )}`;
}
