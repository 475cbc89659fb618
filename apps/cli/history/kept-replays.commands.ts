import { Command } from 'commander';
import { kindOf } from '@leadlog/errors';
import { counted } from '@leadlog/events';
import { replaysOf, type KeptReplay, type KeptReplays } from '@leadlog/replays';
import { openLogToRead } from '../../setup/backends';
import { readSettings } from '../../setup/settings';
import { factsText, tableText } from '../tables';
import { CommandFailed, type Common, type Terminal } from '../terminal';

/** Straight on the folder that the settings name. */
export function addKeptReplays(replay: Command, terminal: Terminal): void {
  const kept = (): KeptReplays => replaysOf({ folder: readSettings(terminal.env).archiveFolder });
  const isJson = (command: Command): boolean => command.optsWithGlobals<Common>().json === true;
  replay
    .command('list')
    .description('list kept replays: their file, position and age')
    .action(async (_: unknown, command: Command) => {
      const all = kept().all();
      const head = all.length === 0 ? 0n : await headOf(terminal);
      const row = (one: KeptReplay) => [
        one.name,
        one.view,
        one.source,
        spanOf(one),
        one.documents,
        String(one.position),
        String(head - one.position),
        ageOf(one.madeAt),
        stateOf(one),
      ];
      if (isJson(command))
        terminal.out(`${JSON.stringify({ items: all.map((one) => ({ ...keptFacts(one), behind: String(head - one.position) })) })}\n`);
      else terminal.out(tableText(['replay', 'view', 'file', 'days', 'rows', 'position', 'behind', 'age', 'state'], all.map(row)));
    });
  replay
    .command('show')
    .description('show a kept replay: its state, columns and code')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) => {
      const all = kept();
      const one = known(() => all.get(name));
      if (isJson(command)) return terminal.out(`${JSON.stringify({ ...keptFacts(one), code: one.code })}\n`);
      const facts = [
        ['file', one.source],
        ['view', one.view],
        ['generation', one.number],
        ['days', spanOf(one)],
        ['rows', one.documents],
        ['position', String(one.position)],
        ['made', `${one.madeAt}, ${ageOf(one.madeAt)} ago`],
        ['state', stateOf(one)],
      ] as const;
      terminal.out(
        `${factsText(facts)}${tableText(
          ['column', 'type'],
          one.columns.map((column) => [column.name, column.type]),
        )}${one.code}\n`,
      );
    });
  replay
    .command('drop')
    .description('delete a kept replay, all its generations and its SQL view')
    .argument('<name>')
    .action((name: string) => {
      const all = kept();
      known(() => all.drop(name));
      terminal.err(`${name} is dropped\n`);
    });
}

/** As JSON says it; the position as text, like everywhere. */
export const keptFacts = ({ code: _, folder: __, form: ___, lastEvent: ____, position, ...facts }: KeptReplay) => ({
  ...facts,
  position: String(position),
});

async function headOf(terminal: Terminal): Promise<bigint> {
  const log = openLogToRead(readSettings(terminal.env));
  return log.head().finally(() => log.close());
}

function known<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw kindOf(error) ? new CommandFailed((error as Error).message, kindOf(error)) : error;
  }
}

const stateOf = ({ live, stopped, personal }: KeptReplay): string =>
  stopped
    ? `stopped ${ageOf(stopped.at)} ago: ${stopped.error}`
    : personal !== false
      ? 'to be made again without personal data'
      : live
        ? 'live'
        : 'kept';

function spanOf({ from, to }: KeptReplay): string {
  if (from === undefined && to === undefined) return 'all';
  return [from && `from ${from}`, to && `before ${to}`].filter(Boolean).join(', ');
}

function ageOf(madeAt: string): string {
  const minutes = Math.floor((Date.now() - Date.parse(madeAt)) / 60_000);
  if (minutes < 1) return 'under a minute';
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : counted(Math.floor(minutes / (24 * 60)), 'day');
}
