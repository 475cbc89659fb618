import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDuckDb, quoted } from '@leadlog/archive';
import { DOCUMENTS, STATES, type Generation, type KeptReplay } from './kept-replays';

/** Maximum number of members with their own column; the others are only in the document. */
const MOST_COLUMNS = 100;
const LIMITS = { memory: '256MB', threads: 2, spill: '8GB' };
const PARQUET = 'FORMAT parquet, COMPRESSION zstd';

/** The results of threads by key, in separate files: key, state (if live) and document; both null if nothing is left of the key. */
export const PART_COLUMNS = 'key VARCHAR, state BLOB, document VARCHAR';

/**
 * Builds the files of a generation in `making` from files of parts there, which it deletes. Keys that are not in the parts stay as in
 * `previous`.
 * `spill`: a folder for data that does not fit in memory.
 */
export async function writeGeneration(
  spill: string,
  making: string,
  parts: readonly string[],
  live: boolean,
  previous?: KeptReplay,
): Promise<Pick<Generation, 'documents' | 'columns'>> {
  const db = await openDuckDb(spill, LIMITS);
  try {
    const connection = await db.connect();
    const files = (folder: string, ...names: string[]) => `read_parquet([${names.map((name) => quoted(join(folder, name))).join(', ')}])`;
    const before = (file: string, what: string) =>
      previous ? ` UNION ALL SELECT ${what} FROM ${files(previous.folder, file)} AS former ANTI JOIN part USING (key)` : '';
    await connection.run(`CREATE VIEW part AS SELECT * FROM ${files(making, ...parts)}`);
    const changed = await connection.runAndReadAll('SELECT 1 FROM part LIMIT 1');
    if (previous && changed.currentRowCount === 0) return taken(previous, making, parts);
    await connection.run(
      `CREATE TABLE documents AS SELECT key, document::JSON AS document FROM part WHERE document IS NOT NULL${before(DOCUMENTS, 'key, document')}`,
    );
    const columns = await columnsOf(connection);
    await connection.run(`COPY (${typed(columns)} ORDER BY key) TO ${quoted(join(making, DOCUMENTS))} (${PARQUET})`);
    if (live)
      await connection.run(
        `COPY (SELECT key, state FROM part WHERE state IS NOT NULL${before(STATES, 'key, state')} ORDER BY key) TO ${quoted(join(making, STATES))} (${PARQUET})`,
      );
    const counted = await connection.runAndReadAll('SELECT count(*) FROM documents');
    for (const part of parts) rmSync(join(making, part));
    return {
      documents: Number(counted.getRows()[0]![0]),
      columns: [{ name: 'key', type: 'VARCHAR' }, ...columns, { name: 'document', type: 'JSON' }],
    };
  } finally {
    db.close();
  }
}

/** Nothing has changed, so the files are the same ones. */
function taken(
  { folder, documents, columns }: KeptReplay,
  making: string,
  parts: readonly string[],
): Pick<Generation, 'documents' | 'columns'> {
  for (const part of parts) rmSync(join(making, part));
  for (const file of [DOCUMENTS, STATES]) linkSync(join(folder, file), join(making, file));
  return { documents, columns };
}

/**
 * The members of the documents in order of first appearance, each with the narrowest type that fits all its values. SQL names are not
 * case-sensitive, so if two names differ only in case, the first gets the column; `key` and `document` are reserved.
 */
async function columnsOf(connection: DuckDBConnection): Promise<{ name: string; type: string }[]> {
  const found = await connection.runAndReadAll(`
    WITH member AS (
      SELECT documents.key AS of, one.key AS name, one.id AS place, CASE
        WHEN one.type IN ('UBIGINT', 'BIGINT') THEN CASE WHEN abs(one.value::DOUBLE) <= ${Number.MAX_SAFE_INTEGER} THEN 'BIGINT' ELSE 'DOUBLE' END
        WHEN one.type IN ('OBJECT', 'ARRAY') THEN 'JSON' ELSE one.type END AS type
      FROM documents, json_each(documents.document) AS one
      WHERE json_type(documents.document) = 'OBJECT'
    ), named AS (SELECT name, min((of, place)) AS first, list(DISTINCT type) FILTER (type <> 'NULL') AS types FROM member GROUP BY name)
    SELECT name, coalesce(types, []) FROM named WHERE lower(name) NOT IN ('key', 'document', '')
    QUALIFY row_number() OVER (PARTITION BY lower(name) ORDER BY first) = 1 ORDER BY first LIMIT ${MOST_COLUMNS}`);
  return found.getRowsJson().map((row) => ({ name: row[0] as string, type: typeOf(row[1] as string[]) }));
}

function typeOf(types: readonly string[]): string {
  if (types.length === 1) return types[0]!;
  if (types.includes('JSON')) return 'JSON';
  return types.length > 0 && types.every((type) => type === 'BIGINT' || type === 'DOUBLE') ? 'DOUBLE' : 'VARCHAR';
}

function typed(columns: readonly { name: string; type: string }[]): string {
  if (columns.length === 0) return 'SELECT key, document FROM documents';
  const shape = JSON.stringify(Object.fromEntries(columns.map(({ name, type }) => [name, type])));
  const members = columns.map(({ name }) => `members.${identifier(name)} AS ${identifier(name)}`);
  return `SELECT key, ${members.join(', ')}, document FROM (SELECT key, document, json_transform(document, ${quoted(shape)}) AS members FROM documents)`;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
