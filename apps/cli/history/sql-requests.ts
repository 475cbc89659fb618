import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { counted } from '@leadlog/events';
import { SQL_FORMATS, type JsonValue, type SqlAnswer, type SqlFormat } from '@leadlog/sql';
import { moment, wholeNumber } from '../arguments';
import { writeOutput } from '../output-file';
import { shortNumber, shownText, tableText, type Cell } from '../tables';
import { WrongUsage, type Terminal } from '../terminal';
import { followed, type Answer, type Asked, type Asker, type Watch } from './asker';
import { ApiAsker } from './api-asker';
import { FolderAsker } from './folder-asker';

export interface SqlOptions {
  param: Record<string, JsonValue>;
  format: SqlFormat | 'table';
  output?: string;
  limit?: number;
  seconds?: number;
  asOf?: string;
  progress?: true;
  data?: string;
  names?: true;
}

/** Rows of a table that are more than a screen or two are not read. */
const MOST_SHOWN = 100;

export const DATA_HELP = 'read this data folder directly, without an API; safe while an engine runs on it';

/** What every question over history may be asked with. */
export function sqlOptions(command: Command): Command {
  return command
    .option('--param <name=value>', 'value of a parameter; repeat for several', parameter, {})
    .addOption(new Option('--format <format>', 'output format').choices(['table', ...SQL_FORMATS]).default('table'))
    .option('--output <file>', 'output file; by default, standard output')
    .option('--limit <rows>', 'maximum number of rows', wholeNumber(1, 10_000_000))
    .option('--seconds <seconds>', 'time limit in seconds (30)', wholeNumber(1, 600))
    .option('--as-of <moment>', 'only what was recorded by this time, RFC 3339', moment)
    .option('--data <folder>', DATA_HELP)
    .option('--progress', 'show progress on standard error, as on a terminal');
}

/** Work with whoever answers: the api, or a data folder. */
export async function withAsker(
  url: string,
  data: string | undefined,
  terminal: Terminal,
  work: (asker: Asker) => Promise<void>,
): Promise<void> {
  if (data === undefined) return work(new ApiAsker(url));
  const asker = await FolderAsker.open(data, terminal.env);
  try {
    await work(asker);
  } finally {
    await asker.close();
  }
}

/** Asks, and gives the answer as the options say; how many rows and as of where is told on stderr. */
export async function give(
  work: (asked: Asked, watch: Watch) => Promise<Answer>,
  { param, format, output, limit, seconds, asOf, progress, names }: SqlOptions,
  terminal: Terminal,
): Promise<void> {
  if (output === undefined && (format === 'parquet' || format === 'arrow'))
    throw new WrongUsage(`--output: expected a file for ${format}, got nothing`);
  const asked: Asked = { parameters: param, format: format === 'table' ? 'json' : format, limit, seconds, asOf, names };
  const answer = await followed(terminal, progress, (watch) => work(asked, watch));
  const { bytes, rowCount, truncated, position, replays } = answer;
  const told = (took = '') =>
    `${counted(rowCount, 'row')}${truncated ? ' (there are more; --limit gives more)' : ''}${took}, as of position ${position}${replayed(replays)}\n`;
  if (format !== 'table') {
    if (output !== undefined) await writeOutput(output, bytes);
    else await print(bytes, format === 'csv' ? terminal.file : terminal.out);
    if (format !== 'json') terminal.err(told());
    return;
  }
  const { columns, rows, ms, timezone } = JSON.parse(await text(bytes)) as SqlAnswer;
  // Whoever says how many rows there may be wants to see them.
  const table = tableText(
    columns.map(({ name }) => name),
    rows.map((row) => row.map((value) => cellOf(value, timezone))),
    { timezone, most: limit ?? MOST_SHOWN },
  );
  if (output === undefined) terminal.out(table);
  else await writeOutput(output, [table]);
  terminal.err(told(`, times in ${timezone}, ${ms} ms`));
}

/** A character may lie across two parts. */
async function print(bytes: Readable, out: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const part of bytes) out(decoder.decode(part as Uint8Array, { stream: true }));
  out(decoder.decode());
}

/** Kept replays may stand elsewhere than the other views. */
const replayed = (positions: Readonly<Record<string, string>> = {}): string =>
  Object.entries(positions)
    .map(([view, position]) => `, with ${view}=${position}`)
    .join('');

/** Numbers, true, false and null are what they look like; in quotes they are texts, like everything else. */
function parameter(text: string, known: Record<string, JsonValue>): Record<string, JsonValue> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  const value = text.slice(at + 1);
  const plain = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|".*")$/.test(value) ? (JSON.parse(value) as JsonValue) : value;
  return { ...known, [text.slice(0, at)]: plain };
}

function cellOf(value: JsonValue, timezone: string): Cell {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return JSON.stringify(value, (_, inner: JsonValue) =>
    typeof inner === 'number' ? shortNumber(inner) : typeof inner === 'string' ? shownText(inner, timezone) : inner,
  );
}
