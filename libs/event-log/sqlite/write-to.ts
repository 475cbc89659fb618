import Database from 'better-sqlite3';

/** An event takes a few pages of a database; if this many pages do not fit, the next event would not fit either. */
const PAGES = 8;

/**
 * Checks whether the file takes writes; throws the error of SQLite if not. Sets a number in its header to its present value: each commit
 * appends a page to the write-ahead log and changes nothing.
 */
export function writeTo(file: string): void {
  const db = new Database(file, { timeout: 0, fileMustExist: true });
  try {
    // Cleaning up is left to the owners of the file, and one wait for the disk is enough.
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('synchronous = OFF');
    const rewrite = db.transaction(() => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`));
    for (let page = 1; page <= PAGES; page += 1) {
      if (page === PAGES) db.pragma('synchronous = FULL');
      // Immediate, so that no other connection sets another value in between.
      rewrite.immediate();
    }
  } finally {
    db.close();
  }
}
