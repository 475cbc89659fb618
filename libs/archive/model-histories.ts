import type { DuckDBConnection } from '@duckdb/node-api';
import type { ArchiveReader } from './archive-reader';
import { columnOf } from './archived-columns';
import { duckdb } from './duckdb';

type Row = Readonly<Record<string, string | number | boolean | null>>;

/**
 * The archive as scoring models query it: their own SQL over everything known now or at an earlier time. Only one history is open at a
 * time, the last one that `asOf` returned. Integers are returned as numbers, because they are counts and milliseconds.
 */
export class ModelHistories {
  constructor(
    private readonly reader: ArchiveReader,
    private readonly timezone: string,
  ) {}

  async asOf(
    ms?: number,
    by?: 'recorded' | 'occurred',
  ): Promise<{ columns: { columnOf: typeof columnOf; timezone: string }; position: string; rows(sql: string): Promise<Row[]> }> {
    const { connection, position } = await this.reader.snapshot({ asOf: ms, by });
    return { columns: { columnOf, timezone: this.timezone }, position: String(position), rows: (sql) => rowsOf(connection, sql) };
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql);
  const names = result.columnNames();
  const { DuckDBTypeId } = duckdb();
  const isBig = result.columnTypes().map(({ typeId }) => typeId === DuckDBTypeId.BIGINT || typeId === DuckDBTypeId.HUGEINT);
  const columns = result.getColumnsJS();
  return Array.from({ length: result.currentRowCount }, (_, row) => {
    const found: Record<string, string | number | boolean | null> = {};
    names.forEach((name, column) => {
      const value = columns[column]![row] as string | number | boolean | bigint | null;
      found[name] = isBig[column] && value !== null ? Number(value) : (value as string | number | boolean | null);
    });
    return found;
  });
}
