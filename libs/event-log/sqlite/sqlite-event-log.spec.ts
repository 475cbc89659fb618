import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { ReadStreamOptions } from '../log';
import { eventLogContract, eventsOf, newEvent } from '../log.contract';
import { SqliteEventLog, type SqliteEventLogOptions } from './sqlite-event-log';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-event-log-'));
let files = 0;
const opened: { close(): unknown }[] = [];
const fileName = () => join(folder, `${files++}.db`);
function open(file: string, options: Partial<SqliteEventLogOptions> = {}): SqliteEventLog {
  const log = SqliteEventLog.open({ file, ...options });
  opened.push(log);
  return log;
}
function raw(file: string): Database.Database {
  const connection = new Database(file);
  opened.push(connection);
  return connection;
}
async function end(): Promise<void> {
  for (const each of opened.splice(0).reverse()) await each.close();
}
afterEach(end);
afterAll(() => rmSync(folder, { recursive: true }));

eventLogContract('SQLite', (clock) => {
  const file = fileName();
  const again = () => Promise.resolve(open(file, { clock }));
  return Promise.resolve({ log: open(file, { clock }), another: again, reopen: again, end });
});

describe('a long stream', () => {
  it('is read the same from anywhere, in either direction, while two connections write to it and to others in turns', async () => {
    const file = fileName();
    const [one, other] = [open(file), open(file)];
    const written: string[] = [];
    const read = async (log: SqliteEventLog, options: ReadStreamOptions = {}) => {
      const ids: string[] = [];
      for await (const page of log.readStream('long', options)) ids.push(...page.map(({ id }) => id));
      return ids;
    };
    for (let round = 0; round < 6; round += 1) {
      for (const [log, count] of [
        [one, 150],
        [other, 1 + 40 * (round % 2)],
        [one, 1],
      ] as const) {
        const events = Array.from({ length: count }, () => newEvent());
        await log.append('long', events, { expected: 'any' });
        await log.append(`beside-${round}`, [newEvent()], { expected: 'any' });
        written.push(...events.map(({ id }) => id));
        for (const reader of [one, other]) {
          const from = written.length - 3;
          expect(await read(reader, { from: BigInt(from) })).toEqual(written.slice(from));
          expect(await read(reader, { from: 100n, limit: 7 })).toEqual(written.slice(100, 107));
          expect(await read(reader, { direction: 'backwards', limit: 2 })).toEqual(written.slice(-2).reverse());
          expect(await read(reader, { direction: 'backwards', from: 120n, limit: 3 })).toEqual(written.slice(118, 121).reverse());
          expect(await read(reader)).toEqual(written);
          expect(await read(reader, { from: BigInt(written.length) })).toEqual([]);
        }
      }
    }
    expect(written.length).toBeGreaterThan(1_000);
  });

  it('is put in order once, however often its end is asked for', async () => {
    const log = open(fileName());
    await log.append(
      'long',
      Array.from({ length: 1_000 }, () => newEvent()),
      { expected: 'any' },
    );
    const { sql } = (
      log as unknown as {
        connection: { sql: { positions: { all(...of: unknown[]): unknown[] }; positionsSince: { all(...of: unknown[]): unknown[] } } };
      }
    ).connection;
    let rows = 0;
    for (const statement of [sql.positions, sql.positionsSince]) {
      const all = statement.all.bind(statement);
      statement.all = (...of) => {
        const found = all(...of);
        rows += found.length;
        return found;
      };
    }
    for (let n = 0; n < 20; n += 1) {
      await log.append('long', [newEvent()], { expected: 'any' });
      for await (const page of log.readStream('long', { direction: 'backwards', limit: 1 })) expect(page).toHaveLength(1);
    }
    expect(rows).toBe(1_020);
  });
});

