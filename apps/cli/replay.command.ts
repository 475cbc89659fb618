import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { Command, Option } from 'commander';
import { transform } from 'sucrase';
import { REPLAY_TEMPLATE } from '@leadlog/reports';
import { openLog } from '../backends';
import { readSettings, type Settings } from '../settings';
import { day, wholeNumber } from './arguments';
import { progressOf } from './progress';
import type { FromReplayThread, ReplayTask } from './replay-thread';
import { tableText, type Cell } from './tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from './terminal';

/** A table is for reading. */
const MOST_IN_TABLE = 1_000;

interface ReplayOptions {
  from?: string;
  to?: string;
  threads: number;
  format: 'table' | 'ndjson';
  output?: string;
}

export interface Replayed {
  rows: [string, unknown][];
  events: number;
  position: bigint;
}

export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description('run a fold, written in one TypeScript or JavaScript file, over all of history; on the folder and the log that the settings of this shell name')
    .argument('<file>', '`leadlog report new` writes one to begin with')
    .option('--from <day>', 'first day on which events happened', day)
    .option('--to <day>', 'the day after the last', day)
    .option('--threads <number>', 'threads that share the keys', wholeNumber(1, 64), availableParallelism())
    .addOption(new Option('--format <format>', 'how the answer is given').choices(['table', 'ndjson']).default('table'))
    .option('--output <file>', 'where it goes; standard output by default')
    .action(async (file: string, { format, output, ...options }: ReplayOptions, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      const code = codeOf(file);
      const began = performance.now();
      const { rows, events, position } = await replay(readSettings(terminal.env), code, options, terminal);
      const shown = rows.slice(0, MOST_IN_TABLE);
      const lines = format === 'ndjson' || json ? rows.map(([key, row]) => `${JSON.stringify({ key, ...(row as object) })}\n`) : [tableOf(shown)];
      if (output === undefined) for (const line of lines) terminal.out(line);
      else await pipeline(Readable.from(lines), createWriteStream(output));
      if (lines.length === 1 && shown.length < rows.length) terminal.err(`the first ${shown.length} rows; --format ndjson gives all\n`);
      terminal.err(`${rows.length} rows from ${events} events in ${((performance.now() - began) / 1_000).toFixed(1)} s, as of position ${position}\n`);
    });
  program.commands
    .find((one) => one.name() === 'report')!
    .command('new')
    .description('write a file to begin a replay with')
    .argument('<file>', 'such as my-report.ts')
    .action((file: string) => {
      if (existsSync(file)) throw new WrongUsage(`${file} is there already; expected the name of a new file`);
      writeFileSync(file, REPLAY_TEMPLATE);
      terminal.err(`${file} is there; run it with: leadlog replay ${file}\n`);
    });
}

/** In threads, each with its part of the keys; the rows of all, by key. */
export async function replay(settings: Settings, code: string, { from, to, threads }: { from?: string; to?: string; threads: number }, terminal?: Terminal): Promise<Replayed> {
  const log = openLog(settings);
  const position = await log.head().finally(() => log.close());
  const parts = Math.max(1, threads);
  let events = 0;
  const progress = terminal && progressOf('events', terminal);
  const partOf = (part: number): Promise<[string, unknown][]> =>
    new Promise((finished, failed) => {
      const thread = new Worker(join(__dirname, 'replay-thread.js'), { workerData: { settings, code, span: { from, to, until: position }, part, parts } satisfies ReplayTask });
      thread.on('message', (message: FromReplayThread) => {
        if ('rows' in message) return finished(message.rows);
        events += message.events;
        progress?.at(events);
      });
      thread.once('error', (error) => failed(new CommandFailed(`${error.name === 'WrongReplay' ? '' : `${error.name}: `}${error.message}`)));
    });
  try {
    const rows = (await Promise.all(Array.from({ length: parts }, (_, part) => partOf(part)))).flat();
    return { rows: rows.sort(([a], [b]) => (a < b ? -1 : 1)), events, position };
  } finally {
    progress?.end();
  }
}

function codeOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongUsage(`expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return file.endsWith('.ts') ? transform(text, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: false }).code : text;
  } catch (error) {
    throw new CommandFailed(`${file} is no TypeScript that can be run as it stands: ${(error as Error).message}`);
  }
}

function tableOf(rows: readonly [string, unknown][]): string {
  const names = [...new Set(rows.flatMap(([, row]) => Object.keys(row as object)))];
  const cell = (value: unknown): Cell => (typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell));
  return tableText(['key', ...names], rows.map(([key, row]) => [key, ...names.map((name) => cell((row as Record<string, unknown>)[name]))]));
}
