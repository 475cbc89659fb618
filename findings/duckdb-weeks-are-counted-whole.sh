#!/usr/bin/env bash
# date_diff counts the boundaries between two moments, for every part but one: weeks are counted in whole spans of seven days.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: date_diff('month', 31 January, 1 February) is 1, although a day has passed, since a month has begun in between. So is
#   date_diff of 'year', 'quarter', 'decade', 'hour' over one such boundary. A week begins on Monday (date_trunc('week') says so), so from Saturday
#   28 November 2026 to Monday 30 November it should be 1.
# What happens: it is 0 until seven days have passed, as with date_sub; for DATE, TIMESTAMP and TIMESTAMPTZ. A report by week that takes its number of
#   weeks from date_diff is a week short wherever its span does not begin on a Monday.
# Output seen:
#   month 1, year 1, quarter 1, hour 1, week of DATE 0, of TIMESTAMP 0, of TIMESTAMPTZ 0; by date_trunc 1; date_diff to 5 December 1
# What to write instead: the distance of date_trunc('week', …) of both, in days, divided by 7.
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
  const one = async (sql) => String((await connection.runAndReadAll(`SELECT ${sql}`)).getRows()[0][0]);
  const seen = {
    month: await one("date_diff('month', DATE '2026-01-31', DATE '2026-02-01')"),
    year: await one("date_diff('year', DATE '2025-12-31', DATE '2026-01-01')"),
    quarter: await one("date_diff('quarter', DATE '2026-03-31', DATE '2026-04-01')"),
    hour: await one("date_diff('hour', TIMESTAMP '2026-01-01 00:59:00', TIMESTAMP '2026-01-01 01:00:00')"),
    week: await one("date_diff('week', DATE '2026-11-28', DATE '2026-11-30')"),
    weekOfTimestamp: await one("date_diff('week', TIMESTAMP '2026-11-28', TIMESTAMP '2026-11-30')"),
    weekOfTimestamptz: await one("date_diff('week', TIMESTAMPTZ '2026-11-28 12:00:00+00', TIMESTAMPTZ '2026-11-30 12:00:00+00')"),
    byTruncation: await one("(date_trunc('week', DATE '2026-11-30')::DATE - date_trunc('week', DATE '2026-11-28')::DATE) // 7"),
    afterSevenDays: await one("date_diff('week', DATE '2026-11-28', DATE '2026-12-05')"),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, { month: '1', year: '1', quarter: '1', hour: '1', week: '0', weekOfTimestamp: '0', weekOfTimestamptz: '0', byTruncation: '1', afterSevenDays: '1' });
})();
JS
node try.js
