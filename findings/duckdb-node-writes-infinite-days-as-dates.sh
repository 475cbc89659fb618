#!/usr/bin/env bash
# The Node client of DuckDB writes an infinite DATE, TIMESTAMP_S, TIMESTAMP_MS or TIMESTAMP_NS as a day that looks real; TIMESTAMP and TIMESTAMPTZ it writes as infinity.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: toString() of every value class gives what DuckDB's own cast to VARCHAR gives, as it does for TIMESTAMP.
# What happens: 'infinity'::DATE becomes 5881580-07-11, 'infinity'::TIMESTAMP_S 292277026596-12-04 15:30:07. SQL itself casts both to 'infinity'. Open ends of
#   validity ("until" of a price list, a contract without an end) come out as years of seven and twelve digits, which other programs then refuse or sort.
# Output seen:
#   client: 5881580-07-11 | 292277026596-12-04 15:30:07 | infinity | infinity    SQL: infinity | infinity
# What to do: ask isFinite, or compare with the .PosInf and .NegInf of the class, before a value is written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.js <<'JS'
const assert = require('node:assert');
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const row = async (sql) => (await connection.runAndReadAll(sql)).getRows()[0].map(String);
  const client = await row("SELECT 'infinity'::DATE, 'infinity'::TIMESTAMP_S, 'infinity'::TIMESTAMP, 'infinity'::TIMESTAMPTZ");
  const sql = await row("SELECT 'infinity'::DATE::VARCHAR, 'infinity'::TIMESTAMP_S::VARCHAR");
  console.log({ client, sql });
  assert.deepStrictEqual(client, ['5881580-07-11', '292277026596-12-04 15:30:07', 'infinity', 'infinity']);
  assert.deepStrictEqual(sql, ['infinity', 'infinity']);
})();
JS
node try.js
