import Database from 'better-sqlite3';

/** An event takes a few pages of a database; where so many find no room, neither would the next. */
const PAGES = 8;

/** Finds out whether the file takes writes; throws what SQLite says where it does not. Sets a number in its header to what it is: each commit appends a page to the write-ahead log and changes nothing. */
export function writeTo(file: string): void {
  const db = new Database(file, { timeout: 0, fileMustExist: true });
  try {
    // Tidying up is for those whose file it is, and one wait for the disk is enough.
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('synchronous = OFF');
    const rewrite = db.transaction(() => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`));
    for (let page = 1; page <= PAGES; page += 1) {
      if (page === PAGES) db.pragma('synchronous = FULL');
      // Nobody comes in between, who might just be setting another.
      rewrite.immediate();
    }
  } finally {
    db.close();
  }
}
