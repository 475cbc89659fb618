import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBTypeId, type DuckDBConnection, type DuckDBResult, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { floatOf, jsonOf, type JsonValue } from './sql-values';

/** Text is gathered up to this many characters before it is written. */
const PART = 65_536;

/** Types whose values may be of any length. */
const LONG = new Set([
  DuckDBTypeId.VARCHAR,
  DuckDBTypeId.BLOB,
  DuckDBTypeId.BIT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.LIST,
  DuckDBTypeId.ARRAY,
  DuckDBTypeId.STRUCT,
  DuckDBTypeId.MAP,
  DuckDBTypeId.UNION,
  DuckDBTypeId.VARIANT,
]);

/** Writes a part of a file; throws if the file would become too large or the query was cancelled. */
export type OnBytes = (bytes: number) => void;

/** An upper bound for the JSON size of the rows of a table, checked before any of them is loaded here. */
export async function leastBytes(connection: DuckDBConnection, table: string): Promise<number> {
  const described = await connection.runAndReadAll(`FROM ${table} LIMIT 0`);
  const long = described.columnNames().filter((_, column) => LONG.has(described.columnTypeId(column)));
  const lengths = long.map((name) => `coalesce(sum(strlen("${name.replaceAll('"', '""')}"::VARCHAR)), 0)`);
  const found = await connection.runAndReadAll(
    `SELECT (count(*) * ${described.columnCount * 2} ${lengths.map((length) => `+ ${length}`).join(' ')})::DOUBLE FROM ${table}`,
  );
  return found.getRows()[0]![0] as number;
}

/** `before`, the rows of a table as JSON arrays, and what `after` says once they are written. */
export async function writeJson(
  connection: DuckDBConnection,
  table: string,
  file: string,
  parts: { before: string; after: () => string },
  onBytes: OnBytes,
): Promise<void> {
  await written(file, onBytes, async function* () {
    yield parts.before;
    let between = '';
    for await (const row of jsonRows(connection, table)) {
      yield `${between}\n${JSON.stringify(row)}`;
      between = ',';
    }
    yield parts.after();
  });
}

/** One JSON object per line. */
export async function writeNdjson(connection: DuckDBConnection, table: string, file: string, onBytes: OnBytes): Promise<void> {
  const described = await connection.runAndReadAll(`FROM ${table} LIMIT 0`);
  const names = described.columnNames().map((name) => `${JSON.stringify(name)}:`);
  await written(file, onBytes, async function* () {
    for await (const row of jsonRows(connection, table))
      yield `{${row.map((value, column) => names[column]! + JSON.stringify(value)).join(',')}}\n`;
  });
}

/** Rows as they are produced, a few at a time. */
async function* jsonRows(connection: DuckDBConnection, table: string): AsyncGenerator<JsonValue[]> {
  const result = await connection.stream(`FROM ${table}`);
  const readers = readersOf(result);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let row = 0; row < chunk.rowCount; row += 1) yield chunk.getRowValues(row).map((value, column) => readers[column]!(value));
  }
}

function readersOf(result: DuckDBResult): ((value: DuckDBValue) => JsonValue)[] {
  return result
    .columnTypes()
    .map(({ typeId }: DuckDBType) =>
      typeId === DuckDBTypeId.FLOAT ? (value) => jsonOf(typeof value === 'number' ? floatOf(value) : value) : jsonOf,
    );
}

async function written(file: string, onBytes: OnBytes, texts: () => AsyncGenerator<string>): Promise<void> {
  async function* parts(): AsyncGenerator<Buffer> {
    let part: string[] = [];
    let length = 0;
    const gathered = (): Buffer => {
      const bytes = Buffer.from(part.join(''));
      onBytes(bytes.length);
      [part, length] = [[], 0];
      return bytes;
    };
    for await (const text of texts()) {
      part.push(text);
      length += text.length;
      if (length >= PART) yield gathered();
    }
    if (length > 0) yield gathered();
  }
  await pipeline(Readable.from(parts()), createWriteStream(file));
}
