import Database from 'better-sqlite3';
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import { START, type Position } from '@leadlog/event-log';
import { LastParsed } from '../last-parsed';
import { ALL_SLICES } from '../slices';
import {
  ENGINE_GENERATION,
  Fenced,
  leastOf,
  StoreUnavailable,
  type GenerationCommit,
  type GenerationRecord,
  type Lease,
  type Leaseholders,
  type ListEntry,
  type ListRange,
  type ReadModelStore,
  type Registry,
} from '../store';

const POLL_MS = 20;
const LOCK_PATIENCE_MS = 5_000;

/**
 * Read models in one SQLite file. `synchronous=NORMAL`: a power cut may lose the last commits, but completely and
 * with their checkpoints, so the engine folds those events again; nothing is lost that exists only here.
 */
export class SqliteReadModelStore implements ReadModelStore {
  private db: Database.Database | undefined;
  private readonly statements = new Map<string, Database.Statement>();
  private readonly registryText = new LastParsed<Registry>();
  private readonly tables = new Map<string, GenerationTables>();
  private readonly watchers = new Set<() => void>();
  private readonly channel: BroadcastChannel;
  private poll: NodeJS.Timeout | undefined;
  private seenDataVersion = 0;
  private closed = false;

  static open(options: { file: string }): SqliteReadModelStore {
    mkdirSync(dirname(options.file), { recursive: true });
    return new SqliteReadModelStore(options.file);
  }

  private constructor(private readonly file: string) {
    try {
      this.connection();
    } catch (error) {
      throw this.translated(error);
    }
    this.channel = new BroadcastChannel(`leadlog-read-models:${realpathSync(file)}`);
    (this.channel as unknown as { unref(): void }).unref();
    this.channel.onmessage = () => this.notify();
  }

  stay(group: string, worker: string, ttlMs: number, dead: readonly string[] = []): Promise<Leaseholders> {
    return this.write((db) => {
      const now = Date.now();
      for (const one of dead) {
        db.prepare(`DELETE FROM worker WHERE grp = ? AND name = ?`).run(group, one);
        db.prepare(`DELETE FROM lease WHERE grp = ? AND worker = ?`).run(group, one);
      }
      db.prepare(`INSERT OR REPLACE INTO worker(grp, name, until) VALUES (?, ?, ?)`).run(group, worker, now + ttlMs);
      db.prepare(`UPDATE lease SET until = ? WHERE grp = ? AND worker = ?`).run(now + ttlMs, group, worker);
      db.prepare(`DELETE FROM worker WHERE grp = ? AND until <= ?`).run(group, now);
      db.prepare(`DELETE FROM lease WHERE grp = ? AND until <= ?`).run(group, now);
      const workers = db.prepare(`SELECT name FROM worker WHERE grp = ? ORDER BY name`).pluck().all(group) as string[];
      const holders: (string | undefined)[] = ALL_SLICES.map(() => undefined);
      for (const [slice, holder] of db.prepare(`SELECT slice, worker FROM lease WHERE grp = ?`).raw().all(group) as [number, string][])
        holders[slice] = holder;
      return { workers, holders };
    }, 'quietly');
  }

  lease(group: string, worker: string, slices: readonly number[], ttlMs: number): Promise<Lease> {
    return this.write((db) => {
      const now = Date.now();
      // Never behind the clock, so that it is higher than every epoch from a deleted file.
      const epoch = Math.max(this.meta(db, 'epoch') + 1, now);
      db.prepare(`INSERT OR REPLACE INTO meta(name, value) VALUES ('epoch', ?)`).run(epoch);
      db.prepare(`INSERT OR REPLACE INTO worker(grp, name, until) VALUES (?, ?, ?)`).run(group, worker, now + ttlMs);
      const grant = db.prepare(
        `INSERT INTO lease(grp, slice, worker, until) VALUES (?, ?, ?, ?)
         ON CONFLICT(grp, slice) DO UPDATE SET worker = excluded.worker, until = excluded.until WHERE lease.worker = excluded.worker OR lease.until <= ?`,
      );
      return { epoch, slices: slices.filter((slice) => grant.run(group, slice, worker, now + ttlMs, now).changes > 0) };
    }, 'quietly');
  }

