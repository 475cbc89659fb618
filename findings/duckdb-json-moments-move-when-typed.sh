#!/usr/bin/env bash
# DuckDB reads "2026-11-29T10:00:00+09:00" from a JSON file as TIMESTAMP 01:00, in UTC; with the same type given by hand, columns = { 'at': 'TIMESTAMP' }, it is 10:00.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: to write down the types that read_json found, so that they stay the same with the next file, changes no value; and one text cast to one type is
#   one value in one database. CSV files lead there too: read_csv makes the same text a TIMESTAMPTZ.
# What happens: automatic detection of JSON tries formats with an offset and applies it, and the column is a TIMESTAMP in UTC. Every other way to a TIMESTAMP is the cast, which leaves
#   the offset away, as in PostgreSQL: columns, COPY into a table, json_transform, ->> with ::TIMESTAMP, read_csv with types. Both are without an error, and hours of the offset
#   apart. Which of the two it is can depend on a row: a file in which one text has a Z and another +09:00, or one no offset, is VARCHAR, and the cast that is then added for it reads the clock of the wall.
#   With texts that all end in Z, as toISOString writes them, both are the same, so tests of a program in JavaScript pass.
# Output seen:
#   read_json TIMESTAMP 01:00    columns TIMESTAMP 10:00    COPY 10:00    json_transform 10:00    ->> and cast 10:00    read_csv TIMESTAMPTZ 01:00 UTC, types TIMESTAMP 10:00
#   beside a row with Z: VARCHAR, as TIMESTAMP 10:00    TIMESTAMPTZ in each of them: 01:00 UTC
# What to do: TIMESTAMPTZ in columns and in every cast.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.mjs <<'JS'
import assert from 'node:assert';
import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
const [tokyo, utc] = ['2026-11-29T10:00:00+09:00', '2026-11-29T10:00:00Z'];
writeFileSync('leads.json', `{"at":"${tokyo}"}\n`);
writeFileSync('mixed.json', `{"at":"${utc}"}\n{"at":"${tokyo}"}\n`);
writeFileSync('leads.csv', `at,stage\n${tokyo},won\n`);
const connection = await (await DuckDBInstance.create()).connect();
await connection.run("SET TimeZone = 'UTC'");
const ask = async (from) => {
  const rows = await connection.runAndReadAll(`SELECT typeof("at"), "at"::VARCHAR FROM ${from}`);
  return rows.getRows().at(-1).join(' ').replace('2026-11-29 ', '').replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ');
};
await connection.run('CREATE TABLE leads("at" TIMESTAMP)');
await connection.run("COPY leads FROM 'leads.json'");
const seen = {
  found: await ask("'leads.json'"),
  columns: await ask("read_json('leads.json', columns = { 'at': 'TIMESTAMP' })"),
  copied: await ask('leads'),
  transformed: await ask(`(SELECT json_transform('{"at":"${tokyo}"}', '{"at":"TIMESTAMP"}')."at" AS "at")`),
  cast: await ask(`(SELECT ('{"at":"${tokyo}"}'::JSON->>'at')::TIMESTAMP AS "at")`),
  csv: await ask("'leads.csv'"),
  csvTyped: await ask("read_csv('leads.csv', types = { 'at': 'TIMESTAMP' })"),
  mixed: await ask("'mixed.json'"),
  mixedCast: await ask(`(SELECT "at"::TIMESTAMP AS "at" FROM 'mixed.json')`),
  zoned: await ask("read_json('leads.json', columns = { 'at': 'TIMESTAMPTZ' })"),
};
console.log(seen);
assert.deepStrictEqual(seen, {
  found: 'TIMESTAMP 01:00:00',
  columns: 'TIMESTAMP 10:00:00',
  copied: 'TIMESTAMP 10:00:00',
  transformed: 'TIMESTAMP 10:00:00',
  cast: 'TIMESTAMP 10:00:00',
  csv: 'TIMESTAMPTZ 01:00:00+00',
  csvTyped: 'TIMESTAMP 10:00:00',
  mixed: `VARCHAR ${tokyo}`,
  mixedCast: 'TIMESTAMP 10:00:00',
  zoned: 'TIMESTAMPTZ 01:00:00+00',
});
JS
node try.mjs
