import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { kindOf } from '@leadlog/errors';
import { counted } from '@leadlog/events';
import { checkReplayName, REPLAY_TEMPLATE, WrongReplay, type KeptReplay } from '@leadlog/replays';
import { codeOf } from '../../children/replay/code';
import { keepReplay, replay } from '../../children/replay/replays';
import { readSettings, type Settings } from '../../setup/settings';
import { day, unreadable, wholeNumber } from '../arguments';
import { writeOutput } from '../output-file';
import { progressOf } from '../progress';
import { tableText, type Cell } from '../tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';
import { addKeptReplays, keptFacts } from './kept-replays.commands';

/** A table is for reading. */
const MOST_IN_TABLE = 1_000;

interface ReplayOptions {
  from?: string;
  to?: string;
  threads: number;
  format: 'table' | 'ndjson';
  output?: string;
  keep?: true | string;
  live?: true;
}

export function addReplay(program: Command, terminal: Terminal): void {
  const command = program
    .command('replay')
    .description(
      'run a fold, written in one TypeScript or JavaScript file, over all of history, on the folder and log in the settings of this shell',
    )
    .argument('<file>', '`leadlog report new` writes one to start from')
    .option('--from <day>', 'first day on which events happened', day)
    .option('--to <day>', 'the day after the last', day)
    .option('--threads <number>', 'threads that share the keys', wholeNumber(1, 64), availableParallelism())
    .addOption(new Option('--format <format>', 'output format').choices(['table', 'ndjson']).default('table').conflicts(['keep', 'live']))
    .addOption(new Option('--output <file>', 'output file; by default, standard output').conflicts(['keep', 'live']))
    .option('--keep [name]', 'keep the answer next to the archive, as a SQL view; by default, named like the file')
    .option('--live', 'keep it, and let a worker update it as events arrive')
    .action(async (file: string, options: ReplayOptions, called: Command) => {
      const { json } = called.optsWithGlobals<Common>();
      const code = readCode(file);
      const settings = readSettings(terminal.env);
      if (options.keep !== undefined || options.live) await keep(settings, file, code, options, json, terminal);
      else await print(settings, code, options, json, terminal);
    });
  addKeptReplays(command, terminal);
  program.commands
    .find((one) => one.name() === 'report')!
    .command('new')
    .description('write a file to start a replay from')
    .argument('<file>', 'such as my-report.ts')
    .action(async (file: string) => {
      if (existsSync(file)) throw new WrongUsage(`${file} is there already; expected the name of a new file`);
      await writeOutput(file, [REPLAY_TEMPLATE]);
      terminal.err(`${file} is there; run it with: leadlog replay ${file}\n`);
    });
}

async function print(
  settings: Settings,
  code: string,
  { format, output, ...options }: ReplayOptions,
  json: true | undefined,
  terminal: Terminal,
): Promise<void> {
  const { rows, events, position, seconds } = await withProgress(terminal, (onEvents) => replay(settings, code, { ...options, onEvents }));
  const shown = rows.slice(0, MOST_IN_TABLE);
  const lines =
    format === 'ndjson' || json ? rows.map(([key, row]) => `${JSON.stringify({ key, ...(row as object) })}\n`) : [tableOf(shown)];
  if (output === undefined) for (const line of lines) terminal.out(line);
  else await writeOutput(output, lines);
  if (lines.length === 1 && shown.length < rows.length)
    terminal.err(`the first ${counted(shown.length, 'row')}; --format ndjson gives all\n`);
  terminal.err(`${counted(rows.length, 'row')} from ${counted(events, 'event')} in ${seconds} s, as of position ${position}\n`);
}

async function keep(
  settings: Settings,
  file: string,
  code: string,
  { keep: named, live, ...options }: ReplayOptions,
  json: true | undefined,
  terminal: Terminal,
): Promise<void> {
  const name = typeof named === 'string' ? named : basename(file, extname(file));
  try {
    checkReplayName(name);
  } catch (error) {
    throw new WrongUsage(`--keep: ${(error as Error).message}${typeof named === 'string' ? '' : '; --keep NAME gives it one'}`);
  }
  const { kept, events, seconds } = await withProgress(terminal, (onEvents) =>
    keepReplay(settings, { name, source: resolve(file), code, live: live === true }, { ...options, onEvents }),
  );
  if (json) terminal.out(`${JSON.stringify(keptFacts(kept))}\n`);
  terminal.err(
    `${said(kept)}: ${counted(kept.documents, 'row')} from ${counted(events, 'event')} in ${seconds} s, as of position ${kept.position}. Ask it with: leadlog sql 'SELECT * FROM ${kept.view}'\n`,
  );
}

const said = ({ name, number, live }: KeptReplay): string => `${name} is kept as generation ${number}${live ? ' and goes on live' : ''}`;

async function withProgress<T extends object>(
  terminal: Terminal,
  work: (onEvents: (events: number) => void) => Promise<T>,
): Promise<T & { seconds: string }> {
  const began = performance.now();
  const progress = progressOf('events', terminal);
  try {
    return { ...(await work((events) => progress.at(events))), seconds: ((performance.now() - began) / 1_000).toFixed(1) };
  } catch (error) {
    const { name, message } = error as Error;
    const kind = kindOf(error);
    throw new CommandFailed(`${kind ? '' : `${name}: `}${message}`, kind);
  } finally {
    progress.end();
  }
}

function readCode(file: string): string {
  try {
    return codeOf(file);
  } catch (error) {
    if (error instanceof WrongReplay) throw new CommandFailed(error.message);
    throw unreadable('<file>', file, error, ', or one of list, show, drop');
  }
}

function tableOf(rows: readonly [string, unknown][]): string {
  const names = [...new Set(rows.flatMap(([, row]) => Object.keys(row as object)))];
  const cell = (value: unknown): Cell => (typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell));
  return tableText(
    ['key', ...names],
    rows.map(([key, row]) => [key, ...names.map((name) => cell((row as Record<string, unknown>)[name]))]),
  );
}
