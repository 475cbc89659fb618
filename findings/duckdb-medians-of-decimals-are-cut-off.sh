#!/usr/bin/env bash
# The median of amounts of money, DECIMAL, has the scale of its column, and what does not fit is cut off: of 99.99 and 100.00 it is 99.99, of whole yen 1 and 2 it is 1.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: median and quantile_cont interpolate. Of the INTEGERs 1 and 2 the median is the DOUBLE 1.5, and avg of any DECIMAL is a DOUBLE too;
#   or, if the type is kept, the middle is rounded, as a cast of 1.5 to DECIMAL(10,0) is (to 2).
# What happens: the type is kept and the fraction is cut off, above the lower of the two neighbours. So quantile_cont(amount, 0.9) of 1 and 2 is 1 as well,
#   quantiles at 0.25, 0.5 and 0.75 of two neighbouring amounts are one number, and mad, the median of distances, is 0 where the amounts differ.
#   Negative amounts are cut the same way, so the median of the negated column is not the negated median.
# Output seen:
#   DECIMAL 1, 2: median 1, quantile_cont at 0.9 1    INTEGER 1, 2: median 1.5    cast of 1.5: 2
#   99.99, 100.00: median 99.99, quartiles [99.99, 99.99, 99.99], mad 0.00, avg 99.995    1.10, 1.13: median 1.11, of the negated -1.12
# What to write instead: the median of amount::DOUBLE, or of amount::DECIMAL with one or two digits more.
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
  const row = async (what, values, type) => {
    const sql = `SELECT ${what} FROM (SELECT unnest([${values}])::${type} AS amount)`;
    return (await connection.runAndReadAll(sql)).getRows()[0].map(String);
  };
  const seen = {
    decimal: await row('median(amount), quantile_cont(amount, 0.9), typeof(median(amount))', '1, 2', 'DECIMAL(10, 0)'),
    integer: await row('median(amount), typeof(median(amount))', '1, 2', 'INTEGER'),
    cast: await row('max(1.5::DECIMAL(10, 0))', '1', 'INTEGER'),
    price: await row('median(amount), quantile_cont(amount, [0.25, 0.5, 0.75]), mad(amount), avg(amount)', "'99.99', '100.00'", 'DECIMAL(10, 2)'),
    negated: await row('median(amount), median(-amount)', "'1.10', '1.13'", 'DECIMAL(10, 2)'),
    instead: await row('median(amount::DOUBLE), median(amount::DECIMAL(12, 4))', "'99.99', '100.00'", 'DECIMAL(10, 2)'),
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    decimal: ['1', '1', 'DECIMAL(10,0)'],
    integer: ['1.5', 'DOUBLE'],
    cast: ['2'],
    price: ['99.99', '[99.99, 99.99, 99.99]', '0.00', '99.995'],
    negated: ['1.11', '-1.12'],
    instead: ['99.995', '99.9950'],
  });
})();
JS
node try.js