  release(group: string, worker: string, slices?: readonly number[]): Promise<void> {
    return this.write((db) => {
      db.prepare(`DELETE FROM lease WHERE grp = ? AND worker = ? AND slice IN (SELECT value FROM json_each(?))`).run(
        group,
        worker,
        JSON.stringify(slices ?? ALL_SLICES),
      );
      if (!slices) db.prepare(`DELETE FROM worker WHERE grp = ? AND name = ?`).run(group, worker);
    }, 'quietly');
  }

  registry(): Promise<Registry> {
    return this.read((db) => this.readRegistry(db));
  }

  saveRegistry(expectedVersion: number, generations: readonly GenerationRecord[]): Promise<boolean> {
    return this.write((db) => {
      const current = this.readRegistry(db);
      if (current.version !== expectedVersion) return false;
      const kept = new Set(generations.map((generation) => generation.id));
      for (const old of current.generations) if (!kept.has(old.id)) this.dropTables(db, old.id);
      for (const generation of generations) this.createTables(db, generation.id);
      db.prepare(`INSERT OR REPLACE INTO meta(name, value) VALUES ('registry', ?)`).run(
        JSON.stringify({ version: expectedVersion + 1, generations }),
      );
      return true;
    });
  }

  take(generation: string, epoch: number, slices: readonly number[]): Promise<(Position | undefined)[]> {
    return this.write((db) => {
      const tables = this.of(db, generation);
      if (!tables) return slices.map(() => undefined);
      tables.fence(epoch, JSON.stringify(slices));
      tables.raiseEpoch.run(epoch, JSON.stringify(slices));
      const checkpoints = tables.checkpoints();
      return slices.map((slice) => checkpoints[slice]);
    }, 'quietly');
  }

  commit(epoch: number, commits: readonly GenerationCommit[]): Promise<void> {
    return this.write((db) => {
      for (const commit of commits) {
        const tables = this.of(db, commit.generation);
        // Dropped while the engine was still folding it, so nothing has to be kept exact.
        if (!tables) continue;
        if (commit.slices.length > 0) {
          const slices = JSON.stringify(commit.slices);
          tables.fence(epoch, slices);
          tables.moveCheckpoint.run(commit.through ?? START, slices);
        }
        for (const [key, text] of commit.documents) {
          if (text === null) tables.removeDocument.run(key);
          else tables.putDocument.run(key, text);
        }
        for (const [list, key, rank] of commit.lists) {
          if (rank === null) tables.removeEntry.run(list, key);
          else tables.putEntry.run(list, key, rank);
        }
        for (const [cell, delta] of commit.tallies) tables.addTally.run(cell, delta);
      }
    });
  }

  checkpoints(generation: string): Promise<(Position | undefined)[]> {
    return this.read((db) => this.of(db, generation)?.checkpoints() ?? ALL_SLICES.map(() => undefined));
  }

  async checkpoint(generation: string): Promise<Position | undefined> {
    return leastOf(await this.checkpoints(generation));
  }

  load(generation: string, keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.read((db) => {
      const get = this.of(db, generation)?.getDocument;
      const all = () => keys.map((key) => get?.get(key) as string | undefined);
      // Each statement on its own locks the file and lets it go again, which takes three times as long as what it reads.
      return keys.length > 1 ? db.transaction(all)() : all();
    });
  }

