import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import {
  DuckDBTypeId,
  type DuckDBConnection,
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBDecimalValue,
  type DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  Bool,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint64,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow';
import type { OnBytes } from './answer-files';
import { floatOf, jsonOf, textOf } from './sql-values';

/** Number of digits that a double preserves. */
const DOUBLE_DIGITS = 15;
const INT64 = '-9223372036854775808 AND 9223372036854775807';

/** A column of Arrow, and its part of some rows. */
interface ArrowColumn {
  field: Field;
  dataOf(values: readonly DuckDBValue[]): Data;
}

/**
 * The rows of a table as an Arrow IPC file, written as they are read. A column has a type that holds each of its values exactly: if one is
 * infinite or has more digits than the type allows, the whole column is text. Lists and other types without a plain form are JSON text.
 */
export async function writeArrow(connection: DuckDBConnection, table: string, file: string, onBytes: OnBytes): Promise<void> {
  const columns = await columnsOf(connection, table);
  const schema = new Schema(columns.map(({ field }) => field));
  const rowType = new Struct(schema.fields);
  async function* batches(): AsyncGenerator<RecordBatch> {
    const result = await connection.stream(`FROM ${table}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const children = columns.map(({ dataOf }, column) => dataOf(chunk!.getColumnValues(column)));
      const batch = new RecordBatch(schema, makeData({ type: rowType, length: chunk.rowCount, nullCount: 0, children }) as Data<Struct>);
      onBytes(batch.data.byteLength);
      yield batch;
    }
  }
  const writer = new RecordBatchFileWriter();
  // Without it a file of no rows would have no columns either.
  writer.reset(undefined, schema);
  const stream = writer.toNodeStream({});
  await Promise.all([
    pipeline(stream, createWriteStream(file)),
    (async () => {
      for await (const batch of batches()) writer.write(batch);
      writer.finish();
    })().catch((error: unknown) => {
      stream.destroy(error as Error);
      throw error;
    }),
  ]);
}

async function columnsOf(connection: DuckDBConnection, table: string): Promise<ArrowColumn[]> {
  const described = await connection.runAndReadAll(`FROM ${table} LIMIT 0`);
  const [names, types] = [described.columnNames(), described.columnTypes()];
  const fits = types.map(({ typeId }, column) => {
    const name = `"${names[column]!.replaceAll('"', '""')}"`;
    if (typeId === DuckDBTypeId.DATE || typeId === DuckDBTypeId.TIMESTAMP_TZ) return `coalesce(bool_and(isfinite(${name})), true)`;
    return typeId === DuckDBTypeId.HUGEINT || typeId === DuckDBTypeId.UHUGEINT
      ? `coalesce(bool_and(${name} BETWEEN ${INT64}), true)`
      : 'true';
  });
  const fitting = (await connection.runAndReadAll(`SELECT count(*), ${fits.join(', ')} FROM ${table}`)).getRows()[0]!.slice(1);
  return types.map((type, column) => columnOf(names[column]!, fitting[column] === true ? type : undefined));
}

function columnOf(name: string, type: DuckDBType | undefined): ArrowColumn {
  const as = (arrow: DataType, of: (value: DuckDBValue) => unknown): ArrowColumn => ({
    field: new Field(name, arrow, true),
    dataOf: (values) =>
      vectorFromArray(
        values.map((value) => (value === null ? null : of(value))),
        arrow,
      ).data[0]!,
  });
  switch (type?.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return as(new Bool(), (value) => value);
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.INTEGER:
      return as(new Int32(), (value) => value);
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return as(new Int64(), (value) => BigInt(value as bigint | number));
    case DuckDBTypeId.UBIGINT:
      return as(new Uint64(), (value) => value);
    case DuckDBTypeId.FLOAT:
      return as(new Float64(), (value) => floatOf(value as number));
    case DuckDBTypeId.DOUBLE:
      return as(new Float64(), (value) => value);
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      if (width <= DOUBLE_DIGITS) return as(new Float64(), (value) => (value as DuckDBDecimalValue).toDouble());
      return as(
        new Decimal(scale, width),
        (value) =>
          new Uint32Array(BigInt64Array.of((value as DuckDBDecimalValue).value, (value as DuckDBDecimalValue).value >> 64n).buffer),
      );
    }
    case DuckDBTypeId.DATE:
      return as(new DateDay(), (value) => (value as DuckDBDateValue).days * 86_400_000);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { field: new Field(name, new TimestampMicrosecond('UTC'), true), dataOf: microsOf };
    default:
      return as(new Utf8(), (value) => textOf(jsonOf(value)));
  }
}

/** Written directly, because the library takes timestamps in milliseconds and loses finer digits. */
function microsOf(values: readonly DuckDBValue[]): Data {
  const data = new BigInt64Array(values.length);
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, row) => {
    if (value === null) return (nullCount += 1);
    data[row] = (value as DuckDBTimestampTZValue).micros;
    return (nullBitmap[row >> 3]! |= 1 << (row & 7));
  });
  return makeData({ type: new TimestampMicrosecond('UTC'), length: values.length, nullCount, nullBitmap, data });
}
