#!/usr/bin/env bash
# A weekly meeting at 09:00 without a time zone is at 09:00 until clocks change, and from then on at 10:00: node-ical reads its first date as local and repeats it in UTC.
#
# Seen with: node-ical 0.26.1, Node.js 20.20.2
# A good engineer would expect: a floating time (form 1 of RFC 5545, "DTSTART:20260316T090000") is 09:00 wherever it is read, in every week of the year; and if a
#   program has to take some zone, one and the same for the first date and for the others.
# What happens: the first date is read in the zone of the process. For the rule that date is made a moment of UTC, as there is no TZID, and the series goes on in UTC.
#   In Berlin the meeting is an hour late in summer, or an hour early in winter, by when it began; in New York too. With a TZID it stays. EXDATEs, which
#   are floating like DTSTART, are read as local, so behind the change they no longer meet their date, and what was cancelled is back.
#   In Tokyo and in UTC, where tests run, nothing of it shows.
# Output seen, Berlin, weekly from 16 March at 09:00, 6 April excluded:
#   floating: 16 Mar 09:00, 23 Mar 09:00, 30 Mar 10:00, 6 Apr 10:00    TZID=Europe/Berlin: 16 Mar 09:00, 23 Mar 09:00, 30 Mar 09:00    Tokyo, floating: right
# What to do: give DTSTART and EXDATE a TZID before the file is parsed, or refuse series without one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-ical@0.26.1
cat > try.js <<'JS'
const assert = require('node:assert');
const ical = require('node-ical');
const starts = (zone) => {
  const calendar = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example//EN',
    'BEGIN:VEVENT',
    'UID:call',
    'DTSTAMP:20260101T000000Z',
    `DTSTART${zone}:20260316T090000`,
    `DTEND${zone}:20260316T093000`,
    'RRULE:FREQ=WEEKLY;COUNT=4',
    `EXDATE${zone}:20260406T090000`,
    'SUMMARY:Call',
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n');
  const { call } = ical.sync.parseICS(calendar);
  const local = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short' });
  return ical.expandRecurringEvent(call, { from: new Date('2026-03-01'), to: new Date('2026-05-01') }).map(({ start }) => local.format(start).slice(5));
};
const expected = JSON.parse(process.argv[2]);
const seen = { floating: starts(''), zoned: starts(`;TZID=${process.env.TZ}`) };
console.log(process.env.TZ, seen);
assert.deepStrictEqual(seen, expected);
JS
TZ=Europe/Berlin node try.js '{"floating":["03-16 09:00","03-23 09:00","03-30 10:00","04-06 10:00"],"zoned":["03-16 09:00","03-23 09:00","03-30 09:00"]}'
TZ=Asia/Tokyo node try.js '{"floating":["03-16 09:00","03-23 09:00","03-30 09:00"],"zoned":["03-16 09:00","03-23 09:00","03-30 09:00"]}'
