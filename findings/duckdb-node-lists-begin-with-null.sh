#!/usr/bin/env bash
# A list given to a statement of @duckdb/node-api has the type of its first item: when that is null all items arrive as NULL, and decimals are rounded to the scale of the first.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: "unspecified types will be inferred" means from the items, as DuckDB infers [NULL, 'won'] to be VARCHAR[] in SQL, or the list is
#   refused, as [1, 2.5] is ("number is not an integer"). Where null is behind the first item it is one NULL among values.
# What happens: listValue([null, 'won']) is stored as [NULL, NULL], without an error, also into a column that is VARCHAR[]; the same for numbers, for structs whose
#   first has a null in a field (that field is NULL in all), and for maps by their first entry. DuckDBDecimalValues 1.5 and 1.555 become 1.5 and 1.6. So what is
#   written depends on the order of the items: the same list backwards is whole.
# Output seen:
#   [null, 'won'] [NULL, NULL]    ['won', null] ['won', NULL]    [{ a: null }, { a: 1 }] [{'a': NULL}, {'a': NULL}]    1.5, 1.555: [1.5, 1.6]    backwards: [1.555, 1.500]
#   { x: null, y: 1 } as a map: {'x': NULL, 'y': NULL}    SQL's [NULL, 'won']: [NULL, 'won']    with LIST(VARCHAR) given: [NULL, 'won']
# What to do: give the type with every list and map, as third argument of run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > try.js <<'JS'
const assert = require('node:assert');
const { DuckDBDecimalValue, DuckDBInstance, LIST, VARCHAR, listValue, mapValue, structValue } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const read = async (sql, ...given) => String((await connection.runAndReadAll(sql, ...given)).getRows()[0][0]);
  const given = (value, type) => read('SELECT $1', [value], type && [type]);
  const small = new DuckDBDecimalValue(15n, 2, 1);
  const fine = new DuckDBDecimalValue(1555n, 4, 3);
  await connection.run('CREATE TABLE lead (tags VARCHAR[])');
  await connection.run('INSERT INTO lead VALUES ($1)', [listValue([null, 'won'])]);
  const seen = {
    first: await given(listValue([null, 'won'])),
    stored: await read('FROM lead'),
    last: await given(listValue(['won', null])),
    structs: await given(listValue([structValue({ a: null }), structValue({ a: 1 })])),
    map: await given(mapValue([{ key: 'x', value: null }, { key: 'y', value: 1 }])),
    decimals: await given(listValue([small, fine])),
    backwards: await given(listValue([fine, small])),
    sql: await read("SELECT [NULL, 'won']"),
    typed: await given(listValue([null, 'won']), LIST(VARCHAR)),
    refused: await given(listValue([1, 2.5])).catch((error) => error.message),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    first: '[NULL, NULL]',
    stored: '[NULL, NULL]',
    last: "['won', NULL]",
    structs: "[{'a': NULL}, {'a': NULL}]",
    map: "{'x': NULL, 'y': NULL}",
    decimals: '[1.5, 1.6]',
    backwards: '[1.555, 1.500]',
    sql: "[NULL, 'won']",
    typed: "[NULL, 'won']",
    refused: 'number is not an integer',
  });
})();
JS
node try.js
