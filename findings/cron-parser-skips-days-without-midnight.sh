#!/usr/bin/env bash
# Where clocks skip midnight itself, cron-parser leaves out that day's run of a daily job at midnight, and a weekly one's for the week; at any other skipped hour it runs late.
#
# Seen with: cron-parser 5.10.3, Node.js 20.20.2 (tz 2025c)
# A good engineer would expect: a run at a time that does not exist is made up for when the skipped hour is over. So it is in Berlin: '30 2 * * *' runs at 03:30
#   on 29 March 2026, when there is no 02:30. Nobody who tests with a zone of Europe or of the United States, where the hour from 2 is skipped, sees anything else.
# What happens: Santiago, Cairo, Beirut and Havana skip the hour from 0. '0 0 * * *' in America/Santiago has no run on Sunday 6 September 2026, which begins
#   at 01:00: from Saturday's it goes to Monday's. '0 0 * * 0' goes on to the Sunday after, '30 0 * * *' has the gap as well. So has a scheduler of BullMQ, which asks
#   this package for the next run.
# Output seen:
#   Europe/Berlin    30 2 * * *  2026-03-28 02:30, 2026-03-29 03:30, 2026-03-30 02:30
#   America/Santiago 0 0 * * *   2026-09-05 00:00, 2026-09-07 00:00, 2026-09-08 00:00
#   America/Santiago 0 0 * * 0   2026-08-30 00:00, 2026-09-13 00:00, 2026-09-20 00:00
#   Africa/Cairo     0 0 * * *   2026-04-23 00:00, 2026-04-25 00:00, 2026-04-26 00:00
#   Asia/Beirut      0 0 * * *   2026-03-28 00:00, 2026-03-30 00:00, 2026-03-31 00:00
# What to do: run daily jobs of such a zone at 01:00 or later, or compare each run with the day it should be for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.3
cat > try.js <<'JS'
const assert = require('node:assert');
const { CronExpressionParser } = require('cron-parser');
const runs = (pattern, tz, from) => {
  const local = new Intl.DateTimeFormat('sv', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' });
  return CronExpressionParser.parse(pattern, { tz, currentDate: new Date(from) }).take(3).map((run) => local.format(run.toDate()));
};
const seen = [
  runs('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z'),
  runs('0 0 * * *', 'America/Santiago', '2026-09-04T12:00:00Z'),
  runs('0 0 * * 0', 'America/Santiago', '2026-08-29T12:00:00Z'),
  runs('0 0 * * *', 'Africa/Cairo', '2026-04-22T12:00:00Z'),
  runs('0 0 * * *', 'Asia/Beirut', '2026-03-27T12:00:00Z'),
];
const firstOfSunday = new Intl.DateTimeFormat('sv', { timeZone: 'America/Santiago', dateStyle: 'short', timeStyle: 'short' }).format(new Date('2026-09-06T04:00:00Z'));
console.log(seen, { firstOfSunday });
assert.strictEqual(firstOfSunday, '2026-09-06 01:00');
assert.deepStrictEqual(seen, [
  ['2026-03-28 02:30', '2026-03-29 03:30', '2026-03-30 02:30'],
  ['2026-09-05 00:00', '2026-09-07 00:00', '2026-09-08 00:00'],
  ['2026-08-30 00:00', '2026-09-13 00:00', '2026-09-20 00:00'],
  ['2026-04-23 00:00', '2026-04-25 00:00', '2026-04-26 00:00'],
  ['2026-03-28 00:00', '2026-03-30 00:00', '2026-03-31 00:00'],
]);
JS
node try.js
