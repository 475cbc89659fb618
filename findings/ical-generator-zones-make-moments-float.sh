#!/usr/bin/env bash
# A calendar of ical-generator that is given its time zone no longer says when its events are: 9:00 in Tokyo, a moment of Luxon, is written as 9:00 of wherever it is read, beside exceptions that have the zone.
#
# Seen with: ical-generator 10.2.0, luxon 3.7.2; node-ical 0.26.1 reads it; Node.js 20.20.2
# A good engineer would expect: the times are moments and stay the same moments, only written in the calendar's zone, 20261201T090000 with TZID=Asia/Tokyo; or in UTC, as without a zone. Stamps are in
#   UTC in any case, and so is an alarm at a fixed moment: RFC 5545 says MUST for DTSTAMP, CREATED, LAST-MODIFIED and TRIGGER.
# What happens: with a zone for the calendar and none for the event, DTSTART and DTEND have the clock of Tokyo and no zone, which is a floating time, while EXDATE has TZID=Asia/Tokyo: of
#   another kind, so a reader elsewhere has the meeting nine hours late and the cancelled one too. DTSTAMP, CREATED and LAST-MODIFIED lose their Z as well, and are in the future for
#   readers in the west, where the newest version of an event is told by them. With a zone for the event the meeting is right, and its alarm for 17:00 on the day before is floating. Where the
#   server and all readers are in Tokyo nothing shows.
# Output seen, of 1 December 2026, 9:00 in Tokyo (00:00 UTC), weekly to the 22nd, the 8th excluded, an alarm on 30 November at 17:00 (08:00 UTC):
#   without a zone: DTSTART:20261201T000000Z, EXDATE:20261208T000000Z, stamp 20261101T000000Z, alarm 20261130T080000Z; read in UTC: 1, 15, 22 December, 00:00
#   calendar's zone: DTSTART:20261201T090000, EXDATE;TZID=Asia/Tokyo:20261208T090000, stamp 20261101T090000, alarm 20261130T170000; read in UTC: 1, 8, 15, 22 December, 09:00
#   event's zone: DTSTART;TZID=Asia/Tokyo:20261201T090000, EXDATE the same, stamp 20261101T000000Z, alarm 20261130T170000; read in UTC: 1, 15, 22 December, 00:00
# What to do: a zone for each event and none for the calendar, and alarms relative to the start.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ical-generator@10.2.0 luxon@3.7.2 node-ical@0.26.1
cat > try.mjs <<'JS'
import assert from 'node:assert';
import generate from 'ical-generator';
import { DateTime } from 'luxon';
import ical from 'node-ical';
const zone = 'Asia/Tokyo';
const at = (text) => DateTime.fromISO(text, { zone });
const write = (ofCalendar, ofEvent) => {
  const calendar = generate({ name: 'Demos', ...ofCalendar });
  calendar.createEvent({
    id: '1',
    summary: 'Demo',
    stamp: at('2026-11-01T09:00'),
    start: at('2026-12-01T09:00'),
    end: at('2026-12-01T10:00'),
    repeating: { freq: 'WEEKLY', until: at('2026-12-22T09:00'), exclude: [at('2026-12-08T09:00')] },
    alarms: [{ type: 'display', trigger: at('2026-11-30T17:00') }],
    ...ofEvent,
  });
  const text = calendar.toString();
  const event = Object.values(ical.sync.parseICS(text)).find(({ type }) => type === 'VEVENT');
  const dates = ical.expandRecurringEvent(event, { from: new Date('2026-11-01'), to: new Date('2027-01-31') });
  return {
    lines: text.split('\r\n').filter((line) => /^(DTSTART|EXDATE|DTSTAMP|TRIGGER)/.test(line)),
    read: dates.map(({ start }) => start.toISOString().slice(5, 16)),
  };
};
const seen = { without: write({}, {}), calendar: write({ timezone: zone }, {}), event: write({}, { timezone: zone }) };
console.log(seen);
assert.deepStrictEqual(seen, {
  without: {
    lines: ['DTSTAMP:20261101T000000Z', 'DTSTART:20261201T000000Z', 'EXDATE:20261208T000000Z', 'TRIGGER;VALUE=DATE-TIME:20261130T080000Z'],
    read: ['12-01T00:00', '12-15T00:00', '12-22T00:00'],
  },
  calendar: {
    lines: ['DTSTAMP:20261101T090000', 'DTSTART:20261201T090000', 'EXDATE;TZID=Asia/Tokyo:20261208T090000', 'TRIGGER;VALUE=DATE-TIME:20261130T170000'],
    read: ['12-01T09:00', '12-08T09:00', '12-15T09:00', '12-22T09:00'],
  },
  event: {
    lines: ['DTSTAMP:20261101T000000Z', 'DTSTART;TZID=Asia/Tokyo:20261201T090000', 'EXDATE;TZID=Asia/Tokyo:20261208T090000', 'TRIGGER;VALUE=DATE-TIME:20261130T170000'],
    read: ['12-01T00:00', '12-15T00:00', '12-22T00:00'],
  },
});
JS
TZ=UTC node try.mjs
