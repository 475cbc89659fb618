#!/usr/bin/env bash
# DuckDB inside Node.js has a table of time zones of its own: one process puts one moment on two different days.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2 (tz 2025c)
# A good engineer would expect: SQL's AT TIME ZONE and Intl.DateTimeFormat agree, since both are ICU in the same process and the zones are well known; or that
#   an old Node with new packages lags behind. Neither: each brings its table with it, and which one is ahead differs by zone.
# What happens: on 1 December 2026 at 20:00 UTC it is 13:00 in Vancouver for DuckDB and 12:00 for Node; 14:00 and 13:00 in Edmonton; 20:00 and 21:00 in
#   Casablanca. Tokyo and Berlin agree. Whoever computes days partly in SQL and partly in JavaScript counts events around midnight twice or not at all.
# Output seen:
#   America/Vancouver  DuckDB 2026-12-01 13:00:00  Node 2026-12-01 12:00:00
#   America/Edmonton   DuckDB 2026-12-01 14:00:00  Node 2026-12-01 13:00:00
#   Africa/Casablanca  DuckDB 2026-12-01 20:00:00  Node 2026-12-01 21:00:00
#   Asia/Tokyo         DuckDB 2026-12-02 05:00:00  Node 2026-12-02 05:00:00
# It depends on the table of the Node that runs it (process.versions.tz), so another Node may make this script fail: that is the finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.js <<'JS'
const assert = require('node:assert');
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const zones = ['America/Vancouver', 'America/Edmonton', 'Africa/Casablanca', 'Asia/Tokyo'];
  const seen = [];
  for (const timeZone of zones) {
    const duckdb = String((await connection.runAndReadAll(`SELECT TIMESTAMPTZ '2026-12-01 20:00:00+00' AT TIME ZONE '${timeZone}'`)).getRows()[0][0]);
    const node = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(new Date('2026-12-01T20:00:00Z'));
    seen.push([timeZone, duckdb, node]);
  }
  console.log(process.version, 'tz', process.versions.tz, seen);
  assert.deepStrictEqual(seen, [
    ['America/Vancouver', '2026-12-01 13:00:00', '2026-12-01 12:00:00'],
    ['America/Edmonton', '2026-12-01 14:00:00', '2026-12-01 13:00:00'],
    ['Africa/Casablanca', '2026-12-01 20:00:00', '2026-12-01 21:00:00'],
    ['Asia/Tokyo', '2026-12-02 05:00:00', '2026-12-02 05:00:00'],
  ]);
})();
JS
node try.js
