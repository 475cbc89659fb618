#!/usr/bin/env bash
# A meeting on the 1st and again on the 3rd, DTSTART and RDATE, is on the 1st only for node-ical and on the 3rd only for ical.js and rrule: no date is common, and neither shows both.
#
# Seen with: ical.js 2.2.1, node-ical 0.26.1, rrule 2.8.1, Node.js 20.20.2
# A good engineer would expect: RDATE adds dates, DTSTART is the first of them, and what is there twice counts once (RFC 5545 3.8.5.2, with an example of this kind); both packages
#   have a function that expands a series, with RRULE, EXDATE and moved dates, and both agree on those.
# What happens: node-ical reads no RDATE at all, beside a rule neither; it is parsed and left aside, and an event that has only RDATEs is not a series. ical.js and rrule take
#   the dates, but without an RRULE DTSTART is none of them, so the first meeting is missing. Beside an RRULE it is there in each. Where rule and RDATE meet, as they do when
#   somebody brings back a date by hand, ical.js has that meeting twice; rrule once. Lotus Notes writes all its series as lists of RDATEs, others each date that was added later.
# Output seen:
#   1 December, RDATE 3 December: node-ical 1, ical.js 3, rrule 3    weekly, three times, and RDATE 3: node-ical 1, 8, 15, ical.js 1, 3, 8, 15, rrule 1, 3, 8, 15
#   weekly, and RDATE 8: node-ical 1, 8, 15, ical.js 1, 8, 8, 15, rrule 1, 8, 15
# What to do: expand with ical.js, add DTSTART when there is no RRULE, and take each moment once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ical.js@2.2.1 node-ical@0.26.1 rrule@2.8.1
cat > try.mjs <<'JS'
import assert from 'node:assert';
import ICAL from 'ical.js';
import ical from 'node-ical';
import rrule from 'rrule';
const readings = (lines) => {
  const series = ['DTSTART:20261201T000000Z', ...lines];
  const event = ['BEGIN:VEVENT', 'UID:1', 'DTSTAMP:20261101T000000Z', ...series, 'DTEND:20261201T010000Z', 'SUMMARY:Demo', 'END:VEVENT'];
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...event, 'END:VCALENDAR'].join('\r\n');
  const days = (dates) => dates.map((date) => Number(date.toISOString().slice(8, 10))).join(', ');
  const iterator = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent')).iterator();
  const byIcalJs = [];
  for (let date = iterator.next(); date; date = iterator.next()) byIcalJs.push(date.toJSDate());
  const parsed = Object.values(ical.sync.parseICS(text)).find(({ type }) => type === 'VEVENT');
  const byNodeIcal = ical.expandRecurringEvent(parsed, { from: new Date('2026-11-01'), to: new Date('2027-01-01') });
  return {
    'node-ical': days(byNodeIcal.map(({ start }) => start)),
    'ical.js': days(byIcalJs),
    rrule: days(rrule.rrulestr(series.join('\n'), { forceset: true }).all()),
  };
};
const weekly = 'RRULE:FREQ=WEEKLY;COUNT=3';
const seen = {
  alone: readings(['RDATE:20261203T000000Z']),
  beside: readings([weekly, 'RDATE:20261203T000000Z']),
  twice: readings([weekly, 'RDATE:20261208T000000Z']),
  moved: readings([weekly, 'EXDATE:20261208T000000Z']),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  alone: { 'node-ical': '1', 'ical.js': '3', rrule: '3' },
  beside: { 'node-ical': '1, 8, 15', 'ical.js': '1, 3, 8, 15', rrule: '1, 3, 8, 15' },
  twice: { 'node-ical': '1, 8, 15', 'ical.js': '1, 8, 8, 15', rrule: '1, 8, 15' },
  moved: { 'node-ical': '1, 15', 'ical.js': '1, 15', rrule: '1, 15' },
});
JS
node try.mjs
