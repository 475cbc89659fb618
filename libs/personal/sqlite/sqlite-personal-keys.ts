import Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { LogUnavailable, type Position } from '@leadlog/event-log';
import { fileFault, LOCK_PATIENCE_MS } from '@leadlog/event-log/sqlite/log-faults';
import { emptyWriteAheadLog } from '@leadlog/event-log/sqlite/write-ahead-log';
import { KeptKeys } from '../kept-keys';
import type { MasterKey } from '../master-key';
import { CHECKED, FENCE, IDENTITIES, KeysNotFit, type PersonalKey, type PersonalKeys } from '../personal-keys';

/** Keys that another process destroys leave this one within this time, also if nobody asks for them. */
const LOOK_EVERY_MS = 1_000;
/** How many keys are wrapped anew before others may write. */
const REWRAPPED_AT_ONCE = 500;

export interface SqlitePersonalKeysOptions {
  file: string;
  master: MasterKey;
  /** Makes no file and no keys: a store that is not there, or is empty, has none. */
  readOnly?: boolean;
}

/** Keys in one SQLite file. What is deleted is overwritten, and destroying empties the write-ahead log too. */
export class SqlitePersonalKeys implements PersonalKeys {
  private readonly kept = new KeptKeys();
  private readonly sql;
  private dataVersion: number;
  private lastForgotten = 0;
  private readonly forgottenSubjects = new Set<string>();
  private readonly looking: NodeJS.Timeout;
  /** How the store is wrapped, as last seen: whoever wraps by another master key now would be out of date. */
  private checked: Buffer | undefined;
  readonly identityKey: Buffer;

  /** Throws KeysNotFit if the file is of another master key, LogUnavailable if it cannot be used. */
  static open(options: SqlitePersonalKeysOptions): SqlitePersonalKeys {
    const { file, readOnly = false } = options;
    return translated(file, () => {
      const db =
        readOnly && !statSync(file, { throwIfNoEntry: false })?.size
          ? new Database(':memory:')
          : new Database(file, { readonly: readOnly, timeout: LOCK_PATIENCE_MS });
      try {
        return new SqlitePersonalKeys(db, options);
      } catch (error) {
        db.close();
        throw error;
      }
    });
  }

  private constructor(
    private readonly db: Database.Database,
    private readonly options: SqlitePersonalKeysOptions,
  ) {
    if (!options.readOnly || db.memory) prepareFile(db);
    // Whoever only reads leaves a file from before as it is.
    const [keys, forgotten] = isOfBefore(db) ? BEFORE : NOW;
    this.sql = {
      key: db.prepare(`SELECT wrapped FROM ${keys} WHERE subject = ?`).pluck(),
      add: db.prepare(`INSERT INTO ${keys}(subject, wrapped) VALUES (?, ?)`),
      replace: db.prepare(`UPDATE ${keys} SET wrapped = ? WHERE subject = ?`),
      after: db.prepare(`SELECT subject, wrapped FROM ${keys} WHERE subject > ? ORDER BY subject LIMIT ${REWRAPPED_AT_ONCE}`).raw(),
      remove: db.prepare(`DELETE FROM ${keys} WHERE subject = ?`),
      forgotten: db.prepare(`SELECT seq FROM ${forgotten} WHERE subject = ?`).pluck(),
      forget: db.prepare(`INSERT INTO ${forgotten}(subject) VALUES (?) ON CONFLICT DO NOTHING`),
      forgottenSince: db.prepare(`SELECT seq, subject FROM ${forgotten} WHERE seq > ?`).raw(),
      counts: db.prepare(
        `SELECT (SELECT count(*) FROM ${keys} WHERE subject NOT IN ('${CHECKED}', '${IDENTITIES}')) AS keys,
                (SELECT count(*) FROM ${forgotten}) AS forgotten`,
      ),
    };
    this.identityKey = this.prepareKeys().bytes;
    this.dataVersion = this.version();
    this.takeForgotten();
    this.looking = setInterval(() => {
      // Whoever asks for a key next gets the error.
      try {
        this.dropDestroyed();
      } catch {
        this.kept.forgetAll();
      }
    }, LOOK_EVERY_MS).unref();
  }

