import type Database from 'better-sqlite3';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_PATIENCE_MS } from './log-faults';

/**
 * Empties the write-ahead log of a file, which holds pages as they were before. Readers of other processes are gone from it in a moment; false if
 * they are not.
 */
export async function emptyWriteAheadLog(db: Database.Database): Promise<boolean> {
  const giveUpAt = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    if (busy === 0) return true;
    if (Date.now() > giveUpAt) return false;
    await sleep(20);
  }
}
