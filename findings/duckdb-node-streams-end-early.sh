#!/usr/bin/env bash
# A stream of @duckdb/node-api ends, without an error and as if complete, when anything else is begun on its connection: a prepare, or a statement that itself fails, is enough.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: the second statement waits, or is refused, or the stream throws at the next chunk, as DuckDB's own client in C++ does
#   ("closed streaming query result"). An export that reads rows and notes its progress in a table now and then writes every row or fails.
# What happens: the rows behind the chunk that is out are gone. for await over yieldRows() ends in the ordinary way, a reader of streamAndRead says done: true, and
#   getRows() gives what it has. Of two streamAndReadAll in one Promise.all the first may have no rows at all. A materialized result (run) is not touched,
#   nor is a stream by a statement on another connection of the same instance, nor by an appender.
# Output seen, of 100,000 rows:
#   alone 100000 | SELECT 1 2048 | prepare only 2048 | a statement that fails 2048 | on another connection 100000 | materialized 100000 | reader: 2048, done true
# What to do: a connection of its own for each stream, or count the rows.
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
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const other = await instance.connect();
  await connection.run('CREATE TABLE events AS SELECT range AS id FROM range(100000)');
  const read = async (result, meanwhile) => {
    let count = 0;
    let chunks = 0;
    for await (const rows of result.yieldRows()) {
      count += rows.length;
      chunks += 1;
      if (chunks === 1) await meanwhile();
    }
    return count;
  };
  const stream = () => connection.stream('SELECT id FROM events');
  const seen = {
    alone: await read(await stream(), async () => undefined),
    select: await read(await stream(), () => connection.run('SELECT 1')),
    prepare: await read(await stream(), () => connection.prepare('SELECT 1')),
    failing: await read(await stream(), () => connection.run('SELECT no_such_column').catch(() => undefined)),
    otherConnection: await read(await stream(), () => other.run('SELECT 1')),
    materialized: await read(await connection.run('SELECT id FROM events'), () => connection.run('SELECT 1')),
  };
  const reader = await connection.streamAndRead('SELECT id FROM events');
  await reader.readUntil(1000);
  await connection.run('SELECT 1');
  await reader.readAll();
  seen.reader = [reader.currentRowCount, reader.done];
  console.log(seen);
  assert.deepStrictEqual(seen, { alone: 100000, select: 2048, prepare: 2048, failing: 2048, otherConnection: 100000, materialized: 100000, reader: [2048, true] });
})();
JS
node try.js
