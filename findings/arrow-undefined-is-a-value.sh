#!/usr/bin/env bash
# Apache Arrow in JavaScript takes undefined for a value: a member that an object has not becomes an empty text, a 0, NaN or false, and is counted as not null.
#
# Seen with: apache-arrow 21.2.0, Node.js 20.20.2
# A good engineer would expect: tableFromJSON([{ city: 'Tokyo' }, {}]) has one city and one null, as with { city: null }; that is what optional members of
#   parsed JSON are, and Arrow has nulls for every type.
# What happens: only null is null. For undefined, and so for a member that is not there, the type's own conversion is written: '' for a text (also in a
#   dictionary), NaN for a Float64, 0 for an Int32, false for a Bool. nullCount is 0, and the file says the same to every other reader: averages by way of
#   NaN, shares of yes and no, and counts of distinct cities are wrong there. A missing Date throws, which is how one finds out, if there is a column of dates.
# Output seen:
#   members missing: city '', amount NaN, open false, nulls 0 0 0    members null: null null null, nulls 1 1 1    Int32 of [undefined, 1]: 0, 1
# What to do: write member ?? null for every member of every row before the table is built.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund apache-arrow@21.2.0
cat > try.js <<'JS'
const assert = require('node:assert');
const { Int32, tableFromIPC, tableFromJSON, tableToIPC, vectorFromArray } = require('apache-arrow');
const secondRow = (rows) => {
  const table = tableFromIPC(tableToIPC(tableFromJSON(rows)));
  const columns = ['city', 'amount', 'open'].map((name) => table.getChild(name));
  return { values: columns.map((column) => column.get(1)), nulls: columns.map((column) => column.nullCount) };
};
const full = { city: 'Tokyo', amount: 1.5, open: true };
const seen = {
  missing: secondRow([full, {}]),
  null: secondRow([full, { city: null, amount: null, open: null }]),
  integers: [...vectorFromArray([undefined, 1], new Int32())],
};
console.log(JSON.stringify(seen, (_key, value) => (Number.isNaN(value) ? 'NaN' : value)));
assert.deepStrictEqual(seen, {
  missing: { values: ['', NaN, false], nulls: [0, 0, 0] },
  null: { values: [null, null, null], nulls: [1, 1, 1] },
  integers: [0, 1],
});
JS
node try.js
