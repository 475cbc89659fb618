import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDuckDb, quoted } from '@leadlog/archive';
import { rowsOf, testFolder } from '@leadlog/archive/archived-history.testing';
import { PART_COLUMNS, writeGeneration } from './generation-files';
import { notKeepable } from './keepable';
import { DOCUMENTS } from './kept-replays';

const folder = testFolder();
const LIMITS = { memory: '256MB', threads: 1, spill: '64MB' };

/** Documents by key as a generation has them. */
async function written(documents: Record<string, unknown>) {
  const making = folder('making');
  mkdirSync(making);
  const db = await openDuckDb(folder('spill'), LIMITS);
  const connection = await db.connect();
  await connection.run(`CREATE TABLE part(${PART_COLUMNS})`);
  const appender = await connection.createAppender('part');
  for (const [key, document] of Object.entries(documents)) {
    appender.appendVarchar(key);
    appender.appendNull();
    if (document === undefined) appender.appendNull();
    else appender.appendVarchar(JSON.stringify(document));
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(`COPY part TO ${quoted(join(making, 'part-0.parquet'))} (FORMAT parquet)`);
  const made = await writeGeneration(folder('spill'), making, ['part-0.parquet'], false);
  const rows = await rowsOf(connection, `SELECT * EXCLUDE (document) FROM read_parquet(${quoted(join(making, DOCUMENTS))}) ORDER BY key`);
  const names = await rowsOf(
    connection,
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM read_parquet(${quoted(join(making, DOCUMENTS))}))`,
  );
  db.close();
  expect(names).toEqual(made.columns);
  expect(readdirSync(making)).toEqual([DOCUMENTS]);
  return { ...made, rows, types: Object.fromEntries(made.columns.map(({ name, type }) => [name, type])) };
}

describe('documents as a table', () => {
  it('have the narrowest type that fits all values of a member, in the order in which members come', async () => {
    const { columns, rows, documents } = await written({
      a: { calls: 1, rate: 1, name: 'x', ok: true, list: [1, 2], mixed: 1, never: null, either: true },
      b: { calls: 2 ** 40, rate: 0.5, name: '3', ok: false, list: { of: 'things' }, mixed: 'two', late: 'new', either: [1] },
      c: undefined,
    });
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'key VARCHAR',
      'calls BIGINT',
      'rate DOUBLE',
      'name VARCHAR',
      'ok BOOLEAN',
      'list JSON',
      'mixed VARCHAR',
      'never VARCHAR',
      'either JSON',
      'late VARCHAR',
      'document JSON',
    ]);
    expect([documents, rows]).toEqual([
      2,
      [
        { key: 'a', calls: 1, rate: 1, name: 'x', ok: true, list: '[1,2]', mixed: '1', never: null, either: 'true', late: null },
        {
          key: 'b',
          calls: 2 ** 40,
          rate: 0.5,
          name: '3',
          ok: false,
          list: '{"of":"things"}',
          mixed: 'two',
          never: null,
          either: '[1]',
          late: 'new',
        },
      ],
    ]);
  });

  it('that are none, or no objects, are there all the same', async () => {
    expect(await written({})).toMatchObject({ documents: 0, rows: [], types: { key: 'VARCHAR', document: 'JSON' } });
    expect(await written({ a: 5, b: [1], c: 'x', d: null })).toMatchObject({
      documents: 4,
      rows: [{ key: 'a' }, { key: 'b' }, { key: 'c' }, { key: 'd' }],
      types: { key: 'VARCHAR', document: 'JSON' },
    });
  });

  it('may have members of any name; of names that SQL takes for one the first has the column', async () => {
    const { rows } = await written({
      a: { 'a"b': 1, "it's": 2, 'a.b': 3, $: 4, '': 5, 価格: 6, Calls: 7, calls: 8, KEY: 9, Document: 10, 'select *': 11 },
    });
    expect(rows).toEqual([{ key: 'a', 'a"b': 1, "it's": 2, 'a.b': 3, $: 4, 価格: 6, Calls: 7, 'select *': 11 }]);
  });

  it('have a hundred columns at most; numbers beyond what is exact are DOUBLE', async () => {
    const { columns } = await written({ a: Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`m${n}`, n])) });
    expect([columns.length, columns.at(-2)]).toEqual([102, { name: 'm99', type: 'BIGINT' }]);
    expect((await written({ a: { big: 1e19 }, b: { big: 2 ** 60 } })).types).toMatchObject({ big: 'DOUBLE' });
  });
});

describe('a state', () => {
  class Tally {}
  it.each([
    [
      {
        a: [1, 'x', null, undefined, true, { b: new Map([['k', new Set([new Date(0)])]]) }],
        u: new Uint8Array(2),
        n: Object.create(null) as object,
        big: 1n,
      },
      undefined,
    ],
    [{ a: { b: [0, new Tally()] } }, 'the state.a.b.1 is an object of the class Tally'],
    [new Map([['k', { x: () => 0 }]]), 'the state.k.x is a function'],
    [new Map([[{ t: new Tally() }, 1]]), 'a key of the state.t is an object of the class Tally'],
    [Promise.resolve(1), 'the state is an object of the class Promise'],
    [[Symbol('s')], 'the state.0 is a symbol'],
    [new (class Numbers extends Array {})(), 'the state is an object of the class Numbers'],
  ])('%j can be kept, or it is said where not', (state, wrong) => expect(notKeepable(state)).toBe(wrong));

  it('may go round in a circle', () => {
    const state: Record<string, unknown> = {};
    state['self'] = state;
    expect(notKeepable(state)).toBeUndefined();
  });
});
