#!/usr/bin/env bash
# SQLite's datetime() of a day's end written 24:00 is that day's 24:00 up to the 28th, and the next day's 24:00, a whole day later, on the 29th, 30th and 31st.
#
# Seen with: SQLite 3.53.4 (node-sqlite3-wasm 0.8.60); the same in 3.53.2 inside better-sqlite3 12.11.1. Node.js 20.20.2
# A good engineer would expect: 24:00 of 30 November, the end of the day in ISO 8601 and on Japanese forms, is 2026-12-01 00:00:00, or stays as it is, or is NULL as 25:00 is;
#   and what is true of the 15th is true of the 30th.
# What happens: a time string without a modifier is written as it was read, but a day behind the 28th is worked out anew (for 30 February), and 24 hours are part of that
#   while the hours stay 24: the day is counted on and the time is not taken away. date() is a day too late there as well, strftime has both. unixepoch, julianday
#   and any modifier ('+0 days') are right for every day. Deadlines at the end of a month, where most are, move by a day, and applied twice by two.
# Output seen:
#   15 Nov 24:00: datetime 2026-11-15 24:00:00, date 2026-11-15    30 Nov 24:00: datetime 2026-12-01 24:00:00, date 2026-12-01; with '+0 days' 2026-12-01 00:00:00
#   31 Dec 24:00: 2027-01-01 24:00:00    datetime of the datetime of 29 Nov 24:00: 2026-12-01 24:00:00    25:00: NULL
# What to write instead: datetime(text, '+0 days').
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-sqlite3-wasm@0.8.60
cat > try.js <<'JS'
const assert = require('node:assert');
const { Database } = require('node-sqlite3-wasm');
const database = new Database();
const one = (expression, text) => database.get(`SELECT ${expression} AS value`, { ':text': text }).value;
const of = (text) => [one('datetime(:text)', text), one('date(:text)', text), one("datetime(:text, '+0 days')", text), one("datetime(unixepoch(:text), 'unixepoch')", text)];
const seen = {
  middle: of('2026-11-15 24:00'),
  last28: of('2026-11-28 24:00'),
  from29: of('2026-11-29 24:00'),
  monthEnd: of('2026-11-30T24:00:00'),
  yearEnd: of('2026-12-31 24:00'),
  twice: one('datetime(datetime(:text))', '2026-11-29 24:00'),
  hour25: one('datetime(:text)', '2026-11-30 25:00'),
};
console.log(database.get('SELECT sqlite_version() AS version'), seen);
assert.deepStrictEqual(seen, {
  middle: ['2026-11-15 24:00:00', '2026-11-15', '2026-11-16 00:00:00', '2026-11-16 00:00:00'],
  last28: ['2026-11-28 24:00:00', '2026-11-28', '2026-11-29 00:00:00', '2026-11-29 00:00:00'],
  from29: ['2026-11-30 24:00:00', '2026-11-30', '2026-11-30 00:00:00', '2026-11-30 00:00:00'],
  monthEnd: ['2026-12-01 24:00:00', '2026-12-01', '2026-12-01 00:00:00', '2026-12-01 00:00:00'],
  yearEnd: ['2027-01-01 24:00:00', '2027-01-01', '2027-01-01 00:00:00', '2027-01-01 00:00:00'],
  twice: '2026-12-01 24:00:00',
  hour25: null,
});
JS
node try.js