  list(generation: string, list: string, range: ListRange = {}): Promise<ListEntry[]> {
    return this.read((db) => {
      const tables = this.of(db, generation);
      if (!tables) return [];
      const { min = -Infinity, max = Infinity, direction = 'ascending', limit = 1_000, after } = range;
      const ascending = direction === 'ascending';
      // Row values keep ties of the same rank in key order, so that paging neither repeats nor skips.
      const behind = after ? `AND (rank, key) ${ascending ? '>' : '<'} (?, ?)` : '';
      const order = ascending ? 'ASC' : 'DESC';
      return db
        .prepare(
          `SELECT key, rank FROM list_${tables.number} WHERE list = ? AND rank >= ? AND rank <= ? ${behind}
           ORDER BY rank ${order}, key ${order} LIMIT ?`,
        )
        .all(list, min, max, ...(after ? [after.rank, after.key] : []), limit) as ListEntry[];
    });
  }

  listSize(generation: string, list: string): Promise<number> {
    return this.read((db) => (this.of(db, generation)?.countEntries.get(list) as number | undefined) ?? 0);
  }

  tallies(generation: string, from: string, to: string): Promise<[string, number][]> {
    return this.read((db) => (this.of(db, generation)?.sumTallies.all(from, to) as [string, number][] | undefined) ?? []);
  }

  async *scan(generation: string): AsyncIterable<[string, string]> {
    let last = '';
    for (;;) {
      const page = await this.read((db) => (this.of(db, generation)?.scanPage.all(last) as [string, string][] | undefined) ?? []);
      yield* page;
      const end = page.at(-1);
      if (!end) return;
      last = end[0];
    }
  }

  /**
   * Writes the file anew, since pages and the WAL go on holding what was overwritten in them. Nothing else runs in this thread meanwhile, so
   * only the end is repeated for somebody who is still reading.
   */
  async scrub(): Promise<boolean> {
    await this.patiently((db) => void db.exec('VACUUM'));
    return this.patiently((db) => {
      const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
      if (busy !== 0) throw new StoreUnavailable('locked', `read models in ${this.file}: somebody is reading what is to be overwritten`);
      return true;
    });
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    this.poll ??= setInterval(() => this.lookForOthers(), POLL_MS).unref();
    return () => {
      this.watchers.delete(changed);
      if (this.watchers.size === 0) {
        clearInterval(this.poll);
        this.poll = undefined;
      }
    };
  }

  close(): Promise<void> {
    this.closed = true;
    clearInterval(this.poll);
    this.watchers.clear();
    this.channel.close();
    this.disconnect();
    return Promise.resolve();
  }

  // ---- the connection and its faults

  private connection(): Database.Database {
    if (this.closed) throw new StoreUnavailable('closed', 'the read-model store is closed');
    if (this.db) return this.db;
    const db = new Database(this.file, { timeout: 50 });
    try {
      db.pragma('page_size = 8192');
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('wal_autocheckpoint = 2000');
      db.pragma('cache_size = -16384');
      forgetOtherForm(db);
      db.exec(`
        CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS generation(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL);
        CREATE TABLE IF NOT EXISTS slice(generation INTEGER, slice INTEGER, epoch INTEGER NOT NULL, checkpoint INTEGER, PRIMARY KEY(generation, slice)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS worker(grp TEXT, name TEXT, until INTEGER NOT NULL, PRIMARY KEY(grp, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS lease(grp TEXT, slice INTEGER, worker TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(grp, slice)) WITHOUT ROWID;
      `);
      if (!db.prepare(`SELECT 1 FROM generation WHERE id = ?`).get(ENGINE_GENERATION)) {
        db.transaction(() => this.createTables(db, ENGINE_GENERATION)).immediate();
      }
    } catch (error) {
      db.close();
      throw error;
    }
    this.db = db;
    return db;
  }

  private disconnect(): void {
    this.tables.clear();
    this.statements.clear();
    try {
      this.db?.close();
    } finally {
      this.db = undefined;
    }
  }

  private async read<T>(work: (db: Database.Database) => T): Promise<T> {
    return this.patiently(work);
  }

  /** `quietly`: watchers need not be notified. */
  private async write<T>(work: (db: Database.Database) => T, quietly?: 'quietly'): Promise<T> {
    const result = await this.patiently((db) => db.transaction(() => work(db)).immediate());
    if (quietly) return result;
    this.channel.postMessage(null);
    this.notify();
    return result;
  }

