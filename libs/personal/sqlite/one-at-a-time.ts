import Database from 'better-sqlite3';

/**
 * Runs `work` unless another program is at it, of which undefined tells. The lock is one of SQLite on an empty file, which goes with whoever
 * holds it, also by kill -9. The file stays: whoever removed it could let in two.
 */
export async function oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<{ done: T } | undefined> {
  const db = new Database(lock, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return { done: await work() };
  } catch (error) {
    // What `work` itself meets has been told by then with what to do about it.
    if (!db.inTransaction && String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  } finally {
    db.close();
  }
}
