import Database from 'better-sqlite3';
import type { KeyUses } from '../last-uses/key-uses';

const LOCK_PATIENCE_MS = 5_000;

/** In one SQLite file. */
export class SqliteKeyUses implements KeyUses {
  private readonly db: Database.Database;
  private readonly sql;

  constructor(file: string) {
    this.db = new Database(file, { timeout: LOCK_PATIENCE_MS });
    this.db.pragma('journal_mode = WAL');
    // The last minute may be lost with the power.
    this.db.pragma('synchronous = NORMAL');
    this.db.exec('CREATE TABLE IF NOT EXISTS uses(key_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID');
    this.sql = {
      note: this.db.prepare('INSERT INTO uses VALUES (?, ?) ON CONFLICT(key_id) DO UPDATE SET at = max(at, excluded.at)'),
      all: this.db.prepare('SELECT key_id, at FROM uses').raw(),
    };
  }

  async note(keyId: string, at: number): Promise<void> {
    this.sql.note.run(keyId, at);
  }

  async all(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.sql.all.all() as [string, number][]);
  }

  async close(): Promise<void> {
    this.db.close();
  }
}
