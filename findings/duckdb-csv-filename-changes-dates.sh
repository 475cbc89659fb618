#!/usr/bin/env bash
# With filename = true DuckDB's read_csv reads other days from the same files: 03/04/2026 is 3 April without it and 4 March with it, behind a file that has 04/13/2026.
#
# Seen with: @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), Node.js 20.20.2
# A good engineer would expect: filename adds a column that says where a row is from, and hive_partitioning columns of the path; the values of the others stay. Two
#   files of month/day/year in a list are read alike, or the list is refused.
# What happens: without such an option each file of a list is looked at for itself, so a file whose days are all up to the 12th is day/month (which DuckDB prefers)
#   beside one that can only be month/day: one column, two readings, no error. With filename = true, hive_partitioning = true or columns = {…} the format of the first
#   file is laid on all: the days of the second change; in the other order the query fails, or, with ignore_errors, loses every row of the second file.
#   With union_by_name it is each file for itself again, and the virtual column (SELECT *, filename without the option) changes nothing.
# Output seen, of the row with 03/04/2026 and, in the other order, of the number of rows:
#   plain 2026-04-03, 4 rows | filename 2026-03-04, Conversion Error, 2 rows with ignore_errors | hive_partitioning 2026-03-04 | columns 2026-03-04
#   filename and union_by_name 2026-04-03 | SELECT *, filename 2026-04-03
# What to do: say dateformat = '%m/%d/%Y', always.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
printf 'id,day\n1,03/04/2026\n2,05/06/2026\n' >early.csv
printf 'id,day\n3,04/13/2026\n4,12/25/2026\n' >late.csv
cat > try.js <<'JS'
const assert = require('node:assert');
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const one = (sql) => connection.runAndReadAll(sql).then((result) => String(result.getRows()[0][0]), (error) => error.message.split(':')[0]);
  const day = (options, columns = 'day') => one(`SELECT ${columns} FROM read_csv(['late.csv', 'early.csv']${options}) WHERE id = 1`);
  const rows = (options) => one(`SELECT count(day) FROM read_csv(['early.csv', 'late.csv']${options})`);
  const seen = {
    plain: [await day(''), await rows('')],
    filename: [await day(', filename = true'), await rows(', filename = true'), await rows(', filename = true, ignore_errors = true')],
    hive: await day(', hive_partitioning = true'),
    columns: await day(", columns = {'id': 'INTEGER', 'day': 'DATE'}"),
    byName: await day(', filename = true, union_by_name = true'),
    virtual: await day('', 'day, filename'),
    formatGiven: [await day(", dateformat = '%m/%d/%Y'"), await rows(", filename = true, dateformat = '%m/%d/%Y'")],
  };
  console.log(seen);
  assert.deepStrictEqual(seen, {
    plain: ['2026-04-03', '4'],
    filename: ['2026-03-04', 'Conversion Error', '2'],
    hive: '2026-03-04',
    columns: '2026-03-04',
    byName: '2026-04-03',
    virtual: '2026-04-03',
    formatGiven: ['2026-03-04', '4'],
  });
})();
JS
node try.js
