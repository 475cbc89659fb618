import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TryLater } from '../jobs';
import { jobsContract } from '../jobs.contract';
import { retryDelayMs } from '../policy';
import { SqliteJobs } from './sqlite-jobs';

const quiet = () => undefined;

jobsContract('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-jobs-'));
  const file = join(folder, 'jobs.db');
  const opened: SqliteJobs[] = [];
  const another = () => {
    opened.push(SqliteJobs.open({ file, onWarning: quiet }));
    return Promise.resolve(opened.at(-1)!);
  };
  return another().then((jobs) => ({
    jobs,
    another,
    expireLease: (queue, id) => {
      const db = new Database(file);
      db.prepare(`UPDATE job SET lease_until = 0 WHERE queue = ? AND id = ? AND state = 'active'`).run(queue, id);
      db.close();
      return Promise.resolve();
    },
    end: async () => {
      for (const one of opened) await one.close();
      rmSync(folder, { recursive: true });
    },
  }));
});

describe('the wait before the next try', () => {
  it.each([
    [1, 0, 500],
    [1, 0.5, 750],
    [2, 0, 1_000],
    [3, 0.999999, 4_000],
    [20, 0, 30_000],
    [2_000, 0.5, 45_000],
  ])('after try %i with random %f is %i ms', (attempt, random, expected) =>
    expect(retryDelayMs({ firstMs: 1_000, maxMs: 60_000 }, attempt, random)).toBe(expected),
  );
  it('is the longer one of back-off and TryLater', () => {
    expect(retryDelayMs({ firstMs: 1_000, maxMs: 60_000 }, 1, 0, new TryLater('', 700))).toBe(700);
    expect(retryDelayMs({ firstMs: 1_000, maxMs: 60_000 }, 1, 0, new TryLater('', 100))).toBe(500);
  });
});

describe('faults and retention of SQLite jobs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-jobs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const request = (id: string, payload: unknown = 1) => [{ id, queue: 'q', payload }];

  it('what was rewritten is in no file any more, while others have them open', async () => {
    const inside = mkdtempSync(join(folder, 'rewritten-'));
    const file = join(inside, 'jobs.db');
    const [jobs, other] = [SqliteJobs.open({ file }), SqliteJobs.open({ file })];
    await jobs.enqueue(Array.from({ length: 300 }, (_, n) => ({ id: `j${n}`, queue: 'q', payload: { name: '青山 晴香'.repeat(n % 40) } })));
    expect(await other.get('q', 'j1')).toMatchObject({ payload: { name: '青山 晴香' } });
    expect(await jobs.rewrite((payload) => ((payload as { name?: string }).name === undefined ? undefined : {}))).toBe(300);
    await jobs.scrub();
    for (const name of readdirSync(inside)) expect(readFileSync(join(inside, name)).includes('青山')).toBe(false);
    expect(await other.get('q', 'j299')).toMatchObject({ payload: {} });
    await Promise.all([jobs.close(), other.close()]);
  });

  it('is written anew once, however long somebody reads what is to be overwritten', async () => {
    const file = join(folder, 'read.db');
    const jobs = SqliteJobs.open({ file });
    await jobs.enqueue(request('a', '青山'));
    const reader = new Database(file);
    // Which every VACUUM raises.
    const version = () => reader.pragma('schema_version', { simple: true }) as number;
    const before = version();
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM job').all();
    await jobs.rewrite(() => '');
    const scrubbed = jobs.scrub();
    setTimeout(() => reader.exec('COMMIT'), 200);
    await scrubbed;
    expect(version()).toBe(before + 1);
    for (const one of [file, `${file}-wal`]) expect(readFileSync(one).includes('青山')).toBe(false);
    reader.close();
    await jobs.close();
  });

  it('waits for a lock held by another process without blocking, and goes on', async () => {
    const file = join(folder, 'locked.db');
    const jobs = SqliteJobs.open({ file });
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const added = jobs.enqueue(request('a'));
    setTimeout(() => other.exec('ROLLBACK'), 120);
    expect(await added).toEqual([true]);
    other.close();
    await jobs.close();
  });

  it('says that the disk is full, keeps nothing of the call, and goes on when there is room', async () => {
    const jobs = SqliteJobs.open({ file: join(folder, 'full.db') });
    const { db } = (jobs as unknown as { connected: { db: Database.Database } }).connected;
    // Only this connection is limited; the one opened after the fault is not: room has been made.
    db.pragma('max_page_count = 20');
    await expect(jobs.enqueue([...request('small'), ...request('big', 'x'.repeat(200_000))])).rejects.toMatchObject({
      reason: 'disk-full',
      message: expect.stringContaining('free some space'),
    });
    expect(await jobs.get('q', 'small')).toBeUndefined();
    expect(await jobs.enqueue(request('big', 'x'.repeat(200_000)))).toEqual([true]);
    await jobs.close();
  });

  it('says that a file is damaged and what to do', () => {
    const file = join(folder, 'damaged.db');
    writeFileSync(file, Buffer.alloc(20_000, 'not a database '));
    expect(() => SqliteJobs.open({ file })).toThrow(
      expect.objectContaining({ reason: 'corrupt', message: expect.stringContaining('move the file away') }),
    );
  });

  it('says that a folder cannot be used', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => SqliteJobs.open({ file: join(file, 'jobs.db') })).toThrow(
      expect.objectContaining({ name: 'JobsUnavailable', reason: 'io' }),
    );
  });

  it('forgets done jobs after 30 days, not before, and dead ones never', async () => {
    let now = Date.UTC(2026, 0, 1);
    const jobs = SqliteJobs.open({ file: join(folder, 'old.db'), clock: () => now });
    await jobs.enqueue([...request('done'), ...request('dead')]);
    const worker = jobs.work('q', ({ id }) => (id === 'dead' ? Promise.reject(new Error('no')) : Promise.resolve()), { attempts: 1 });
    for (let over = false; !over; await new Promise(setImmediate))
      over = (await jobs.counts('q')).waiting + (await jobs.counts('q')).active === 0;
    await worker.stop();
    now += 29 * 86_400_000;
    expect(await jobs.enqueue(request('done'))).toEqual([false]);
    now += 2 * 86_400_000;
    await jobs.enqueue(request('other'));
    expect(await jobs.enqueue([...request('done'), ...request('dead')])).toEqual([true, false]);
    await jobs.close();
  });
});
