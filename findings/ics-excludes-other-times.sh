#!/usr/bin/env bash
# With startInputType 'utc' the package ics still reads exclusionDates and recurrenceId as local time: what was cancelled takes place, everywhere but on a server that runs in UTC.
#
# Seen with: ics 3.12.0, Node.js 20.20.2
# A good engineer would expect: an exception is named by the time that the meeting would have had, so the same numbers as in start mean the same moment. end, which
#   has an endInputType of its own, takes startInputType where that is not given.
# What happens: start and end are read as UTC, the exceptions always in the zone of the process, and there is no setting for them. In Tokyo EXDATE is nine hours before
#   the meeting it should take out, and matches none; a calendar shows all four. RECURRENCE-ID (of it alone the README says "in local time") meets
#   none either: a moved meeting is there twice. With startOutputType 'local' DTSTART is floating and EXDATE is UTC, of another kind than DTSTART, which RFC 5545 forbids.
#   A test on a machine in UTC, as a container is, passes.
# Output seen, for start [2026, 12, 1, 0, 0] weekly, exclusion [2026, 12, 8, 0, 0]:
#   UTC    DTSTART:20261201T000000Z EXDATE:20261208T000000Z RECURRENCE-ID:20261215T000000Z
#   Tokyo  DTSTART:20261201T000000Z EXDATE:20261207T150000Z RECURRENCE-ID:20261214T150000Z    startOutputType local: DTSTART:20261201T090000 EXDATE:20261207T150000Z
# What to do: give exceptions as numbers of milliseconds, which are moments in any zone: Date.UTC(2026, 11, 8).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ics@3.12.0
cat > try.js <<'JS'
const assert = require('node:assert');
const ics = require('ics');
const lines = (startOutputType, exclusion, id) => {
  const { error, value } = ics.createEvent({
    uid: 'weekly@example.com',
    title: 'Weekly',
    start: [2026, 12, 1, 0, 0],
    end: [2026, 12, 1, 1, 0],
    startInputType: 'utc',
    startOutputType,
    recurrenceRule: 'FREQ=WEEKLY;COUNT=4',
    exclusionDates: [exclusion],
    recurrenceId: id,
  });
  assert.ifError(error);
  return value.split('\r\n').filter((line) => /^(DTSTART|EXDATE|RECURRENCE-ID)/.test(line)).join(' ');
};
const seen = [
  lines('utc', [2026, 12, 8, 0, 0], [2026, 12, 15, 0, 0]),
  lines('local', [2026, 12, 8, 0, 0], [2026, 12, 15, 0, 0]),
  lines('utc', Date.UTC(2026, 11, 8), Date.UTC(2026, 11, 15)),
];
console.log(process.env.TZ, seen);
assert.deepStrictEqual(seen, JSON.parse(process.argv[2]));
JS
right='DTSTART:20261201T000000Z EXDATE:20261208T000000Z RECURRENCE-ID:20261215T000000Z'
TZ=UTC node try.js "[\"$right\",\"DTSTART:20261201T000000 EXDATE:20261208T000000Z RECURRENCE-ID:20261215T000000Z\",\"$right\"]"
TZ=Asia/Tokyo node try.js "[\"DTSTART:20261201T000000Z EXDATE:20261207T150000Z RECURRENCE-ID:20261214T150000Z\",\"DTSTART:20261201T090000 EXDATE:20261207T150000Z RECURRENCE-ID:20261214T150000Z\",\"$right\"]"