  /** Waits for a lock without blocking the event loop; every other fault is reported at once. */
  private async patiently<T>(work: (db: Database.Database) => T): Promise<T> {
    const giveUpAt = Date.now() + LOCK_PATIENCE_MS;
    for (;;) {
      try {
        return work(this.connection());
      } catch (error) {
        if (error instanceof Fenced) throw error;
        const translated = error instanceof StoreUnavailable ? error : this.translated(error);
        if (!(translated instanceof StoreUnavailable)) throw translated;
        // Prepared statements of a broken connection stay broken, so the next call starts with a new one.
        if (translated.reason !== 'closed' && translated.reason !== 'locked') this.disconnect();
        if (translated.reason !== 'locked' || Date.now() > giveUpAt) throw translated;
        await sleep(5);
      }
    }
  }

  private translated(error: unknown): unknown {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
    const detail = (what: string) => `read models in ${this.file}: ${what} (${code}: ${(error as Error).message})`;
    if (code.startsWith('SQLITE_FULL'))
      return new StoreUnavailable('disk-full', detail('the disk is full; free some space, and work continues by itself'));
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
      return new StoreUnavailable('locked', detail('another process holds the file; stop it or wait'));
    if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'))
      return new StoreUnavailable('corrupt', detail('the file is damaged; stop Leadlog and delete the file: it is rebuilt from the log'));
    if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY'))
      return new StoreUnavailable('io', detail('the file cannot be read or written; check the disk and the permissions'));
    return error;
  }

  // ---- notification

  private notify(): void {
    for (const changed of [...this.watchers]) changed();
  }

  private lookForOthers(): void {
    if (!this.db?.open) return;
    try {
      const version = this.db.pragma('data_version', { simple: true }) as number;
      if (version === this.seenDataVersion) return;
      this.seenDataVersion = version;
      this.notify();
    } catch {
      // The next read or write reports a fault that occurs here; polling only looks for changes.
    }
  }

  // ---- tables

  private meta(db: Database.Database, name: 'epoch'): number {
    return (db.prepare(`SELECT value FROM meta WHERE name = ?`).pluck().get(name) as number | undefined) ?? 0;
  }

  private readRegistry(db: Database.Database): Registry {
    const text = this.prepared(db, `SELECT value FROM meta WHERE name = 'registry'`).get() as string | undefined;
    return text === undefined ? { version: 0, generations: [] } : this.registryText.of(text);
  }

  /** For queries that every read needs; returns the first column. */
  private prepared(db: Database.Database, sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = db.prepare(sql).pluck()));
    return statement;
  }

  private createTables(db: Database.Database, id: string): void {
    if (db.prepare(`SELECT 1 FROM generation WHERE id = ?`).get(id)) return;
    const number = Number(db.prepare(`INSERT INTO generation(id) VALUES (?)`).run(id).lastInsertRowid);
    db.exec(`
      CREATE TABLE doc_${number}(key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE list_${number}(list TEXT, key TEXT, rank REAL NOT NULL, PRIMARY KEY(list, key)) WITHOUT ROWID;
      CREATE INDEX rank_${number} ON list_${number}(list, rank, key);
      CREATE TABLE tally_${number}(cell TEXT PRIMARY KEY, sum INTEGER NOT NULL) WITHOUT ROWID;
    `);
  }

  private dropTables(db: Database.Database, id: string): void {
    const number = db.prepare(`SELECT number FROM generation WHERE id = ?`).pluck().get(id) as number | undefined;
    if (number === undefined) return;
    this.tables.delete(id);
    db.exec(`DROP TABLE doc_${number}; DROP TABLE list_${number}; DROP TABLE tally_${number};`);
    db.prepare(`DELETE FROM generation WHERE number = ?`).run(number);
    db.prepare(`DELETE FROM slice WHERE generation = ?`).run(number);
  }

  private of(db: Database.Database, id: string): GenerationTables | undefined {
    const number = this.prepared(db, `SELECT number FROM generation WHERE id = ?`).get(id) as number | undefined;
    const known = this.tables.get(id);
    if (known && known.number === number) return known;
    this.tables.delete(id);
    if (number === undefined) return undefined;
    const tables = new GenerationTables(db, number);
    this.tables.set(id, tables);
    return tables;
  }
}