describe('faults of SQLite', () => {
  const any = { expected: 'any' } as const;

  it('waits for a lock without blocking the event loop, then goes on', async () => {
    const file = fileName();
    const log = open(file);
    const other = raw(file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = log.append('a', [newEvent()], any);
    // The lock is let go by this same event loop: were it blocked, the append could never succeed.
    setTimeout(() => other.exec('ROLLBACK'), 60);
    expect((await waiting).revision).toBe(0n);
  });

  it('says locked when its patience ends, and goes on when the lock is gone', async () => {
    const file = fileName();
    const log = open(file, { lockPatienceMs: 50 });
    const other = raw(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(log.append('a', [newEvent()], any)).rejects.toMatchObject({ name: 'LogUnavailable', reason: 'locked' });
    other.exec('ROLLBACK');
    expect((await log.append('a', [newEvent()], any)).revision).toBe(0n);
  });

  it('says disk-full, writes nothing by half, keeps what it acknowledged, and goes on when there is room', async () => {
    const log = open(fileName());
    await log.append('a', [newEvent()], any);
    const { db } = (log as unknown as { connection: { db: Database.Database } }).connection;
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true }) as number}`);
    const large = [newEvent(), newEvent({ text: 'x'.repeat(100_000) })];
    await expect(log.append('a', large, any)).rejects.toMatchObject({ reason: 'disk-full' });
    expect(await eventsOf(log, 'a')).toHaveLength(1);
    db.pragma('max_page_count = 1000000');
    expect((await log.append('a', large, any)).revision).toBe(2n);
  });

  it('says that the outcome is unknown when the disk does not confirm a commit; the same append again writes once', async () => {
    const log = open(fileName());
    await log.append('a', [newEvent()], any);
    const { sql } = (log as unknown as { connection: { sql: { commit: { run(): void } } } }).connection;
    const commit = sql.commit;
    sql.commit = {
      run: () => {
        commit.run();
        throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
      },
    };
    const event = newEvent();
    await expect(log.append('a', [event], { expected: 0n })).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    expect(await log.append('a', [event], { expected: 0n })).toMatchObject({ revision: 1n, repeated: [event.id] });
    expect(await eventsOf(log, 'a')).toHaveLength(2);
  });

  it('says corrupt at opening, and is fine again once the file is restored', async () => {
    const file = fileName();
    await open(file).append('a', [newEvent()], any);
    await end();
    const good = readFileSync(file);
    writeFileSync(file, Buffer.concat([Buffer.alloc(100, 0x5a), good.subarray(100)]));
    expect(() => open(file)).toThrow(expect.objectContaining({ reason: 'corrupt' }));
    writeFileSync(file, good);
    expect(await eventsOf(open(file), 'a')).toHaveLength(1);
  });

  it('answers overloaded when more than maxWaiting appends wait', async () => {
    const log = open(fileName(), { maxWaiting: 2 });
    const calls = await Promise.allSettled([1, 2, 3].map(() => log.append('a', [newEvent()], any)));
    expect(calls.map((call) => (call.status === 'fulfilled' ? 'ok' : (call.reason as Error).name))).toEqual(['ok', 'ok', 'LogOverloaded']);
  });

  it('an answer is never given before COMMIT', async () => {
    const file = fileName();
    const log = open(file);
    const other = raw(file);
    const count = () => other.prepare('SELECT count(*) FROM events').pluck().get();
    await log.append('a', [newEvent()], any).then(() => expect(count()).toBe(1));
    // A deferred foreign key is looked at by COMMIT only: the inserts succeed and COMMIT fails.
    other.exec(`CREATE TABLE parent(id INTEGER PRIMARY KEY); CREATE TABLE child(p REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER fail AFTER INSERT ON events BEGIN INSERT INTO child VALUES (1); END`);
    // Not toThrow: the addon makes its errors with the Error of whichever spec loaded it first.
    await expect(log.append('a', [newEvent()], any)).rejects.toMatchObject({ message: expect.stringContaining('FOREIGN KEY') as string });
    expect(count()).toBe(1);
    other.exec('DROP TRIGGER fail');
    expect((await log.append('a', [newEvent()], any)).revision).toBe(1n);
  });

  it('events are not skipped when two writers commit out of order', async () => {
    const file = fileName();
    const log = open(file);
    await log.append('a', [newEvent()], any);
    const first = raw(file);
    first.exec('BEGIN IMMEDIATE');
    first.exec(
      'INSERT INTO events SELECT position + 1, tag + 1, id, stream, revision + 1, type, recorded_at, occurred_at, data, metadata FROM events',
    );
    const second = log.append('a', [newEvent()], any);
    const slices = log.subscribe()[Symbol.asyncIterator]();
    expect((await slices.next()).value).toMatchObject({ through: 0n });
    first.exec('COMMIT');
    expect((await second).position).toBe(2n);
    expect((await slices.next()).value).toMatchObject({ events: [{ position: 1n }, { position: 2n }] });
  });
});
