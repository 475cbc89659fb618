import Database from 'better-sqlite3';

/** Copies the keys as of one moment, even while engines use them. `to` must not exist. */
export function copyKeys(file: string, to: string): void {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}
