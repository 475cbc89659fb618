import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { ArchiveFiles, ArchiveReader, ArchiveWriter, VIEWS } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SQL_FORMATS, type SqlAnswer } from './sql-answers';
import { guarded } from './sql-guard';
import { SqlRunner, type SqlQuestion } from './sql-runner';

let folder: string;
let log: SqliteEventLog;
let reader: ArchiveReader;
let runner: SqlRunner;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-sql-'));
  log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), clock: () => Date.parse('2026-06-05T00:00:00Z') });
  const calls = Array.from({ length: 30 }, (_, n) =>
    recorded('CallCompleted', {
      leadId: `lead-${n % 7}`,
      callId: `call-${n}`,
      repId: `rep-${n % 3}`,
      startedAt: '2026-06-04T10:00:00+09:00',
      outcome: n % 2 ? 'reached' : 'noAnswer',
      seconds: n,
    }),
  );
  await log.appendMany(
    [
      ...calls,
      recorded('LeadCaptured', { leadId: 'lead-0', channel: 'form', profile: { name: '山田 商事', company: '"引用", 株式会社' } }),
    ].map(asAppend),
  );
  reader = await ArchiveReader.open({
    files: new ArchiveFiles(join(folder, 'archive')),
    log,
    timezone: 'Asia/Tokyo',
    limits: { memory: '256MB', threads: 2, spill: '64MB' },
  });
  runner = new SqlRunner(reader, join(folder, 'archive', 'answers'));
});
afterAll(async () => {
  reader.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (sql: string, more: Partial<SqlQuestion> = {}) =>
  runner.answer({ sql, format: 'json', limit: 100, timeoutMs: 60_000, ...more });
/** The JSON document. */
const ask = async (sql: string, more: Partial<SqlQuestion> = {}) =>
  JSON.parse(readFileSync((await file(sql, more)).file, 'utf8')) as SqlAnswer;
/** The lines of the NDJSON. */
const lines = async (sql: string) =>
  readFileSync((await file(sql, { format: 'ndjson' })).file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('SQL', () => {
  it('answers with columns, rows and the position they were read at', async () => {
    expect(
      await ask('SELECT outcome, count(*) AS calls, max(started_at) AS last FROM calls GROUP BY outcome ORDER BY outcome'),
    ).toMatchObject({
      columns: [
        { name: 'outcome', type: 'VARCHAR' },
        { name: 'calls', type: 'BIGINT' },
        { name: 'last', type: 'TIMESTAMP WITH TIME ZONE' },
      ],
      rows: [
        ['noAnswer', 15, '2026-06-04T01:00:00.000Z'],
        ['reached', 15, '2026-06-04T01:00:00.000Z'],
      ],
      rowCount: 2,
      truncated: false,
      position: '30',
    });
  });

  it('takes parameters by name, and says which is missing or unknown', async () => {
    const sql = 'SELECT count(*) AS calls FROM calls WHERE rep = $rep AND seconds >= $from';
    expect((await ask(sql, { parameters: { rep: 'rep-1', from: 10 } })).rows).toEqual([[7]]);
    await expect(ask(sql, { parameters: { rep: 'rep-1' } })).rejects.toThrow('expected a value for $from');
    await expect(ask('SELECT 1', { parameters: { rep: 'x' } })).rejects.toThrow('$rep is not in the SQL, which has no parameters');
    expect((await ask('SELECT $day::DATE - 1 AS before, $no AS no', { parameters: { day: '2026-06-04', no: null } })).rows).toEqual([
      ['2026-06-03', null],
    ]);
  });

  it('keeps the order that was asked for, and says when there was more', async () => {
    expect(await ask('SELECT seconds FROM calls ORDER BY seconds DESC', { limit: 3 })).toMatchObject({
      rows: [[29], [28], [27]],
      rowCount: 3,
      truncated: true,
    });
  });

  it('gives files as CSV, NDJSON, Parquet and Arrow', async () => {
    const sql = `SELECT 'a "b", 日本' AS text, 1::BIGINT AS whole, 1.5 AS part, true AS flag, DATE '2026-06-04' AS day, TIMESTAMPTZ '2026-06-04 10:00:00+09' AS moment, ['x', 'y'] AS list, NULL AS nothing`;
    const written = async (format: 'csv' | 'ndjson' | 'parquet' | 'arrow') => (await file(sql, { format })).file;
    expect(readFileSync(await written('csv'), 'utf8')).toBe(
      'text,whole,part,flag,day,moment,list,nothing\n"a ""b"", 日本",1,1.5,true,2026-06-04,2026-06-04 10:00:00+09,"[x, y]",\n',
    );
    expect(JSON.parse(readFileSync(await written('ndjson'), 'utf8'))).toMatchObject({
      text: 'a "b", 日本',
      whole: 1,
      list: ['x', 'y'],
      nothing: null,
    });
    expect(
      readFileSync(await written('parquet'))
        .subarray(0, 4)
        .toString(),
    ).toBe('PAR1');
    const arrow = tableFromIPC(readFileSync(await written('arrow')));
    expect(arrow.toArray().map((row) => ({ ...(row as object) }))).toMatchObject([
      { text: 'a "b", 日本', whole: 1n, part: 1.5, flag: true, moment: Date.parse('2026-06-04T01:00:00Z'), list: '["x","y"]' },
    ]);
  });

  it('gives CSV in which a spreadsheet has nothing to compute, and whose numbers are numbers', async () => {
    const csv = async (sql: string) => readFileSync((await file(sql, { format: 'csv' })).file, 'utf8');
    const texts = async (values: string[]) =>
      (await csv(`SELECT x FROM (SELECT unnest([${values.map((value) => `'${value}'`).join(', ')}]) AS x)`)).split('\n').slice(1, -1);
    expect(await texts(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '-', '+81-3-1234', '＝1', '＋1', '－1', '＠x'])).toEqual([
      "'=1+1",
      "'+1+1",
      "'-1+1",
      "'@SUM(A1)",
      "'-",
      "'+81-3-1234",
      "'＝1",
      "'＋1",
      "'－1",
      "'＠x",
    ]);
    expect(await texts(['-5', '+5', '-5.25', '-.5', '-1e3', '-12%', 'a=1', 'x@example.com', '', '青山'])).toEqual([
      '-5',
      '+5',
      '-5.25',
      '-.5',
      '-1e3',
      '-12%',
      'a=1',
      'x@example.com',
      '""',
      '青山',
    ]);
    expect(await texts(['-1,234.5'])).toEqual(['"-1,234.5"']);
    expect(await csv(`SELECT chr(9) || '=1' AS tab, chr(13) || '=1' AS cr, chr(10) || '=1' AS lf`)).toBe(
      `tab,cr,lf\n'\t=1,"'\r=1","'\n=1"\n`,
    );
    // Names of columns, and types that are written as the text in them.
    expect(
      await csv(`SELECT '=1'::BLOB AS "=cmd()", union_value(x := '=1') AS "-5x", '=1'::ENUM('=1') AS "@a""b", NULL::VARCHAR AS nothing`),
    ).toBe(`'=cmd(),'-5x,"'@a""b",nothing\n'=1,'=1,'=1,\n`);
    expect(await csv(`SELECT -5 AS whole, -1.50 AS part, '-inf'::DOUBLE AS least, INTERVAL '-1 day' AS span, ['=1'] AS list`)).toBe(
      `whole,part,least,span,list\n-5,-1.50,-inf,-1 day,['=1']\n`,
    );
  });

  it('answers that nobody fetched go away with the next start', async () => {
    const old = (await file('SELECT 1', { format: 'csv' })).file;
    const fresh = (await file('SELECT 2', { format: 'csv' })).file;
    utimesSync(old, new Date(0), new Date(0));
    new SqlRunner(reader, join(folder, 'archive', 'answers'));
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
  });

  it('says what DuckDB says of a mistake, and where', async () => {
    await expect(ask('SELECT no_such FROM calls')).rejects.toMatchObject({
      name: 'SqlFailed',
      message: expect.stringMatching(/no_such" not found in FROM clause/) as string,
    });
    await expect(ask('SELECT 1\nFRM calls x y')).rejects.toMatchObject({
      name: 'RefusedSql',
      message: expect.stringMatching(/syntax error at or near "\w+" \(line 2, column \d+\)/) as string,
    });
    await expect(ask(`SELECT 'x'::INTEGER`)).rejects.toThrow(/Could not convert string 'x' to INT32/);
    await expect(ask('SELECT * FROM cals')).rejects.toThrow(/there is no view cals; the nearest is calls of events, /);
    await expect(ask('')).rejects.toThrow('expected one SELECT, got 0 statements');
  });

  it.each([
    ["SELECT * FROM read_text('/etc/passwd')", 'read_text(…) is not allowed in FROM'],
    ["SELECT * FROM '/etc/passwd'", 'there is no view /etc/passwd'],
    ["SELECT * FROM read_parquet('*.parquet')", 'read_parquet(…) is not allowed in FROM'],
    ["SELECT * FROM glob('*')", 'glob(…) is not allowed in FROM'],
    ['SELECT * FROM archive.tail', 'there is no view archive.tail'],
    ['SELECT * FROM system.information_schema.tables', 'there is no view system.information_schema.tables'],
    ['SELECT * FROM duckdb_settings()', 'duckdb_settings(…) is not allowed in FROM'],
    ['SELECT * FROM sqlite_master', 'there is no view sqlite_master'],
    ["SELECT * FROM query('SELECT 1')", 'query(…) is not allowed in FROM'],
    [
      'WITH pg_class AS (SELECT 1) SELECT * FROM pg_class',
      "WITH pg_class: expected a name of letters, digits and underscores that is no name of the database's own",
    ],
    ["SELECT current_setting('temp_directory')", 'current_setting(…) is not allowed'],
    ["SELECT getenv('HOME')", 'getenv(…) is not allowed'],
    ["COPY calls TO '/tmp/x.csv'", 'expected a SELECT'],
    ["ATTACH '/tmp/x.db'", 'expected a SELECT'],
    ['INSTALL httpfs', 'expected a SELECT'],
    ["LOAD 'httpfs'", 'expected a SELECT'],
    ['SET threads = 1', 'expected a SELECT'],
    ['PRAGMA database_list', 'expected a SELECT'],
    ['DROP VIEW calls', 'expected a SELECT'],
    ['DELETE FROM archive.tail', 'expected a SELECT'],
    ['CREATE TABLE x AS SELECT 1', 'expected a SELECT'],
    ["EXPORT DATABASE '/tmp/x'", 'expected a SELECT'],
    ['CALL pragma_version()', 'expected a SELECT'],
    ['SELECT 1; DROP VIEW calls', 'expected a SELECT'],
    ['SELECT 1; SELECT 2', 'expected one SELECT, got 2 statements'],
    ['SHOW TABLES', 'SHOW is not allowed'],
    ["SELECT (SELECT content FROM read_text('/etc/passwd'))", 'read_text(…) is not allowed in FROM'],
    ["SELECT * FROM calls WHERE rep IN (FROM read_csv('/etc/passwd'))", 'read_csv(…) is not allowed in FROM'],
  ])('refuses %s', async (sql, message) => {
    await expect(ask(sql)).rejects.toMatchObject({ name: 'RefusedSql', message: expect.stringContaining(message) as string });
    expect((await ask('SELECT count(*) FROM calls')).rows).toEqual([[30]]);
  });

  it.each([
    // A name of an inner WITH, of a sibling, of a later one, and of one that is not recursive.
    ['SELECT * FROM (WITH inner_one AS (SELECT 1 AS n) SELECT * FROM inner_one) AS a, inner_one', 'inner_one'],
    ['SELECT (WITH one AS (SELECT 1 AS n) SELECT n FROM one), (SELECT n FROM one)', 'one'],
    ['SELECT * FROM (WITH one AS (SELECT 1 AS n) FROM one) UNION ALL FROM one', 'one'],
    ['WITH a AS (WITH b AS (SELECT 1 AS n) FROM b) SELECT * FROM a, b', 'b'],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS n) SELECT * FROM a', 'b'],
    ['WITH a AS (SELECT * FROM a) SELECT * FROM a', 'a'],
    ['WITH RECURSIVE a AS (SELECT * FROM a) SELECT * FROM a', 'a'],
    ['SELECT 1 WHERE EXISTS (WITH one AS (SELECT 1) FROM one) AND EXISTS (FROM "ONE")', 'ONE'],
    ['SELECT * FROM range(2) AS t(n), LATERAL (WITH one AS (SELECT t.n) FROM one) AS l, one', 'one'],
    ['SELECT list_transform([1], lambda one: one) FROM one', 'one'],
    ['SELECT 1 AS one ORDER BY (SELECT max(n) FROM one)', 'one'],
    ['FROM (PIVOT (WITH one AS (SELECT 1 AS n) FROM one) ON n IN (1) USING count(*)), one', 'one'],
    ['SELECT * FROM calls AS one, (SELECT * FROM one)', 'one'],
    ['SELECT * FROM main.one', 'main.one'],
    ['WITH one AS (SELECT 1) SELECT * FROM main.one', 'main.one'],
    ['SELECT n FROM range(1) AS t(n) QUALIFY row_number() OVER (ORDER BY (SELECT 1 FROM answer)) = 1', 'answer'],
    ['SELECT * FROM answer', 'answer'],
    ['SELECT * FROM temp.answer', 'temp.answer'],
  ])('a name holds in its scope and in no other: %s', async (sql, name) => {
    await expect(ask(sql)).rejects.toMatchObject({
      name: 'RefusedSql',
      message: expect.stringContaining(`there is no view ${name};`) as string,
    });
  });

  it.each<[sql: string, rows: unknown[][], views: string[]]>([
    ['WITH one AS (SELECT 1 AS n), two AS (SELECT n + 1 AS m FROM one) SELECT one.n, "TWO".m FROM one, Two', [[1, 2]], []],
    ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT t.n + 1 FROM t WHERE t.n < 3) SELECT sum(t.n) FROM t', [[6]], []],
    ['WITH RECURSIVE calls(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM calls WHERE n < 3) SELECT count(*) FROM calls', [[3]], []],
    // An outer name is seen inside, until an inner one hides it; a view that a name hides is not read.
    [
      'WITH a AS (SELECT 1 AS n) SELECT (SELECT n FROM a), (WITH a AS (SELECT 2 AS n) SELECT n FROM a), (SELECT a.n FROM a)',
      [[1, 2, 1]],
      [],
    ],
    ['WITH calls AS (SELECT 5 AS n) SELECT n FROM calls', [[5]], []],
    ['WITH Calls AS (SELECT count(*) AS n FROM calls) SELECT n, cAlls.n FROM "CALLS"', [[30, 30]], ['calls']],
    ['WITH calls AS (SELECT 5 AS n) SELECT (SELECT count(*) FROM main.calls), n FROM calls', [[30, 5]], ['calls']],
    ['SELECT (WITH calls AS (SELECT 5 AS n) SELECT n FROM calls), count(*) FROM calls', [[5, 30]], ['calls']],
    ['FROM (FROM calls SELECT calls.rep) AS c SELECT count(c.rep)', [[30]], ['calls']],
    ['SELECT count(*) FROM main.calls AS c JOIN leads AS l ON c.lead = l.lead', [[30]], ['calls', 'leads']],
    ['SELECT count(*) FROM calls WHERE EXISTS (FROM leads WHERE leads.lead = calls.lead)', [[30]], ['calls', 'leads']],
    [
      "SELECT count(*) FROM (PIVOT (SELECT rep, outcome FROM calls) ON outcome IN ('reached', 'noAnswer') USING count(*))",
      [[3]],
      ['calls'],
    ],
    ['SELECT count(*) FROM (SELECT lead FROM calls INTERSECT SELECT lead FROM leads)', [[7]], ['calls', 'leads']],
    // Digits that a double would not keep.
    [
      'SELECT 9007199254740993, 0.1::DECIMAL(38,20), 170141183460469231731687303715884105727, -0.0::DOUBLE, \'9007199254740993 \\ "1e400"\'',
      [['9007199254740993', 0.1, '170141183460469231731687303715884105727', 0, '9007199254740993 \\ "1e400"']],
      [],
    ],
  ])('%s reads what it says', async (sql, rows, views) => {
    expect((await ask(sql)).rows).toEqual(rows);
    const { connection } = await reader.snapshot();
    expect(
      [
        ...(
          await guarded(
            connection,
            sql,
            VIEWS.map(({ name }) => name),
          )
        ).views,
      ].sort(),
    ).toEqual(views);
  });

  it('what would go on for ever is stopped, and the next question is answered', async () => {
    const stopped = (reason: string) => ({ name: 'SqlStopped', reason });
    await expect(
      ask('SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c', { timeoutMs: 300 }),
    ).rejects.toMatchObject(stopped('time'));
    await expect(
      ask('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t', { timeoutMs: 300 }),
    ).rejects.toMatchObject(stopped('time'));
    const asked = ask('SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c');
    setTimeout(() => runner.cancel(), 100);
    await expect(asked).rejects.toMatchObject(stopped('cancelled'));
    const early = ask('SELECT 1');
    runner.cancel();
    await expect(early).rejects.toMatchObject(stopped('cancelled'));
    await expect(ask(`SELECT list(a.range || repeat('x', 1000)) FROM range(100000) a, range(100) b`)).rejects.toMatchObject(
      stopped('memory'),
    );
    expect((await ask('SELECT count(*) FROM calls')).rows).toEqual([[30]]);
  });

  it('of an answer that is too large nothing is left, whatever makes it so, and the next question is answered', async () => {
    const small = new SqlRunner(reader, join(folder, 'archive', 'small'), { json: 100_000, file: 200_000 });
    const asked = (sql: string, format: SqlQuestion['format']) => small.answer({ sql, format, limit: 10_000_000, timeoutMs: 60_000 });
    const tooLarge = { name: 'SqlStopped', reason: 'size', message: expect.stringContaining('select fewer rows or columns') as string };
    const wide = `SELECT ${Array.from({ length: 1_000 }, (_, n) => `range AS c${n}`).join(', ')} FROM range(300)`;
    const deep = `SELECT list_transform(range(1000), lambda x: [[[x]]]) AS deep FROM range(100)`;
    for (const format of SQL_FORMATS) {
      for (const sql of [
        "SELECT uuid() || repeat('x', 1000000) || md5(random()::VARCHAR) AS cell, hash(random()) AS n FROM range(100)",
        'SELECT random() AS n, md5(random()::VARCHAR) AS text FROM range(100000)',
      ]) {
        // A million times the same letter is nothing once it is compressed.
        if (format !== 'parquet' || !sql.includes('repeat')) await expect(asked(sql, format)).rejects.toMatchObject(tooLarge);
      }
      for (const sql of [wide, deep]) if (format !== 'parquet') await expect(asked(sql, format)).rejects.toMatchObject(tooLarge);
      expect(readdirSync(join(folder, 'archive', 'small'))).toEqual([]);
      const { file: path, bytes } = await asked('SELECT 1 AS one', format);
      expect(readFileSync(path).length).toBe(bytes);
      rmSync(path);
    }
    await expect(ask(`SELECT ${Array.from({ length: 5_001 }, (_, n) => `1 AS c${n}`).join(', ')}`)).rejects.toThrow(
      'expected at most 5000 columns, got 5001',
    );
  });

  it('an answer of a cell of a hundred megabytes is written, and one of many rows', async () => {
    expect(await file("SELECT repeat('x', 100000000) AS x")).toMatchObject({ rowCount: 1, bytes: expect.any(Number) as number });
    const { file: path } = await file('SELECT range AS n FROM range(300000)', { limit: 1_000_000, timeoutMs: 60_000 });
    const { rows } = JSON.parse(readFileSync(path, 'utf8')) as SqlAnswer;
    expect([rows.length, rows.every(([n], at) => n === at)]).toEqual([300_000, true]);
  });

  it('an error that quotes a value of any size is short', async () => {
    for (const sql of [
      "SELECT error(repeat('x', 10000000))",
      "SELECT repeat('x', 10000000)::INTEGER",
      `SELECT ${'x'.repeat(50_000)}`,
      `SELECT * FROM ${'x'.repeat(50_000)}`,
    ]) {
      const { message, errors } = (await file(sql).then(
        () => expect(sql).toBe('refused'),
        (error: Error) => error,
      )) as Error & { errors: { got: string }[] };
      expect([message.length, errors[0]!.got.length].every((length) => length < 2_100)).toBe(true);
    }
  });

  const VALUES: readonly [sql: string, json: unknown][] = [
    ["'infinity'::TIMESTAMPTZ", 'infinity'],
    ["'-infinity'::TIMESTAMPTZ", '-infinity'],
    ["'infinity'::TIMESTAMP", 'infinity'],
    ["'infinity'::DATE", 'infinity'],
    ["'-infinity'::DATE", '-infinity'],
    ["'infinity'::TIMESTAMP_S", 'infinity'],
    ["'-infinity'::TIMESTAMP_MS", '-infinity'],
    ["'infinity'::TIMESTAMP_NS", 'infinity'],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'", '1969-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.999+00'", '1969-12-31T23:59:59.999Z'],
    ["TIMESTAMPTZ '1970-01-01 00:00:00.000001+00'", '1970-01-01T00:00:00.000001Z'],
    ["TIMESTAMPTZ '2026-06-04 10:00:00+09'", '2026-06-04T01:00:00.000Z'],
    ["TIMESTAMPTZ '0044-03-15 (BC) 12:00:00+00'", '-000043-03-15T12:00:00.000Z'],
    ["TIMESTAMPTZ '0001-01-01 00:00:00+00'", '0001-01-01T00:00:00.000Z'],
    ["TIMESTAMPTZ '12344-02-29 23:00:00+00'", '+012344-02-29T23:00:00.000Z'],
    ["TIMESTAMPTZ '294247-01-10 04:00:54+00'", '+294247-01-10T04:00:54.000Z'],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31 23:59:59.999999'],
    ["DATE '1969-12-31'", '1969-12-31'],
    ["DATE '0044-03-15 (BC)'", '0044-03-15 (BC)'],
    ["DATE '12345-01-01'", '12345-01-01'],
    ['9007199254740993::DECIMAL(18,0)', '9007199254740993'],
    ['9007199254740991::DECIMAL(38,0)', 9007199254740991],
    ['-12345678901234567890.12::DECIMAL(38,2)', '-12345678901234567890.12'],
    ['12.50::DECIMAL(10,2)', 12.5],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['-9007199254740993', '-9007199254740993'],
    ['sum(42::BIGINT)', 42],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-infinity'::DOUBLE", '-Infinity'],
    ["'infinity'::FLOAT", 'Infinity'],
    ['0.1::FLOAT', 0.1],
    ['0.1::DOUBLE + 0.2::DOUBLE', 0.30000000000000004],
  ];
  it.each(VALUES)('%s is told as it is, also inside of others, in JSON and NDJSON', async (sql, json) => {
    const nested = sql.startsWith('sum')
      ? []
      : [
          `[x] AS list`,
          `{a: [x], "b c": x} AS struct`,
          `map([x::VARCHAR], [x]) AS map`,
          `array_value(x, x) AS array`,
          `union_value(u := x) AS either`,
        ];
    const [one] = (await ask(`SELECT ${['x', ...nested].join(', ')} FROM (SELECT ${sql} AS x)`)).rows;
    const float = sql === '0.1::FLOAT' ? Math.fround(0.1) : json;
    expect(one!.slice(0, 3)).toEqual(nested.length === 0 ? [json] : [json, [float], { a: [float], 'b c': float }]);
    if (nested.length > 0) expect([Object.values(one![3] as object), one![4], one![5]]).toEqual([[float], [float, float], float]);
    expect(await lines(`SELECT ${sql} AS x`)).toEqual([{ x: json }]);
  });

  it('Arrow keeps every digit and every microsecond, and what has no end is a text', async () => {
    const arrow = async (sql: string) => tableFromIPC(readFileSync((await file(sql, { format: 'arrow', limit: 10_000 })).file));
    const table =
      await arrow(`SELECT 9007199254740993::DECIMAL(18,0) AS d, 170141183460469231731687303715884105727::HUGEINT AS huge, sum(9007199254740993) AS total,
      18446744073709551615::UBIGINT AS u, 'infinity'::DATE AS endless, 'infinity'::TIMESTAMPTZ AS ever, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AS moment, DATE '1969-12-31' AS day, 1::TINYINT AS tiny, 0.1::FLOAT AS part`);
    const row = table.get(0)!.toJSON() as Record<string, unknown>;
    expect(row).toMatchObject({
      huge: '170141183460469231731687303715884105727',
      total: 9007199254740993n,
      u: 18446744073709551615n,
      endless: 'infinity',
      ever: 'infinity',
      tiny: 1,
      part: 0.1,
    });
    expect([String(row['d']), table.getChild('moment')!.data[0]!.values[0], Number(row['day'])]).toEqual([
      '9007199254740993',
      -1n,
      Date.parse('1969-12-31'),
    ]);
    expect(table.schema.fields.map(({ type }) => String(type)).slice(0, 3)).toEqual(['Decimal[18e0]', 'Utf8', 'Int64']);
    const many = await arrow(
      `SELECT range AS n, CASE WHEN range % 3 = 0 THEN NULL ELSE make_timestamptz(range) END AS moment, NULL::DECIMAL(30,3) AS nothing FROM range(5000)`,
    );
    expect([many.numRows, many.getChild('n')!.get(4_999), many.getChild('moment')!.nullCount, many.getChild('nothing')!.nullCount]).toEqual(
      [5_000, 4_999n, 1_667, 5_000],
    );
    const none = await arrow('SELECT 1 AS one WHERE false');
    expect([none.numRows, none.schema.fields.map(({ name }) => name)]).toEqual([0, ['one']]);
  });

  it('tells how far it is, and never less than before', async () => {
    // DuckDB tells by files and large pieces of them: of an archive that is small, nothing.
    const files = new ArchiveFiles(join(folder, 'large'));
    const writer = new ArchiveWriter({ log, files, clock: Date.now, timezone: 'Asia/Tokyo', restMs: 1 });
    writer.start();
    while (!files.read()) await new Promise((later) => setTimeout(later, 5));
    await writer.stop();
    const { segments, ...manifest } = files.read()!;
    const copies = Array.from({ length: 60 }, (_, n) => ({ ...segments[0]!, file: `${n}.parquet` }));
    for (const { file } of copies) copyFileSync(files.pathOf(segments[0]!.file), files.pathOf(file));
    files.write({ ...manifest, number: manifest.number + 1, segments: copies });
    const large = await ArchiveReader.open({ files, log, timezone: 'Asia/Tokyo', limits: { memory: '256MB', threads: 2, spill: '64MB' } });
    const slow = new SqlRunner(large, join(folder, 'large', 'answers'));
    expect(slow.progress).toBeUndefined();
    const told: number[] = [];
    // Undefined once it is answered.
    const watch = setInterval(() => told.push(slow.progress ?? 1), 5);
    const asked = slow.answer({
      sql: 'SELECT sum(list_sum(list_transform(range(100000), lambda x: x % (position + 2)))) FROM events',
      format: 'json',
      limit: 1,
      timeoutMs: 60_000,
    });
    await asked.finally(() => clearInterval(watch));
    expect(told.some((part) => part > 0 && part < 1)).toBe(true);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.every((part) => part >= 0 && part <= 1)).toBe(true);
    expect(slow.progress).toBeUndefined();
    large.close();
  });
});
