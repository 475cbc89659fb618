#!/usr/bin/env bash
# Of cron-parser, prev does not find the runs that next has given: when clocks go forward it leaves one out, when they go back it has one more, so a job that makes up for what it missed runs twice.
#
# Seen with: cron-parser 5.10.3, Node.js 20.20.2 (tz 2025c)
# A good engineer would expect: prev of a moment is the last one next would have given before it; that is how a process that starts finds out whether it missed a run: it
#   compares prev with the run it has noted last. And includesDate of a run is true.
# What happens: '30 2 * * *' in Berlin runs, by next, once on each day of the year: on 29 March 2026 at 03:30, since there is no 02:30, and on 25 October at the first 02:30. prev leaves
#   out 29 March, as includesDate does, and on 25 October it has both passes of 02:30. A process that starts on that day at 03:00 finds a run of 02:30 (the second) behind the one it has noted
#   (the first), and bills or reminds again; on 29 March one that was down at 03:30 finds the day before's, and nothing missed. '0 */2 * * *' is the same, in New York '30 1 * * *' is in November.
#   In every other week, in Tokyo and in UTC the two are one.
# Output seen, of Berlin, 30 2 * * *, in UTC:
#   March, next: 28 01:30, 29 01:30, 30 00:30    prev: 28 01:30, 30 00:30    includesDate of 29 01:30: false
#   October, next: 24 00:30, 25 00:30, 26 01:30    prev: 24 00:30, 25 00:30, 25 01:30, 26 01:30
# What to do: note the run that next gave for the future, and ask whether it has passed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.3
cat > try.js <<'JS'
const assert = require('node:assert');
const { CronExpressionParser } = require('cron-parser');
const text = (date) => date.toISOString().slice(8, 16).replace('T', ' ');
const runs = (expression, tz, from, to) => {
  const parse = (currentDate) => CronExpressionParser.parse(expression, { tz, currentDate: new Date(currentDate) });
  const [forward, back] = [[], []];
  const ahead = parse(from);
  for (let run = ahead.next().toDate(); run < new Date(to); run = ahead.next().toDate()) forward.push(run);
  const behind = parse(to);
  for (let run = behind.prev().toDate(); run > new Date(from); run = behind.prev().toDate()) back.unshift(run);
  const refused = forward.filter((run) => !parse(from).includesDate(run));
  return { next: forward.map(text).join(', '), prev: back.map(text).join(', '), notIncluded: refused.map(text).join(', ') };
};
const seen = {
  march: runs('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', '2026-03-30T12:00Z'),
  october: runs('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00Z', '2026-10-26T12:00Z'),
  newYork: runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-02T12:00Z'),
  tokyo: runs('30 2 * * *', 'Asia/Tokyo', '2026-03-28T12:00Z', '2026-03-30T12:00Z'),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  march: { next: '28 01:30, 29 01:30, 30 00:30', prev: '28 01:30, 30 00:30', notIncluded: '29 01:30' },
  october: { next: '24 00:30, 25 00:30, 26 01:30', prev: '24 00:30, 25 00:30, 25 01:30, 26 01:30', notIncluded: '' },
  newYork: { next: '01 05:30, 02 06:30', prev: '01 05:30, 01 06:30, 02 06:30', notIncluded: '' },
  tokyo: { next: '28 17:30, 29 17:30', prev: '28 17:30, 29 17:30', notIncluded: '' },
});
JS
node try.js
