#!/usr/bin/env bash
# A number written out in SQL and cast to BIGNUM, DuckDB's type for whole numbers of any size, has only the first sixteen digits right.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: a literal of 45 digits cast to the type that exists for such numbers keeps them, as the same digits in quotes do.
# What happens: a literal too long for HUGEINT is a DOUBLE before the cast sees it. There is no warning, and the result is a whole number of the right length.
# Output seen:
#   literal  123456789012345669380138225650680065035337728
#   quoted   123456789012345678901234567890123456789012345
# What to write instead: the digits in quotes, or a parameter that is a text.
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
  const digits = '123456789012345678901234567890123456789012345';
  const [literal, quoted] = (await connection.runAndReadAll(`SELECT ${digits}::BIGNUM::VARCHAR, '${digits}'::BIGNUM::VARCHAR`)).getRows()[0].map(String);
  console.log({ literal, quoted });
  assert.strictEqual(quoted, digits);
  assert.strictEqual(literal, '123456789012345669380138225650680065035337728');
})();
JS
node try.js
