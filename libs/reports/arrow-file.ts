import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { DuckDBTypeId } from '@duckdb/node-api';
import { Bool, DateDay, Float64, Int32, Int64, Table, TimestampMillisecond, Utf8, tableToIPC, vectorFromArray, type DataType } from 'apache-arrow';
import { jsonOf } from './sql-answers';

/** The rows of a table as an Arrow IPC file. Lists and other types without a plain form are JSON texts. */
export async function arrowFileOf(connection: DuckDBConnection, table: string): Promise<Uint8Array> {
  const found = await connection.runAndReadAll(`FROM ${table}`);
  const values = found.getColumns();
  const columns = found.columnNames().map((name, index) => {
    const { type, of } = columnOf(found.columnType(index));
    return [name, vectorFromArray(values[index]!.map((value) => (value === null ? null : of(value))), type)] as const;
  });
  return tableToIPC(new Table(Object.fromEntries(columns)), 'file');
}

function columnOf({ typeId }: DuckDBType): { type: DataType; of: (value: DuckDBValue) => unknown } {
  const moment = (value: DuckDBValue) => Date.parse(jsonOf(value) as string);
  switch (typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { type: new Bool(), of: (value) => value };
    case DuckDBTypeId.INTEGER:
      return { type: new Int32(), of: (value) => value };
    case DuckDBTypeId.BIGINT:
      return { type: new Int64(), of: (value) => value };
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.DECIMAL:
      return { type: new Float64(), of: (value) => Number(jsonOf(value)) };
    case DuckDBTypeId.DATE:
      return { type: new DateDay(), of: moment };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { type: new TimestampMillisecond('UTC'), of: moment };
    default:
      return {
        type: new Utf8(),
        of: (value) => {
          const json = jsonOf(value);
          return typeof json === 'string' ? json : JSON.stringify(json);
        },
      };
  }
}
