#!/usr/bin/env bash
# One bigint given to a query by @duckdb/node-api makes whole columns of positions inexact in Parquet: it is bound as HUGEINT, so coalesce(position, $1) is one, and COPY writes HUGEINT as DOUBLE.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: a bigint of JavaScript is DuckDB's BIGINT, which reads as a bigint; and what Parquet cannot hold is refused, or written as a DECIMAL(38, 0), as TIMESTAMPs and
#   UUIDs have their types there. Numbers come as the smallest type that fits, 5 as INTEGER.
# What happens: each bigint is a HUGEINT, 5n too, and whatever is computed with it. In the process nothing is lost: rows read as bigints again, also after a CREATE TABLE. COPY to Parquet has no
#   type for it, takes DOUBLE without a word, and behind 2^53 positions (EventStoreDB's, snowflake ids, nanoseconds) become even numbers; two of them become one. Small ones are
#   numbers where there were bigints, and won // 2 of a count is 0.5. sum of a BIGINT, also sum(1) and count by sum(CASE …), is a HUGEINT with the same end; count(*) is not. CSV
#   and JSON are written whole.
# Output seen, of positions 9007199254740993 and 9007199254740995 in Parquet:
#   copied: BIGINT, whole    position + 0n: DOUBLE 9007199254740992, 9007199254740996    coalesce(position, 0n) the same    with types [BIGINT]: BIGINT, whole    to CSV: whole
#   before it is written: HUGEINT, whole    sum(CASE …): DOUBLE, 1 // 2 is 0.5
# What to do: run(sql, [value], [BIGINT]) for each bigint, and ::BIGINT behind each sum, or COPY from a table with its types written down.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.mjs <<'JS'
import assert from 'node:assert';
import { BIGINT, DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create()).connect();
await connection.run("CREATE TABLE events AS FROM (VALUES ('won', 9007199254740993::BIGINT), ('lost', 9007199254740995)) t(kind, position)");
const read = async (sql, ...given) => {
  const rows = await connection.runAndReadAll(sql, ...given);
  return `${rows.columnTypes()[0]} ${rows.getRows().map(([value]) => value)}`;
};
const through = async (expression, values = [], types = undefined, file = 'events.parquet') => {
  await connection.run(`COPY (SELECT ${expression} AS value FROM events) TO '${file}'`, values, types);
  return read(`FROM '${file}' ORDER BY value`);
};
const seen = {
  copied: await through('position'),
  added: await through('position + $1', [0n]),
  default: await through('coalesce(position, $1)', [0n]),
  typed: await through('position + $1', [0n], [BIGINT]),
  csv: await through('position + $1', [0n], undefined, 'events.csv'),
  before: await read('SELECT position + $1 FROM events ORDER BY 1', [0n]),
  sum: await through("sum(CASE WHEN kind = 'won' THEN 1 END)"),
  half: await read("SELECT value // 2 FROM 'events.parquet'"),
  count: await through('count(*)'),
};
console.log(seen);
const whole = '9007199254740993,9007199254740995';
assert.deepStrictEqual(seen, {
  copied: `BIGINT ${whole}`,
  added: 'DOUBLE 9007199254740992,9007199254740996',
  default: 'DOUBLE 9007199254740992,9007199254740996',
  typed: `BIGINT ${whole}`,
  csv: `BIGINT ${whole}`,
  before: `HUGEINT ${whole}`,
  sum: 'DOUBLE 1',
  half: 'DOUBLE 0.5',
  count: 'BIGINT 2',
});
JS
node try.mjs
