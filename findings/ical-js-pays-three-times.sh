#!/usr/bin/env bash
# "The 25th, or the last working day before it", as an RRULE with BYMONTHDAY, BYDAY and BYSETPOS=-1, is all of the 23rd, 24th and 25th for ical.js from the second month on.
#
# Seen with: ical.js 2.2.1, rrule 2.8.1 beside it, Node.js 20.20.2
# A good engineer would expect: BYSETPOS is supported: the last working day of the month, BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1, is right, for years as well. So is the first
#   date of this rule, and the preview of one date is all that a form shows.
# What happens: where a monthly rule has BYMONTHDAY, with or without BYDAY, BYSETPOS is not read, and every day of the set is a date: the usual rule of a payday (or a
#   closing day) pays two or three times in most months. "The 30th, or the month's end", BYMONTHDAY=28,29,30;BYSETPOS=-1, too. COUNT is used up by them. For weekly
#   rules BYSETPOS is not read either. rrule and other libraries read the same text as it is meant, so two programs of one calendar disagree.
# Output seen, from Friday 23 January 2026:
#   ical.js: 23 Jan, 23 Feb, 24 Feb, 25 Feb, 23 Mar, 24 Mar, 25 Mar    rrule: 23 Jan, 25 Feb, 25 Mar, 24 Apr, 25 May, 25 Jun, 24 Jul
#   last working day by BYDAY alone, ical.js: 30 Jan, 27 Feb, 31 Mar, 30 Apr
# What to do: expand such rules with another library, or keep the last of each month oneself, with UNTIL in the place of COUNT.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ical.js@2.2.1 rrule@2.8.1
cat > try.mjs <<'JS'
import assert from 'node:assert';
import ICAL from 'ical.js';
import rrule from 'rrule';
const dates = (rule, start, count) => {
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(`${start}T09:00:00`));
  return Array.from({ length: count }, () => iterator.next().toString().slice(5, 10));
};
const others = (rule, start, count) =>
  new rrule.RRule({ ...rrule.RRule.parseString(rule), dtstart: new Date(`${start}T09:00:00Z`) })
    .all((_date, index) => index < count)
    .slice(0, count)
    .map((date) => date.toISOString().slice(5, 10));
const payday = 'FREQ=MONTHLY;BYMONTHDAY=23,24,25;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1';
const end = 'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1';
const working = 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1';
const seen = {
  payday: dates(payday, '2026-01-23', 7),
  end: dates(end, '2026-01-30', 5),
  working: dates(working, '2026-01-30', 4),
  paydayOfRrule: others(payday, '2026-01-23', 7),
  endOfRrule: others(end, '2026-01-30', 5),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  payday: ['01-23', '02-23', '02-24', '02-25', '03-23', '03-24', '03-25'],
  end: ['01-30', '02-28', '03-28', '03-29', '03-30'],
  working: ['01-30', '02-27', '03-31', '04-30'],
  paydayOfRrule: ['01-23', '02-25', '03-25', '04-24', '05-25', '06-25', '07-24'],
  endOfRrule: ['01-30', '02-28', '03-30', '04-30', '05-30'],
});
JS
node try.mjs
