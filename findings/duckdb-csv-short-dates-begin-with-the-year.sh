#!/usr/bin/env bash
# DuckDB reads Christmas 2026, written 25/12/26 in a CSV file, as 26 December 2025, and 03/04/26 as 26 April 2003; one date of the year 2032 in the file turns them all right.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: 25/12/26 can be a day of 2026, or stay a text since it is ambiguous. DuckDB prefers the day first: 03/04/2026 is 3 April to it,
#   and 3/4/26, without zeros, is 3 April 2026.
# What happens: with two digits throughout, year/month/day is tried before the others, and it fits every day/month/year of the years 01 to 31. So a whole export is
#   read without an error, days become years from 2001 to 2031, and the year becomes the day of the month. A table with a DATE column and COPY do the same, and
#   so it is with dots and hyphens. When a row has a year of 32 or more (an end of a contract) the whole column is read as day/month/year: rows that are
#   already imported and rows that come with that file are then of two readings.
# Output seen:
#   25/12/26 2025-12-26 | 03/04/26 2003-04-26 | 31.01.27 2031-01-27 | 3/4/26 2026-04-03 | COPY of 25/12/26 2025-12-26 | 25/12/26 beside 25/12/32 2026-12-25
# What to do: say dateformat = '%d/%m/%y', or refuse dates with two digits for the year.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.js <<'JS'
const assert = require('node:assert');
const { writeFileSync } = require('node:fs');
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const first = async (sql) => String((await connection.runAndReadAll(sql)).getRows()[0][0]);
  const read = async (...days) => {
    writeFileSync('days.csv', ['id,day', ...days.map((day, index) => `${index + 1},${day}`), ''].join('\n'));
    return first("SELECT day FROM read_csv('days.csv') WHERE id = 1");
  };
  const seen = {
    christmas: await read('25/12/26', '03/04/26'),
    april: await read('03/04/26', '25/12/26'),
    dots: await read('31.01.27', '25.12.26'),
    withoutZeros: await read('3/4/26'),
    fourDigits: await read('03/04/2026'),
    besides2032: await read('25/12/26', '25/12/32'),
  };
  await read('25/12/26');
  await connection.run('CREATE TABLE imported (id INTEGER, day DATE)');
  await connection.run("COPY imported FROM 'days.csv'");
  seen.copied = await first('SELECT day FROM imported');
  console.log(seen);
  assert.deepStrictEqual(seen, {
    christmas: '2025-12-26',
    april: '2003-04-26',
    dots: '2031-01-27',
    withoutZeros: '2026-04-03',
    fourDigits: '2026-04-03',
    besides2032: '2026-12-25',
    copied: '2025-12-26',
  });
})();
JS
node try.js
