import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelStoreContract } from '../store.contract';
import type { ReadModelStore } from '../store';
import { SqliteReadModelStore } from './sqlite-read-model-store';

readModelStoreContract('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-store-'));
  const file = join(folder, 'read-models.db');
  const opened: ReadModelStore[] = [];
  const another = () => {
    const store = SqliteReadModelStore.open({ file });
    opened.push(store);
    return Promise.resolve(store);
  };
  return another().then((store) => ({
    store,
    another,
    end: async () => {
      for (const one of opened) await one.close();
      rmSync(folder, { recursive: true });
    },
  }));
});

it('a scrub leaves nothing in the files of what was overwritten or removed, while others have them open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-store-'));
  const file = join(folder, 'read-models.db');
  const [store, other] = [SqliteReadModelStore.open({ file }), SqliteReadModelStore.open({ file })];
  const generation = { projection: 'a', version: '1', state: 'live', paused: false, autoSwitch: true, createdAt: '' } as const;
  await store.saveRegistry(0, [
    { ...generation, id: 'a.1' },
    { ...generation, id: 'a.2', state: 'retired' },
  ]);
  const put = (id: string, text: string | null) =>
    store.commit(0, [
      { generation: id, slices: [], documents: Array.from({ length: 500 }, (_, n) => [`k${n}`, text] as const), lists: [], tallies: [] },
    ]);
  await put('a.1', JSON.stringify('青山 晴香'.repeat(20)));
  await put('a.2', '"aoyama@example.jp"');
  expect(await other.load('a.2', ['k1'])).toEqual(['"aoyama@example.jp"']);
  await put('a.1', '"-"');
  await store.saveRegistry(1, [{ ...generation, id: 'a.1' }]);
  const texts = () => readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(texts().some((text) => text.includes('青山'))).toBe(true);
  await store.scrub();
  for (const text of texts()) for (const gone of ['青山', 'aoyama']) expect(text.includes(gone)).toBe(false);
  expect(await other.load('a.1', ['k499'])).toEqual(['"-"']);
  await Promise.all([store.close(), other.close()]);
  rmSync(folder, { recursive: true });
});

describe('faults of the SQLite read-model store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-store-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a scrub writes the file anew once, however long somebody reads what is to be overwritten', async () => {
    const file = join(folder, 'read.db');
    const store = SqliteReadModelStore.open({ file });
    const reader = new Database(file);
    // Which every VACUUM raises.
    const version = () => reader.pragma('schema_version', { simple: true }) as number;
    const before = version();
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM meta').all();
    const scrubbed = store.scrub();
    setTimeout(() => reader.exec('COMMIT'), 200);
    await scrubbed;
    expect(version()).toBe(before + 1);
    reader.close();
    await store.close();
  });

  it('waits for a lock held by another process without blocking, and goes on', async () => {
    const file = join(folder, 'locked.db');
    const store = SqliteReadModelStore.open({ file });
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const leased = store.lease('projections', 'a', [3], 1_000);
    setTimeout(() => other.exec('ROLLBACK'), 150);
    expect(await leased).toMatchObject({ slices: [3] });
    other.close();
    await store.close();
  });

  it('forgets what an earlier form of the file holds: it is built again from the log', async () => {
    const file = join(folder, 'earlier.db');
    const earlier = new Database(file);
    earlier.exec(`CREATE TABLE generation(number INTEGER PRIMARY KEY, id TEXT, checkpoint INTEGER); CREATE TABLE meta(name TEXT PRIMARY KEY, value);
      INSERT INTO meta VALUES ('registry', '{"version":7,"generations":[]}')`);
    earlier.close();
    const store = SqliteReadModelStore.open({ file });
    expect(await store.registry()).toEqual({ version: 0, generations: [] });
    await store.close();
  });

  it('says that a file is damaged and what to do', () => {
    const file = join(folder, 'damaged.db');
    writeFileSync(file, Buffer.alloc(20_000, 'not a database '));
    expect(() => SqliteReadModelStore.open({ file })).toThrow(/damaged; stop Leadlog and delete the file/);
  });
});
