import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SQL_FORMATS, type JsonValue, type SqlAnswer, type SqlFormat } from '@leadlog/reports';
import { apiUrl, request } from './api-client';
import { wholeNumber } from './arguments';
import { tableText } from './tables';
import { WrongUsage, type Terminal } from './terminal';

export interface SqlOptions {
  param: Record<string, JsonValue>;
  format: SqlFormat | 'table';
  output?: string;
  limit?: number;
  seconds?: number;
  asOf?: string;
}

/** What every question over history may be asked with. */
export function sqlOptions(command: Command): Command {
  return command
    .option('--param <name=value>', 'value of a parameter; several times for several', parameter, {})
    .addOption(new Option('--format <format>', 'how the answer is given').choices(['table', ...SQL_FORMATS]).default('table'))
    .option('--output <file>', 'where it goes; standard output by default')
    .option('--limit <rows>', 'rows at most', wholeNumber(1, 10_000_000))
    .option('--seconds <seconds>', 'how long it may take (30)', wholeNumber(1, 600))
    .option('--as-of <moment>', 'what was recorded by then, RFC 3339');
}

/** Asks, and gives the answer as the options say; how many rows and as of where is told on stderr. */
export async function ask(url: string, path: string, body: object, { param, format, output, limit, seconds, asOf }: SqlOptions, terminal: Terminal): Promise<void> {
  const asFile = format !== 'table' && format !== 'json';
  if (output === undefined && (format === 'parquet' || format === 'arrow')) throw new WrongUsage(`--output: expected a file for ${format}, got nothing`);
  const asked = JSON.stringify({ ...body, parameters: param, format: asFile ? format : 'json', limit, seconds, asOf });
  const response = await request(apiUrl(url, path), { method: 'POST', headers: { 'content-type': 'application/json' }, body: asked });
  const more = (truncated: boolean) => (truncated ? ' (there are more; --limit gives more)' : '');
  if (!asFile) {
    const answer = (await response.json()) as SqlAnswer;
    const text = format === 'json' ? `${JSON.stringify(answer)}\n` : tableText(answer.columns.map(({ name }) => name), answer.rows!.map((row) => row.map(cellOf)));
    if (output === undefined) terminal.out(text);
    else await pipeline(Readable.from([text]), createWriteStream(output));
    if (format === 'table') terminal.err(`${answer.rowCount} ${answer.rowCount === 1 ? 'row' : 'rows'}${more(answer.truncated)}, ${answer.ms} ms, as of position ${answer.position}${replayed(Object.entries(answer.replays ?? {}).map((one) => one.join('=')).join(', '))}\n`);
    return;
  }
  const bytes = Readable.fromWeb(response.body! as never);
  if (output !== undefined) await pipeline(bytes, createWriteStream(output));
  else for await (const chunk of bytes) terminal.out(Buffer.from(chunk as Uint8Array).toString());
  terminal.err(`${response.headers.get('leadlog-rows')} rows${more(response.headers.get('leadlog-truncated') === 'true')}, as of position ${response.headers.get('leadlog-position')}${replayed(response.headers.get('leadlog-replays') ?? '')}\n`);
}

/** Kept replays may stand elsewhere than the other views. */
const replayed = (positions: string): string => (positions === '' ? '' : `, with ${positions}`);

/** Numbers, true, false and null are what they look like; in quotes they are texts, like everything else. */
function parameter(text: string, known: Record<string, JsonValue>): Record<string, JsonValue> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  const value = text.slice(at + 1);
  const plain = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|".*")$/.test(value) ? (JSON.parse(value) as JsonValue) : value;
  return { ...known, [text.slice(0, at)]: plain };
}

const cellOf = (value: JsonValue) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : typeof value === 'boolean' ? String(value) : value);
