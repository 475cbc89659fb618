#!/usr/bin/env bash
# For buckets of months time_bucket takes no notice of the day of its origin: months that close on the 15th, with origin 16 January, come out as calendar months.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: the grid is anchored at the origin, as documented, so the origin itself is the beginning of a bucket: 15 April is in the month of
#   16 March, and 16 January in that of 16 January. So it is with an origin for buckets of days and weeks.
# What happens: of the origin only year and month count, since buckets of months are counted in months. Every bucket begins on the 1st at midnight, and no error is
#   raised, for DATE, TIMESTAMP and TIMESTAMPTZ, for quarters and years too. Sales by closing days (the 15th and 20th are the usual ones in Japan), or by years that
#   begin on the day a contract did, are sums of other days; most rows are in the right bucket, so totals look likely.
# Output seen:
#   15 April, origin 16 January: 2026-04-01    16 January itself: 2026-01-01    by 3 months 2026-04-01    by year, origin 20 April 2020: 2026-04-01
#   by 7 days, origin 16 January: 2026-04-10    with an offset of 15 days in place of the origin: 2026-03-16
# What to write instead: the offset, time_bucket(INTERVAL 1 MONTH, day, INTERVAL 15 DAY), for closing days up to the 28th.
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
  const bucket = async (width, day, origin) => String((await connection.runAndReadAll(`SELECT time_bucket(INTERVAL ${width}, ${day}, ${origin})`)).getRows()[0][0]);
  const seen = {
    month: await bucket('1 MONTH', "DATE '2026-04-15'", "DATE '2026-01-16'"),
    originItself: await bucket('1 MONTH', "DATE '2026-01-16'", "DATE '2026-01-16'"),
    timestamp: await bucket('1 MONTH', "TIMESTAMP '2026-04-15 10:00:00'", "TIMESTAMP '2026-01-16 00:00:00'"),
    moment: await bucket('1 MONTH', "TIMESTAMPTZ '2026-04-15 10:00:00+00'", "TIMESTAMPTZ '2026-01-16 00:00:00+00'"),
    quarter: await bucket('3 MONTH', "DATE '2026-04-15'", "DATE '2026-01-16'"),
    year: await bucket('1 YEAR', "DATE '2026-04-15'", "DATE '2020-04-20'"),
    week: await bucket('7 DAY', "DATE '2026-04-15'", "DATE '2026-01-16'"),
    offset: await bucket('1 MONTH', "DATE '2026-04-15'", 'INTERVAL 15 DAY'),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    month: '2026-04-01',
    originItself: '2026-01-01',
    timestamp: '2026-04-01 00:00:00',
    moment: '2026-04-01 00:00:00+00',
    quarter: '2026-04-01',
    year: '2026-04-01',
    week: '2026-04-10',
    offset: '2026-03-16',
  });
})();
JS
TZ=UTC node try.js
