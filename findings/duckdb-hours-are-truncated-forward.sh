#!/usr/bin/env bash
# In the hour that clocks repeat, date_trunc('hour', …) of a TIMESTAMPTZ gives a moment later than the one it was given, and date_diff counts an hour too many.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: a TIMESTAMPTZ is a moment, so nothing about it is ambiguous, and what is truncated is never later than what it was. That holds
#   for date_trunc('minute', …), and for time_bucket(INTERVAL 1 HOUR, …) on the same values.
# What happens: Berlin passes 02:00 to 03:00 twice on 25 October 2026. Every moment of the first pass, 00:00Z to 01:00Z, is truncated to 01:00Z, where the
#   second pass begins: the first of the two hours gets no row, the second gets the events of both, and "WHERE moment >= date_trunc('hour', moment)" loses the first.
#   date_diff('hour', …) takes its boundaries from there: from 23:40Z to 00:20Z, over one full hour, it counts 2. In UTC it counts 1.
# Output seen:
#   of 00:15Z  date_trunc 01:00Z  time_bucket 00:00Z  by minute 00:15Z  date_diff from 23:40Z to 00:20Z: Berlin 2, UTC 1
#   four events, one each half hour from 00:15Z: date_trunc has 01:00Z 4; time_bucket has 00:00Z 2, 01:00Z 2
# What to write instead: time_bucket with an interval of an hour, or date_trunc of the value AT TIME ZONE 'UTC'.
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
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String));
  const hours = "date_diff('hour', TIMESTAMPTZ '2026-10-24 23:40:00+00', TIMESTAMPTZ '2026-10-25 00:20:00+00')";
  const events = "(SELECT unnest(generate_series(TIMESTAMPTZ '2026-10-25 00:15:00+00', TIMESTAMPTZ '2026-10-25 01:45:00+00', INTERVAL 30 MINUTE)) AS moment)";
  await connection.run("SET TimeZone = 'Europe/Berlin'");
  const [[truncated, bucket, minute, inBerlin]] = await rows(`
    SELECT epoch_ms(date_trunc('hour', moment)), epoch_ms(time_bucket(INTERVAL 1 HOUR, moment)), epoch_ms(date_trunc('minute', moment)), ${hours}
    FROM (SELECT TIMESTAMPTZ '2026-10-25 00:15:00+00' AS moment)`);
  const byTruncation = await rows(`SELECT epoch_ms(date_trunc('hour', moment)), count(*) FROM ${events} GROUP BY 1 ORDER BY 1`);
  const byUtc = await rows(`SELECT epoch_ms(date_trunc('hour', moment AT TIME ZONE 'UTC')), count(*) FROM ${events} GROUP BY 1 ORDER BY 1`);
  const byBucket = await rows(`SELECT epoch_ms(time_bucket(INTERVAL 1 HOUR, moment)), count(*) FROM ${events} GROUP BY 1 ORDER BY 1`);
  await connection.run("SET TimeZone = 'UTC'");
  const [[inUtc]] = await rows(`SELECT ${hours}`);
  const time = (ms) => new Date(Number(ms)).toISOString().slice(11, 16);
  const seen = {
    truncated: time(truncated), bucket: time(bucket), minute: time(minute), inBerlin, inUtc,
    byTruncation: byTruncation.map(([at, count]) => [time(at), count]), byBucket: byBucket.map(([at, count]) => [time(at), count]),
    byUtc: byUtc.map(([at, count]) => [time(at), count]),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    truncated: '01:00', bucket: '00:00', minute: '00:15', inBerlin: '2', inUtc: '1',
    byTruncation: [['01:00', '4']], byBucket: [['00:00', '2'], ['01:00', '2']], byUtc: [['00:00', '2'], ['01:00', '2']],
  });
})();
JS
node try.js
