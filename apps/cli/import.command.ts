import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Command } from 'commander';
import type { FieldError } from '@leadlog/lead';
import { fieldErrorText } from './api-client';
import { openCsv } from './csv-rows';
import { readMapping, rowMapper } from './import-mapping';
import { progressOf } from './progress';
import { sendEvents, type Line } from './send-events';
import { CommandFailed, WrongUsage, type Common, type Terminal } from './terminal';
import { wholeNumber } from './arguments';

type ImportOptions = Common & { mapping?: string; fromRow: number };

interface Source {
  lines: AsyncIterable<Line>;
  /** Rows read, and rows that could not become events. */
  counts: { rows: number; unmapped: number };
}

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description('send a file of events: NDJSON (CloudEvents), or CSV with a mapping; repeating it is safe')
    .argument('<file>', 'the file, or - for stdin')
    .option('--mapping <file>', 'YAML that says which events a row of CSV becomes (docs/cli.md)')
    .option('--from-row <number>', 'leave out the rows before this one (1 is the first after the header)', wholeNumber(1), 1)
    .action(async (file: string, _: unknown, command: Command) => importFile(file, command.optsWithGlobals<ImportOptions>(), terminal));
}

async function importFile(file: string, { url, json, mapping, fromRow }: ImportOptions, terminal: Terminal): Promise<void> {
  if (mapping === undefined && /\.(csv|tsv)$/i.test(file)) throw new WrongUsage(`${file} is CSV: expected --mapping FILE, which says what events its rows become`);
  const rejected = (row: number, errors: readonly FieldError[]): void => {
    for (const error of errors) terminal.err(`row ${row}: ${fieldErrorText(error)}\n`);
  };
  const bytes = await opened(file);
  const source = mapping === undefined ? ndjson(bytes, fromRow) : await csv(bytes, textOf(mapping), fromRow, rejected);
  const progress = progressOf('rows', terminal);
  try {
    const { accepted, duplicates, rejected: refused } = await sendEvents(source.lines, { url, rejected, answered: (row) => progress.at(row) });
    const summary = { accepted, duplicates, rejected: refused + source.counts.unmapped, rows: source.counts.rows };
    progress.end();
    if (json) terminal.out(`${JSON.stringify(summary)}\n`);
    else terminal.out(`${summary.rows} rows: ${accepted} events accepted, ${duplicates} duplicates, ${summary.rejected} rejected\n`);
    if (summary.rejected > 0) throw new CommandFailed(`${summary.rejected} events were rejected; everything else is in`);
  } finally {
    progress.end();
  }
}

async function csv(bytes: Readable, mappingText: string, fromRow: number, rejected: (row: number, errors: readonly FieldError[]) => void): Promise<Source> {
  const mapping = readMapping(mappingText);
  const { header, rows } = await openCsv(bytes, mapping.encoding, mapping.delimiter);
  const eventsOf = rowMapper(mapping, header);
  const counts = { rows: 0, unmapped: 0 };
  async function* lines(): AsyncGenerator<Line> {
    for await (const { row, values } of rows) {
      if (row < fromRow) continue;
      counts.rows++;
      for (const mapped of eventsOf(values)) {
        if (mapped.ok) yield { row, text: JSON.stringify(mapped.event) };
        else {
          counts.unmapped++;
          rejected(row, mapped.errors);
        }
      }
    }
  }
  return { lines: lines(), counts };
}

function ndjson(bytes: Readable, fromRow: number): Source {
  const counts = { rows: 0, unmapped: 0 };
  async function* lines(): AsyncGenerator<Line> {
    let row = 0;
    for await (const text of createInterface({ input: bytes, crlfDelay: Infinity })) {
      row++;
      if (row < fromRow || text.trim() === '') continue;
      counts.rows++;
      yield { row, text: row === 1 ? text.replace(/^\uFEFF/, '') : text };
    }
  }
  return { lines: lines(), counts };
}

/** Waits for the file to be open, so that one that is missing is told before anything else happens. */
async function opened(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const stream = createReadStream(file);
  await new Promise<void>((open, failed) => {
    stream.once('open', () => open());
    stream.once('error', (error) => failed(new CommandFailed(`${file} cannot be read: ${error.message}`)));
  });
  return stream;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
}
