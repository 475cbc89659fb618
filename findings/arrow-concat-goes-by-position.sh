#!/usr/bin/env bash
# Table.concat of Apache Arrow in JavaScript puts columns together by position and compares neither names nor types: values change columns, and numbers become rubbish once written.
#
# Seen with: apache-arrow 21.2.0, Node.js 20.20.2
# A good engineer would expect: a table knows its schema, so two tables with the same columns in another order are put together by name, or refused, as Arrow
#   does in C++ and Python ("Schema at index 1 was different"); and two types for one column are refused or converted.
# What happens: { won, lost } and { lost, won } give one table with the won of the first above the lost of the second; a column that the first has not is dropped.
#   With two types (numbers of JavaScript are Float64, an Int32Array is Int32) the result reads well in memory, since each chunk has its own type, and
#   tests pass. But the schema is of the first, so tableToIPC writes bytes of the one type as the other: 5 and 6 come back as 1.27e-313, 1.5 as 0, and rows are lost.
# Output seen:
#   by order: [{"won":1,"lost":10},{"won":30,"lost":3}]    only in the second: [{"won":1},{"won":30}]
#   in memory [1,2,5,6], written and read 1,2,1.27e-313    the other way round: in memory [5,6,1.5,2], written and read 5,6,0,1073217536
# What to do: compare the schemas first (util.compareSchemas of the package), bring columns in order with select, and give every column its type.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund apache-arrow@21.2.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { tableFromArrays, tableFromIPC, tableToIPC, util } = require('apache-arrow');
const rows = (table) => table.toArray().map((row) => row.toJSON());
const column = (table) => [...table.getChild('x')];
const written = (table) => column(tableFromIPC(tableToIPC(table, 'stream')));

const first = tableFromArrays({ won: [1], lost: [10] });
const swapped = tableFromArrays({ lost: [30], won: [3] });
const doubles = tableFromArrays({ x: [1, 2] });
const integers = tableFromArrays({ x: new Int32Array([5, 6]) });
const seen = {
  byOrder: rows(first.concat(swapped)),
  onlyInSecond: rows(tableFromArrays({ won: [1] }).concat(swapped)),
  ordered: rows(first.concat(swapped.select(['won', 'lost']))),
  compared: util.compareSchemas(first.schema, swapped.schema),
  memory: column(doubles.concat(integers)),
  written: written(doubles.concat(integers)),
  memoryTurned: column(integers.concat(tableFromArrays({ x: [1.5, 2] }))),
  writtenTurned: written(integers.concat(tableFromArrays({ x: [1.5, 2] }))),
};
console.log(JSON.stringify(seen));
assert.deepStrictEqual(seen.byOrder, [{ won: 1, lost: 10 }, { won: 30, lost: 3 }]);
assert.deepStrictEqual(seen.onlyInSecond, [{ won: 1 }, { won: 30 }]);
assert.deepStrictEqual(seen.ordered, [{ won: 1, lost: 10 }, { won: 3, lost: 30 }]);
assert.strictEqual(seen.compared, false);
assert.deepStrictEqual(seen.memory, [1, 2, 5, 6]);
assert.deepStrictEqual(seen.written.slice(0, 2), [1, 2]);
assert.ok(seen.written[2] > 0 && seen.written[2] < 1e-300);
assert.deepStrictEqual(seen.memoryTurned, [5, 6, 1.5, 2]);
assert.deepStrictEqual(seen.writtenTurned, [5, 6, 0, 1073217536]);
JS
node try.js
