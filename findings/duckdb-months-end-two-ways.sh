#!/usr/bin/env bash
# How many whole months lie between two days is answered in two ways by DuckDB: from 31 August to 28 February date_sub counts 6, age has "5 months 28 days".
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: date_sub('month', a, b), the number of whole months, is the months of age(b, a), as it is in the middle of a month; both are
#   written for this, and both know years with a 29 February.
# What happens: date_sub takes the last day of a month for the end of a full one, whatever day it began on: from 29, 30 and 31 January to 28 February it counts 1,
#   as if all four days were one. age compares the numbers of the days and counts 28 to 30 days. In a leap year date_sub counts 0 to 28 February and 1 to the 29th.
#   For + INTERVAL 1 MONTH, 31 January and a month is 28 February, as for date_sub. Notice periods, months as a customer and "n full months" differ at every end of
#   a month by which of the two is asked, and an hour less in the time of day makes date_sub 0 again.
# Output seen:
#   2025-08-31 to 2026-02-28: 6, 5 months 28 days    2026-01-29 to 2026-02-28: 1, 30 days    2026-05-31 to 2026-06-30: 1, 30 days
#   2024-02-29 to 2025-02-28: years 1, 11 months 28 days    2026-01-15 to 2026-02-14: 0, 30 days    2026-01-31 10:00 to 2026-02-28 09:00: 0
# What to do: choose one of the two for a company's periods and use it everywhere.
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
  const between = async (from, to, part = 'month') => {
    const sql = `SELECT date_sub('${part}', TIMESTAMP '${from}', TIMESTAMP '${to}'), age(TIMESTAMP '${to}', TIMESTAMP '${from}')::VARCHAR`;
    return (await connection.runAndReadAll(sql)).getRows()[0].map(String).join(', ');
  };
  const seen = [
    await between('2025-08-31', '2026-02-28'),
    await between('2026-01-29', '2026-02-28'),
    await between('2026-05-31', '2026-06-30'),
    await between('2024-01-31', '2024-02-28'),
    await between('2024-02-29', '2025-02-28', 'year'),
    await between('2026-01-15', '2026-02-14'),
    await between('2026-01-31 10:00:00', '2026-02-28 09:00:00'),
  ];
  console.log(seen);
  assert.deepStrictEqual(seen, ['6, 5 months 28 days', '1, 30 days', '1, 30 days', '0, 28 days', '1, 11 months 28 days', '0, 30 days', '0, 27 days 23:00:00']);
})();
JS
node try.js
