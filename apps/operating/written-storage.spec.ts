import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openBackends, type Backends } from '../setup/backends';
import { readSettings } from '../setup/settings';
import { WrittenStorage, writtenPlaces } from './written-storage';

describe('storage in files that takes writes', () => {
  let folder: string;
  let backends: Backends;
  let now: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-written-'));
    now = 0;
    backends = await openBackends(readSettings({ LEADLOG_DATA: folder }));
  });
  afterEach(async () => {
    await backends.close();
    rmSync(folder, { recursive: true });
  });
  const storage = () => new WrittenStorage(writtenPlaces(readSettings({ LEADLOG_DATA: folder }), { archive: true }), [], () => now);
  const walSizes = () => ['event-log.db-wal', 'read-models.db-wal', 'jobs.db-wal'].map((name) => statSync(join(folder, name)).size);

  it('is found out by writing, which changes nothing and leaves nothing behind', async () => {
    const [head, registry, before] = [await backends.log.head(), await backends.store.registry(), walSizes()];
    expect(await storage().reasons()).toEqual([]);
    walSizes().forEach((size, index) => expect(size).toBeGreaterThan(before[index]!));
    expect(await backends.log.head()).toBe(head);
    expect(await backends.store.registry()).toEqual(registry);
    expect([...readdirSync(folder), ...readdirSync(join(folder, 'archive'))].filter((name) => name.includes('probe'))).toEqual([]);
  });

  it('is tried once in a few seconds, however often it is asked', async () => {
    const one = storage();
    await Promise.all([one.reasons(), one.reasons()]);
    const once = walSizes();
    now += 4_999;
    await one.reasons();
    expect(walSizes()).toEqual(once);
    now += 1;
    await one.reasons();
    walSizes().forEach((size, index) => expect(size).toBeGreaterThan(once[index]!));
  });

  it('is not missed where somebody else has just locked it', async () => {
    const other = new Database(join(folder, 'event-log.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(await storage().reasons()).toEqual([]);
    other.close();
  });

  it('names every place that takes none', async () => {
    await backends.close();
    // What stands in the way of a write, whoever asks: a folder where a file should be, and the other way round.
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `read-models.db${end}`), { force: true });
    mkdirSync(join(folder, 'read-models.db'));
    writeFileSync(join(folder, 'archive'), '');
    expect(await storage().reasons()).toEqual([
      expect.stringMatching(/^the read models cannot be written \(.*read-models\.db: /),
      expect.stringMatching(/^the archive cannot be written \(.*archive: /),
    ]);
  });

  it('is not asked of servers, nor of an archive that is another one’s', () => {
    const servers = { LEADLOG_DATA: folder, EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false', REDIS_URL: 'redis://127.0.0.1:1' };
    expect(writtenPlaces(readSettings(servers), { archive: false })).toEqual({ databases: [], folders: [] });
    expect(existsSync(join(folder, 'archive'))).toBe(false);
  });
});
