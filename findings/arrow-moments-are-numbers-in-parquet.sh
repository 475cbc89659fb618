#!/usr/bin/env bash
# A column of moments in seconds, or of Arrow's date in milliseconds, is a plain number in the Parquet file that parquet-wasm writes: parquet-wasm itself reads it back as a date, DuckDB and hyparquet do not.
#
# Seen with: apache-arrow 21.2.0, parquet-wasm 0.8.0; @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6) and hyparquet 1.33.0 read it; Node.js 20.20.2
# A good engineer would expect: a Timestamp of Arrow is a TIMESTAMP of Parquet, a Date a DATE, whatever their units; Parquet has no seconds, so they are written as milliseconds, as
#   pyarrow does. DateMillisecond is the date that has JavaScript's own unit, TimestampSecond what an exp or a created of an API is.
# What happens: both are written as INT64 without a logical type, since their unit has none in Parquet; that they were dates stands only in the Arrow schema, base64 in the file's
#   metadata, which parquet-wasm and other readers of Arrow take into account. To everybody else the column is a BIGINT: a filter on days finds no date, or compares with a
#   number, and seconds and milliseconds look alike. Times and durations in seconds are the same. Of TimestampMillisecond, of DateDay, and of Dates without a type given all is well.
#   Round trips in a test are perfect, and the writer has no setting for it.
# Output seen, of 29 November 2026, 10:00 UTC:
#   DuckDB: DateMillisecond BIGINT 1795946400000, TimestampSecond BIGINT 1795946400, TimeSecond INTEGER 36000, DateDay DATE, TimestampMillisecond TIMESTAMP
#   hyparquet: 1795946400000n, 1795946400n, 36000, Date, Date    parquet-wasm: Date64<MILLISECOND>, Timestamp<SECOND>, Time32<SECOND>
# What to do: build such columns as TimestampMillisecond or DateDay.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund apache-arrow@21.2.0 parquet-wasm@0.8.0 @duckdb/node-api@1.5.6-r.1 hyparquet@1.33.0
cat > try.mjs <<'JS'
import assert from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { DateDay, DateMillisecond, Table, TimeSecond, TimestampMillisecond, TimestampSecond, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import * as wasm from 'parquet-wasm';
const at = new Date('2026-11-29T10:00:00Z');
const table = new Table({
  ms: vectorFromArray([at], new DateMillisecond()),
  s: vectorFromArray([at], new TimestampSecond()),
  time: vectorFromArray([36000], new TimeSecond()),
  day: vectorFromArray([at], new DateDay()),
  moment: vectorFromArray([at], new TimestampMillisecond()),
});
writeFileSync('leads.parquet', wasm.writeParquet(wasm.Table.fromIPCStream(tableToIPC(table, 'stream')), new wasm.WriterPropertiesBuilder().build()));
const connection = await (await DuckDBInstance.create()).connect();
const rows = await connection.runAndReadAll("FROM 'leads.parquet'");
const [row] = await parquetReadObjects({ file: await asyncBufferFromFile('leads.parquet') });
const seen = {
  duckdb: rows.columnTypes().map((type, index) => `${type} ${rows.getRows()[0][index]}`),
  hyparquet: Object.values(row).map((value) => (value instanceof Date ? value.toISOString() : value)),
  wasm: tableFromIPC(wasm.readParquet(readFileSync('leads.parquet')).intoIPCStream()).schema.fields.map(({ type }) => `${type}`),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  duckdb: ['BIGINT 1795946400000', 'BIGINT 1795946400', 'INTEGER 36000', 'DATE 2026-11-29', 'TIMESTAMP 2026-11-29 10:00:00'],
  hyparquet: [1795946400000n, 1795946400n, 36000, '2026-11-29T00:00:00.000Z', '2026-11-29T10:00:00.000Z'],
  wasm: ['Date64<MILLISECOND>', 'Timestamp<SECOND>', 'Time32<SECOND>', 'Date32<DAY>', 'Timestamp<MILLISECOND>'],
});
JS
node try.mjs
