import { createInterface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { catalogue, nearestEventType, shown } from '@leadlog/events';
import { day, moment, textOfFile, wholeNumber } from '../arguments';
import { tableText } from '../tables';
import { CommandFailed, Interrupted, WrongUsage, type Common, type Terminal } from '../terminal';
import type { Asker } from './asker';
import { DATA_HELP, give, sqlOptions, withAsker, type SqlOptions } from './sql-requests';

const HELP = `\\d shows the views, \\d NAME one of them, \\q ends; a question ends with a semicolon\n`;

export function addSql(program: Command, terminal: Terminal): void {
  sqlOptions(program.command('sql'))
    .description('run one SELECT over all of history; without an argument, prompts on a terminal or reads standard input')
    .argument('[select]', 'such as "SELECT rep, count(*) FROM calls GROUP BY rep"')
    .option('--describe [view]', 'list the views, or the columns of one')
    .option('--file <file>', 'file with the SELECT')
    .option('--names', 'add who the leads in the column lead or lead_id are; at most 1,000 rows, no file')
    .action(async (select: string | undefined, options: SqlOptions & { file?: string; describe?: true | string }, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      refuseNames(options);
      await withAsker(url, options.data, terminal, async (asker) => {
        if (options.describe) return describe(asker, options.describe, json, terminal);
        const given = options.file === undefined ? select : textOfFile('--file', options.file);
        const asked: SqlOptions = json ? { ...options, format: 'json' } : options;
        if (given === undefined && process.stdin.isTTY) return interactive(asker, asked, terminal);
        return question(asker, given ?? (await textOf(process.stdin)), asked, terminal);
      });
    });
  program
    .command('export')
    .description('write recorded events to a file')
    .option('--from <day>', 'first day on which the events happened', day)
    .option('--to <day>', 'the day after the last', day)
    .option('--type <types>', 'event types, comma-separated', eventTypes)
    .addOption(new Option('--format <format>', 'file format').choices(['parquet', 'ndjson', 'csv', 'arrow']).default('parquet'))
    .requiredOption('--output <file>', 'output file')
    .option('--limit <rows>', 'maximum number of events', wholeNumber(1, 10_000_000), 10_000_000)
    .option('--seconds <seconds>', 'time limit in seconds', wholeNumber(1, 600), 600)
    .option('--as-of <moment>', 'only what was recorded by this time, RFC 3339', moment)
    .option('--data <folder>', DATA_HELP)
    .option('--progress', 'show progress on standard error, as on a terminal')
    .action(
      async (
        { from, to, type: types, ...options }: Omit<SqlOptions, 'param'> & { from?: string; to?: string; type?: string },
        command: Command,
      ) => {
        const { url } = command.optsWithGlobals<Common>();
        const conditions = [
          from && 'day >= $from::DATE',
          to && 'day < $to::DATE',
          types && `list_contains(string_split($types, ','), type)`,
        ].filter(Boolean);
        const sql = `SELECT * FROM events ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY position`;
        const param = { ...(from && { from }), ...(to && { to }), ...(types && { types }) };
        await withAsker(url, options.data, terminal, (asker) =>
          give((asked, watch) => asker.sql(sql, asked, watch), { ...options, param }, terminal),
        );
      },
    );
}

/** The history has no names: the api adds them to what somebody looks at. */
function refuseNames({ names, data, format, output }: SqlOptions): void {
  if (!names) return;
  if (data !== undefined) throw new WrongUsage('--names: expected an API that knows them, got --data');
  if (output !== undefined) throw new WrongUsage('--names: expected no --output: no file has names');
  if (format !== 'table' && format !== 'json') throw new WrongUsage(`--names: expected --format table or json, got ${format}`);
}

/** One that is not in the catalogue would make a file without a row. */
function eventTypes(text: string): string {
  const types = text.split(',').map((type) => type.trim());
  const unknown = types.find((type) => !catalogue.has(type));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected types of events (the nearest to ${unknown} is ${nearestEventType(unknown)}).`);
  return types.join(',');
}

function question(asker: Asker, sql: string, options: SqlOptions, terminal: Terminal): Promise<void> {
  if (sql.trim() === '') throw new WrongUsage('expected a SELECT, got nothing');
  return give((asked, watch) => asker.sql(sql, asked, watch), options, terminal);
}

async function describe(asker: Asker, which: true | string, json: true | undefined, terminal: Terminal): Promise<void> {
  const items = await asker.views();
  if (which === true) {
    terminal.out(
      json
        ? `${JSON.stringify({ items })}\n`
        : tableText(
            ['view', 'one row is'],
            items.map(({ name, description }) => [name, description]),
          ),
    );
    return;
  }
  const found = items.find(({ name }) => name === which);
  if (!found)
    throw new CommandFailed(`--describe: expected a view: one of ${items.map(({ name }) => name).join(', ')}, got ${shown(which)}`);
  terminal.out(
    json
      ? `${JSON.stringify(found)}\n`
      : tableText(
          ['column', 'holds'],
          found.columns.map(({ name, description }) => [name, description]),
        ),
  );
}

async function interactive(asker: Asker, options: SqlOptions, terminal: Terminal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: 'leadlog> ' });
  terminal.err(HELP);
  lines.prompt();
  let asked = '';
  // The prompt has the keyboard, so Ctrl-C comes here: it takes the question back that is under way, else what is written, else the prompt.
  lines.on('SIGINT', () => {
    if (process.emit('SIGINT')) return;
    if (asked === '') return lines.close();
    asked = '';
    lines.setPrompt('leadlog> ');
    lines.prompt();
  });
  for await (const line of lines) {
    const [order, view] = line.trim().split(/\s+/);
    if (asked === '' && order === '\\q') break;
    try {
      if (asked === '' && order === '\\d') await describe(asker, view ?? true, undefined, terminal);
      else if (asked === '' && order?.startsWith('\\')) terminal.err(HELP);
      else {
        asked += `${line}\n`;
        if (line.trimEnd().endsWith(';')) {
          const select = asked;
          asked = '';
          await question(asker, select, options, terminal);
        }
      }
    } catch (error) {
      if (!(error instanceof CommandFailed || error instanceof WrongUsage || error instanceof Interrupted)) throw error;
      terminal.err(`${error.message}\n`);
    }
    if (asked.trim() === '') asked = '';
    lines.setPrompt(asked === '' ? 'leadlog> ' : '    ...> ');
    lines.prompt();
  }
  lines.close();
}

async function textOf(input: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts).toString();
}
