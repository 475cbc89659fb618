import { parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { CommandFailed } from './terminal';

export interface CsvRow {
  /** 1 is the first after the header. */
  row: number;
  /** As many as the header has, unless the row is broken. */
  values: string[];
}

export interface CsvFile {
  header: string[];
  rows: AsyncIterable<CsvRow>;
}

/**
 * Reads CSV as it streams: BOM, quotes, line feeds in quotes, CRLF and LF. `encoding`: a name of the WHATWG list (`shift_jis`).
 * Throws CommandFailed for a file that is no CSV or not in that encoding.
 */
export async function openCsv(bytes: AsyncIterable<Uint8Array>, encoding = 'utf-8', delimiter = ','): Promise<CsvFile> {
  const parser = parse({ bom: true, delimiter, relax_column_count: true, skip_empty_lines: true });
  // Errors of any stage come out of the iteration of the parser, which pipeline destroys.
  pipeline(Readable.from(decoded(bytes, encoding)), parser, () => undefined);
  const records = parser[Symbol.asyncIterator]() as AsyncIterator<string[]>;
  const first = await nextOf(records);
  if (first.done) throw new CommandFailed('the file is empty: expected a header row');
  const header = first.value.map((name) => name.trim());
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw new CommandFailed(`the header names the column ${JSON.stringify(twice)} twice`);
  return { header, rows: rowsOf(records) };
}

async function* rowsOf(records: AsyncIterator<string[]>): AsyncGenerator<CsvRow> {
  for (let row = 1; ; row++) {
    const step = await nextOf(records);
    if (step.done) return;
    yield { row, values: step.value };
  }
}

/** The message of the parser names the line; a row would be wrong, as it reads ahead. */
async function nextOf(records: AsyncIterator<string[]>): Promise<IteratorResult<string[]>> {
  try {
    return await records.next();
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`the CSV cannot be read: ${(error as Error).message}`);
  }
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new CommandFailed(`the file is not in ${decoder.encoding}; name its encoding in the mapping (encoding: shift_jis)`);
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}
