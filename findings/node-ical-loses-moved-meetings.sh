#!/usr/bin/env bash
# A meeting of a series that was moved to another week is in neither week for node-ical: expandRecurringEvent leaves it out of the old one and does not find it in the new one.
#
# Seen with: node-ical 0.26.1, Node.js 20.20.2
# A good engineer would expect: "expand a recurring event into individual instances within a date range", overrides included, gives for a week what is in the
#   calendar in that week. It is the package's own function for this, and what it gives for the whole quarter is right.
# What happens: the rule is asked for its dates in the range, and an override is looked up for each of them only. One whose RECURRENCE-ID is before the range and whose
#   DTSTART is in it is never looked at; in the range of its RECURRENCE-ID it is found, and left out since it begins later. Moved inside of the range it is right,
#   so a test with one long range or a meeting moved by an hour shows nothing. Agendas of a day or a week, and checks whether a time is free, miss it.
# Output seen, of a weekly meeting on Mondays, that of 30 November moved to Wednesday 9 December:
#   29 Nov to 5 Dec: none    6 to 12 Dec: 7 Dec    November and December: 2 Nov, 9 Nov, 16 Nov, 23 Nov, 7 Dec, 9 Dec, 14 Dec, 21 Dec
# What to do: expand with a range that is wider by the longest move there may be, or add the event's recurrences whose start is in the range, once each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-ical@0.26.1
cat > try.js <<'JS'
const assert = require('node:assert');
const ical = require('node-ical');
const calendar = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//example//EN',
  'BEGIN:VEVENT',
  'UID:review@example.com',
  'DTSTAMP:20261101T000000Z',
  'DTSTART:20261102T010000Z',
  'DTEND:20261102T020000Z',
  'RRULE:FREQ=WEEKLY;COUNT=8',
  'SUMMARY:Review',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'UID:review@example.com',
  'DTSTAMP:20261101T000000Z',
  'RECURRENCE-ID:20261130T010000Z',
  'DTSTART:20261209T030000Z',
  'DTEND:20261209T040000Z',
  'SUMMARY:Review',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');
const event = ical.sync.parseICS(calendar)['review@example.com'];
const days = (from, to) =>
  ical.expandRecurringEvent(event, { from: new Date(`${from}T00:00:00.001Z`), to: new Date(`${to}T23:59:59.999Z`) }).map(({ start }) => start.toISOString().slice(5, 10));
const seen = { oldWeek: days('2026-11-29', '2026-12-05'), newWeek: days('2026-12-06', '2026-12-12'), both: days('2026-11-01', '2026-12-31') };
console.log(seen);
assert.deepStrictEqual(seen, {
  oldWeek: [],
  newWeek: ['12-07'],
  both: ['11-02', '11-09', '11-16', '11-23', '12-07', '12-09', '12-14', '12-21'],
});
JS
node try.js
