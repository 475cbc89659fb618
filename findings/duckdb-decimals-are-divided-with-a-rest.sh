#!/usr/bin/env bash
# DuckDB's operator for whole division, //, does not divide DECIMALs whole: quotient times divisor plus rest is 101 where the amount was 100.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: a // b is whole, with a % b as its rest: an amount is split into shares and what is left over. By the documentation // is the same
#   as / only where one operand is a FLOAT or a DOUBLE, and DECIMAL is the type for amounts since it is neither.
# What happens: for a DECIMAL, of scale 0 too, // is /, and a DOUBLE: 100 // 3 is 33.333333333333336, while 100 % 3 is the DECIMAL 1. Of INTEGERs, BIGINTs and HUGEINTs
#   // is whole, so a column that becomes DECIMAL (or a sum of one: sum of BIGINT is HUGEINT, of DECIMAL DECIMAL) changes what a query says, and a literal like 7.5 as well.
# Output seen:
#   DECIMAL(10,0) 100: // 33.333333333333336 DOUBLE, % 1, together 101    INTEGER 33, HUGEINT 33, together 100    7.50 // 2: 3.75    fdiv: 33
# What to write instead: floor(a / b) for amounts below 2^53, or (a - a % b) / b; fdiv gives a whole DOUBLE.
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
  const split = async (type) => {
    const sql = `SELECT a // 3, typeof(a // 3), a % 3, (a // 3) * 3 + a % 3 FROM (SELECT 100::${type} AS a)`;
    return (await connection.runAndReadAll(sql)).getRows()[0].map(String);
  };
  const one = async (expression) => String((await connection.runAndReadAll(`SELECT ${expression}`)).getRows()[0][0]);
  const seen = {
    decimal: await split('DECIMAL(10,0)'),
    integer: await split('INTEGER'),
    hugeint: await split('HUGEINT'),
    literal: await one('7.50 // 2'),
    fdiv: await one('fdiv(100::DECIMAL(10,0), 3)'),
    byRest: await one('(100::DECIMAL(10,0) - 100::DECIMAL(10,0) % 3) / 3'),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    decimal: ['33.333333333333336', 'DOUBLE', '1', '101'],
    integer: ['33', 'INTEGER', '1', '100'],
    hugeint: ['33', 'HUGEINT', '1', '100'],
    literal: '3.75',
    fdiv: '33',
    byRest: '33',
  });
})();
JS
node try.js
