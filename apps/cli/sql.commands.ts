import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SQL_FORMATS, type JsonValue, type SqlAnswer, type SqlFormat } from '@leadlog/reports';
import { apiUrl, callApi, request } from './api-client';
import { wholeNumber } from './arguments';
import { tableText } from './tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from './terminal';

interface SqlOptions {
  param: Record<string, JsonValue>;
  format: SqlFormat | 'table';
  output?: string;
  file?: string;
  limit?: number;
  seconds?: number;
  asOf?: string;
  describe?: true | string;
}
interface ViewItem {
  name: string;
  says: string;
  columns: { name: string; says: string; type?: string }[];
}

const HELP = `\\d shows the views, \\d NAME one of them, \\q ends; a question ends with a semicolon\n`;

export function addSql(program: Command, terminal: Terminal): void {
  program
    .command('sql')
    .description('one SELECT over all of history; without it, it is asked for (on a terminal) or read from standard input')
    .argument('[select]', 'such as "SELECT rep, count(*) FROM calls GROUP BY rep"')
    .option('--describe [view]', 'the views, or the columns of one')
    .option('--param <name=value>', 'value of $name in the SQL; several times for several', parameter, {})
    .addOption(new Option('--format <format>', 'how the answer is given').choices(['table', ...SQL_FORMATS]).default('table'))
    .option('--output <file>', 'where it goes; standard output by default')
    .option('--file <file>', 'file that holds the SELECT')
    .option('--limit <rows>', 'rows at most', wholeNumber(1, 10_000_000))
    .option('--seconds <seconds>', 'how long it may take (30)', wholeNumber(1, 600))
    .option('--as-of <moment>', 'what was recorded by then, RFC 3339')
    .action(async (select: string | undefined, options: SqlOptions, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      if (options.describe) return describe(url, options.describe, json, terminal);
      const given = options.file === undefined ? select : readQuestion(options.file);
      const asked: SqlOptions = json ? { ...options, format: 'json' } : options;
      if (given !== undefined) return ask(url, given, asked, terminal);
      if (process.stdin.isTTY) return interactive(url, asked, terminal);
      return ask(url, await textOf(process.stdin), asked, terminal);
    });
}

async function ask(url: string, sql: string, { param, format, output, limit, seconds, asOf }: SqlOptions, terminal: Terminal): Promise<void> {
  if (sql.trim() === '') throw new WrongUsage('expected a SELECT, got nothing');
  const asFile = format !== 'table' && format !== 'json';
  const body = JSON.stringify({ sql, parameters: param, format: asFile ? format : 'json', limit, seconds, asOf });
  const response = await request(apiUrl(url, '/v1/sql'), { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!asFile) {
    const answer = (await response.json()) as SqlAnswer;
    const text = format === 'json' ? `${JSON.stringify(answer)}\n` : tableText(answer.columns.map(({ name }) => name), answer.rows!.map((row) => row.map(cellOf)));
    if (output === undefined) terminal.out(text);
    else await pipeline(Readable.from([text]), createWriteStream(output));
    if (format === 'table') terminal.err(`${answer.rowCount} ${answer.rowCount === 1 ? 'row' : 'rows'}${answer.truncated ? ' (there are more; --limit gives more)' : ''}, ${answer.ms} ms, as of position ${answer.position}\n`);
    return;
  }
  if (output === undefined && (format === 'parquet' || format === 'arrow')) throw new WrongUsage(`--output: expected a file for ${format}, got nothing`);
  const bytes = Readable.fromWeb(response.body! as never);
  if (output !== undefined) await pipeline(bytes, createWriteStream(output));
  else for await (const chunk of bytes) terminal.out(Buffer.from(chunk as Uint8Array).toString());
  terminal.err(`${response.headers.get('leadlog-rows')} rows${response.headers.get('leadlog-truncated') === 'true' ? ' (there are more; --limit gives more)' : ''}, as of position ${response.headers.get('leadlog-position')}\n`);
}

async function describe(url: string, which: true | string, json: true | undefined, terminal: Terminal): Promise<void> {
  const { items } = await callApi<{ items: ViewItem[] }>(url, 'GET', '/v1/sql/views');
  if (which === true) {
    terminal.out(json ? `${JSON.stringify({ items })}\n` : tableText(['view', 'one row is'], items.map(({ name, says }) => [name, says])));
    return;
  }
  const found = items.find(({ name }) => name === which);
  if (!found) throw new CommandFailed(`there is no view ${which}; there are ${items.map(({ name }) => name).join(', ')}`);
  terminal.out(json ? `${JSON.stringify(found)}\n` : tableText(['column', 'holds'], found.columns.map(({ name, says }) => [name, says])));
}

async function interactive(url: string, options: SqlOptions, terminal: Terminal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: 'leadlog> ' });
  terminal.err(HELP);
  lines.prompt();
  let asked = '';
  for await (const line of lines) {
    const [order, view] = line.trim().split(/\s+/);
    if (asked === '' && order === '\\q') break;
    try {
      if (asked === '' && order === '\\d') await describe(url, view ?? true, undefined, terminal);
      else if (asked === '' && order?.startsWith('\\')) terminal.err(HELP);
      else {
        asked += `${line}\n`;
        if (line.trimEnd().endsWith(';')) {
          const select = asked;
          asked = '';
          await ask(url, select, options, terminal);
        }
      }
    } catch (error) {
      if (!(error instanceof CommandFailed || error instanceof WrongUsage)) throw error;
      terminal.err(`${error.message}\n`);
    }
    if (asked.trim() === '') asked = '';
    lines.setPrompt(asked === '' ? 'leadlog> ' : '    ...> ');
    lines.prompt();
  }
  lines.close();
}

/** Numbers, true, false and null are what they look like; in quotes they are texts, like everything else. */
function parameter(text: string, known: Record<string, JsonValue>): Record<string, JsonValue> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  const value = text.slice(at + 1);
  const plain = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|".*")$/.test(value) ? (JSON.parse(value) as JsonValue) : value;
  return { ...known, [text.slice(0, at)]: plain };
}

function readQuestion(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongUsage(`--file: expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function textOf(input: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts).toString();
}

const cellOf = (value: JsonValue) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : typeof value === 'boolean' ? String(value) : value);