  async ensure(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>> {
    return translated(this.options.file, () => {
      const { found, missing } = this.found(subjects);
      if (missing.length === 0) return found;
      const made: [string, PersonalKey][] = [];
      this.db
        .transaction(() => {
          this.wrapAsStored();
          for (const subject of missing) {
            // Another process may have been faster.
            const key = this.read(subject);
            if (key) made.push([subject, key]);
            if (key || this.sql.forgotten.get(subject) !== undefined) continue;
            const fresh = this.options.master.newKey(subject);
            this.sql.add.run(subject, fresh.wrapped);
            made.push([subject, fresh.key]);
          }
        })
        .immediate();
      for (const [subject, key] of made) {
        this.kept.keep(subject, key);
        found.set(subject, key);
      }
      return found;
    });
  }

  async keysOf(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>> {
    return translated(this.options.file, () => this.found(subjects).found);
  }

  async destroy(subjects: readonly string[]): Promise<boolean> {
    this.kept.forget(subjects);
    translated(this.options.file, () =>
      this.db
        .transaction(() => {
          for (const subject of subjects) {
            this.sql.forget.run(subject);
            this.sql.remove.run(subject);
          }
        })
        .immediate(),
    );
    this.takeForgotten();
    await this.emptyWriteAheadLog();
    return true;
  }

  async forgotten(): Promise<ReadonlySet<string>> {
    return translated(this.options.file, () => {
      this.dropDestroyed();
      return this.forgottenSubjects;
    });
  }

  async forgottenThrough(): Promise<Position | undefined> {
    const position = translated(this.options.file, () => this.db.prepare('SELECT position FROM forgotten_through').pluck().get());
    return position === undefined ? undefined : BigInt(position as string);
  }

  async noteForgottenThrough(position: Position): Promise<void> {
    const note = 'INSERT INTO forgotten_through(id, position) VALUES (0, ?) ON CONFLICT(id) DO UPDATE SET position = excluded.position';
    translated(this.options.file, () => this.db.prepare(note).run(`${position}`));
  }

  async counts(): Promise<{ keys: number; forgotten: number }> {
    return translated(this.options.file, () => this.sql.counts.get() as { keys: number; forgotten: number });
  }

  async rewrap(): Promise<{ rewrapped: number; filesRewritten: boolean }> {
    // First what says how keys are wrapped: from then on none is added by the master key before.
    let rewrapped = translated(this.options.file, () =>
      this.db.transaction(() => this.rewrapRows([[CHECKED, this.sql.key.get(CHECKED) as Buffer]])).immediate(),
    );
    for (let last: string | undefined = ''; last !== undefined;) {
      const after: string = last;
      translated(this.options.file, () =>
        this.db
          .transaction(() => {
            const rows = this.sql.after.all(after) as [string, Buffer][];
            rewrapped += this.rewrapRows(rows);
            last = rows.at(-1)?.[0];
          })
          .immediate(),
      );
      await eventLoopTurn();
    }
    await this.emptyWriteAheadLog();
    return { rewrapped, filesRewritten: true };
  }

  private rewrapRows(rows: readonly (readonly [string, Buffer])[]): number {
    let changed = 0;
    for (const [subject, wrapped] of rows) {
      const now = this.options.master.rewrapped(subject, wrapped) ?? this.refuse();
      if (now !== 'same') changed += this.sql.replace.run(now, subject).changes;
    }
    return changed;
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    this.kept.forgetAll();
    this.db.close();
  }

  /** Those that there are, also the ones that another process has just made. */
  private found(subjects: readonly string[]): { found: Map<string, PersonalKey>; missing: string[] } {
    this.dropDestroyed();
    const { found, missing } = this.kept.of(subjects);
    const without = missing.filter((subject) => {
      const key = this.read(subject);
      if (!key) return true;
      this.kept.keep(subject, key);
      found.set(subject, key);
      return false;
    });
    return { found, missing: without };
  }

  private read(subject: string): PersonalKey | undefined {
    const wrapped = this.sql.key.get(subject) as Buffer | undefined;
    return wrapped && this.unwrapped(subject, wrapped);
  }

  private unwrapped(subject: string, wrapped: Buffer): PersonalKey {
    return this.options.master.unwrap(subject, wrapped) ?? this.refuse();
  }

  private refuse(): never {
    throw new KeysNotFit(
      `${this.options.file}: expected keys wrapped by this master key, but another one wrapped them; use the one with which they were made`,
    );
  }

  private dropDestroyed(): void {
    const version = this.version();
    if (version === this.dataVersion) return;
    this.takeForgotten();
    this.dataVersion = version;
  }

  private takeForgotten(): void {
    for (const [seq, subject] of this.sql.forgottenSince.all(this.lastForgotten) as [number, string][]) {
      this.kept.forget([subject]);
      this.forgottenSubjects.add(subject);
      this.lastForgotten = Math.max(this.lastForgotten, seq);
    }
  }

  /** Changes whenever another connection has written. */
  private version(): number {
    return this.db.pragma('data_version', { simple: true }) as number;
  }

  /** The key of identities, and that the master key is the one of this store. */
  private prepareKeys(): PersonalKey {
    const { master, readOnly } = this.options;
    const there = (): PersonalKey | undefined => {
      this.wrapAsStored();
      return this.read(IDENTITIES);
    };
    const found = there();
    if (found) return found;
    if (readOnly) return master.firstKeyOf(IDENTITIES).key;
    return this.db
      .transaction(() => {
        const already = there();
        if (already) return already;
        if (!this.checked) this.sql.add.run(CHECKED, master.newKey(CHECKED).wrapped);
        const { key, wrapped } = master.firstKeyOf(IDENTITIES);
        this.sql.add.run(IDENTITIES, wrapped);
        this.wrapAsStored();
        return key;
      })
      .immediate();
  }

  /** In a transaction that adds a key: once the store has another master key, nothing is wrapped by the one before. */
  private wrapAsStored(): void {
    const stored = this.sql.key.get(CHECKED) as Buffer | undefined;
    if (!stored || (this.checked && stored.equals(this.checked))) return;
    if (!this.options.master.wrapAs(CHECKED, stored)) this.refuse();
    this.checked = stored;
  }

  private async emptyWriteAheadLog(): Promise<void> {
    const { file } = this.options;
    let isEmpty: boolean;
    try {
      isEmpty = await emptyWriteAheadLog(this.db);
    } catch (error) {
      throw faultOf(file, error);
    }
    if (!isEmpty)
      throw new LogUnavailable(
        'locked',
        `${file}: another process reads it, so keys that were destroyed are still in its write-ahead log; try again`,
      );
  }
}

/** Tables of keys and of those who are forgotten, until identities were named by a key and since. */
const BEFORE = ['keys', 'forgotten'] as const;
const NOW = ['subject_keys', 'forgotten_subjects'] as const;

const isOfBefore = (db: Database.Database): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(BEFORE[0]) !== undefined;

function prepareFile(db: Database.Database): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.transaction(() => {
    if (isOfBefore(db)) {
      BEFORE.forEach((name, place) => db.exec(`ALTER TABLE ${name} RENAME TO ${NOW[place]}`));
      // What was forgotten until then had not been forgotten under every key; once more, from the beginning.
      db.exec('DELETE FROM forgotten_through');
    }
    const [keys, forgotten] = NOW;
    db.exec(`
      CREATE TABLE IF NOT EXISTS ${keys}(subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS ${forgotten}(seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT UNIQUE NOT NULL);
      CREATE TABLE IF NOT EXISTS forgotten_through(id INTEGER PRIMARY KEY, position TEXT NOT NULL);
    `);
    // A statement on a view of what is not there fails, and says what is not there. A program that has the file open prepares its own anew.
    for (const name of BEFORE) db.exec(`CREATE VIEW IF NOT EXISTS ${name} AS SELECT * FROM "${FENCE}"`);
  }).immediate();
}

function translated<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw faultOf(file, error);
  }
}

const faultOf = (file: string, error: unknown): unknown =>
  fileFault(error, {
    what: `keys of personal data ${file}`,
    damaged: 'stop Leadlog and put it back from where leadlog backup has put the keys',
  });