/** Increased when the tables change. A file of another form is emptied: read models are rebuilt from the log automatically. */
const FORM = 2;

function forgetOtherForm(db: Database.Database): void {
  if (db.pragma('user_version', { simple: true }) === FORM) return;
  db.transaction(() => {
    const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).pluck().all() as string[];
    for (const name of names) db.exec(`DROP TABLE "${name}"`);
    db.pragma(`user_version = ${FORM}`);
  }).immediate();
}

class GenerationTables {
  readonly putDocument;
  readonly removeDocument;
  readonly getDocument;
  readonly putEntry;
  readonly removeEntry;
  readonly countEntries;
  readonly addTally;
  readonly sumTallies;
  readonly raiseEpoch;
  readonly moveCheckpoint;
  private readonly getEpoch;
  private readonly getCheckpoints;
  readonly scanPage;

  constructor(
    db: Database.Database,
    readonly number: number,
  ) {
    this.putDocument = db.prepare(`INSERT INTO doc_${number}(key, body) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET body = excluded.body`);
    this.removeDocument = db.prepare(`DELETE FROM doc_${number} WHERE key = ?`);
    this.getDocument = db.prepare(`SELECT body FROM doc_${number} WHERE key = ?`).pluck();
    this.putEntry = db.prepare(
      `INSERT INTO list_${number}(list, key, rank) VALUES (?, ?, ?) ON CONFLICT(list, key) DO UPDATE SET rank = excluded.rank`,
    );
    this.removeEntry = db.prepare(`DELETE FROM list_${number} WHERE list = ? AND key = ?`);
    this.countEntries = db.prepare(`SELECT count(*) FROM list_${number} WHERE list = ?`).pluck();
    this.addTally = db.prepare(
      `INSERT INTO tally_${number}(cell, sum) VALUES (?, ?) ON CONFLICT(cell) DO UPDATE SET sum = sum + excluded.sum`,
    );
    this.sumTallies = db.prepare(`SELECT cell, sum FROM tally_${number} WHERE cell >= ? AND cell < ? AND sum <> 0 ORDER BY cell`).raw();
    this.raiseEpoch = db.prepare(
      `INSERT INTO slice(generation, slice, epoch) SELECT ${number}, value, ? FROM json_each(?) WHERE true ON CONFLICT(generation, slice) DO UPDATE SET epoch = excluded.epoch`,
    );
    this.moveCheckpoint = db.prepare(
      `UPDATE slice SET checkpoint = max(?, ifnull(checkpoint, ${START})) WHERE generation = ${number} AND slice IN (SELECT value FROM json_each(?))`,
    );
    this.getEpoch = db
      .prepare(`SELECT max(epoch) FROM slice WHERE generation = ${number} AND slice IN (SELECT value FROM json_each(?))`)
      .pluck();
    this.getCheckpoints = db.prepare(`SELECT slice, checkpoint FROM slice WHERE generation = ${number} AND checkpoint IS NOT NULL`).raw();
    this.scanPage = db.prepare(`SELECT key, body FROM doc_${number} WHERE key > ? ORDER BY key LIMIT 1000`).raw();
  }

  /** `slices` as a JSON array. */
  fence(epoch: number, slices: string): void {
    const current = (this.getEpoch.get(slices) as number | null) ?? 0;
    if (current > epoch) throw new Fenced(epoch, current);
  }

  checkpoints(): (Position | undefined)[] {
    const all: (Position | undefined)[] = ALL_SLICES.map(() => undefined);
    for (const [slice, checkpoint] of this.getCheckpoints.all() as [number, number][]) all[slice] = BigInt(checkpoint);
    return all;
  }
}
