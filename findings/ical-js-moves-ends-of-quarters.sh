#!/usr/bin/env bash
# "The last day of each quarter" as a yearly rule, BYMONTH=3,6,9,12;BYMONTHDAY=-1, is right for a year in ical.js, and from the second one on it is 1 July and 1 October.
#
# Seen with: ical.js 2.2.1, rrule 2.8.1 beside it, Node.js 20.20.2
# A good engineer would expect: BYMONTHDAY=-1 is the last day of whichever month it is, in every year. It is so for FREQ=MONTHLY in ical.js, for a yearly rule of one month
#   (February's ends come out as the 28th and 29th), and in the first year of this one, which is what a preview or a test looks at.
# What happens: when a year is done, -1 is replaced by the number of the last day of the month that was the last one before it, and that number is then taken for every month of the year:
#   behind December all months have 31 days, so 30 June becomes 1 July and 30 September 1 October. Where the last month has 30 days, BYMONTH=3,9, the ends of March become
#   30 March. A day that a month has not is carried over into the next and not left out: BYMONTH=1,4;BYMONTHDAY=31 has 1 May in every year, and a yearly meeting of
#   29 February is on 1 March in the three years between (both are to be ignored by RFC 5545). Terms of notice, ends of contracts and closings of the books are in the
#   wrong month, in one of two programs that show the same calendar.
# Output seen, of 2026 and 2027:
#   ical.js, months 3, 6, 9, 12: 31 Mar, 30 Jun, 30 Sep, 31 Dec, 31 Mar, 1 Jul, 1 Oct, 31 Dec    rrule: …, 31 Mar, 30 Jun, 30 Sep, 31 Dec    as FREQ=MONTHLY with BYMONTH, ical.js: right
#   months 3, 9: 31 Mar, 30 Sep, 30 Mar, 30 Sep    months 1, 4, day 31: 31 Jan, 1 May, 31 Jan, 1 May    yearly from 29 February 2024: 2025-03-01, 2026-03-01, 2027-03-01, 2028-02-29
# What to do: write it as FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1 or FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1.
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
const byIcalJs = (start, rule, count) => {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:1', `DTSTART:${start}`, `RRULE:${rule}`, 'END:VEVENT', 'END:VCALENDAR'];
  const event = new ICAL.Component(ICAL.parse(lines.join('\r\n'))).getFirstSubcomponent('vevent');
  const dates = new ICAL.Event(event).iterator();
  return Array.from({ length: count }, () => dates.next().toString().slice(0, 10)).join(' ');
};
const byRrule = (start, rule, count) =>
  rrule
    .rrulestr(`DTSTART:${start}\nRRULE:${rule}`)
    .all((_, index) => index < count)
    .map((date) => date.toISOString().slice(0, 10))
    .join(' ');
const [march, quarters] = ['20260331T090000', 'BYMONTH=3,6,9,12;BYMONTHDAY=-1'];
const right = '2026-03-31 2026-06-30 2026-09-30 2026-12-31 2027-03-31 2027-06-30 2027-09-30 2027-12-31';
const seen = {
  quarters: byIcalJs(march, `FREQ=YEARLY;${quarters}`, 8),
  halves: byIcalJs(march, 'FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=-1', 4),
  days31: byIcalJs('20260131T090000', 'FREQ=YEARLY;BYMONTH=1,4;BYMONTHDAY=31', 4),
  leap: byIcalJs('20240229T090000', 'FREQ=YEARLY', 5),
  oneMonth: byIcalJs('20260228T090000', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', 3),
  monthly: byIcalJs(march, `FREQ=MONTHLY;${quarters}`, 8),
  rrule: byRrule(march, `FREQ=YEARLY;${quarters}`, 8),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  quarters: '2026-03-31 2026-06-30 2026-09-30 2026-12-31 2027-03-31 2027-07-01 2027-10-01 2027-12-31',
  halves: '2026-03-31 2026-09-30 2027-03-30 2027-09-30',
  days31: '2026-01-31 2026-05-01 2027-01-31 2027-05-01',
  leap: '2024-02-29 2025-03-01 2026-03-01 2027-03-01 2028-02-29',
  oneMonth: '2026-02-28 2027-02-28 2028-02-29',
  monthly: right,
  rrule: right,
});
JS
node try.mjs
