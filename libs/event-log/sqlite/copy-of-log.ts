import Database from 'better-sqlite3';

export interface CopiedLog {
  events: number;
  /** Position of the last event; -1 for an empty log. */
  head: string;
}

/** Copies the log as of one moment, even while engines write to it. `to` must not exist. */
export function copyLog(file: string, to: string): CopiedLog {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
  return checkCopy(to);
}

/** Reads every page of a copy. Throws if it is damaged. */
export function checkCopy(file: string): CopiedLog {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const said = db.pragma('integrity_check(1)', { simple: true });
    if (said !== 'ok') throw new Error(String(said));
    const [events, head] = db.prepare('SELECT count(*), max(position) FROM events').raw().get() as [number, number | null];
    return { events, head: String(head ?? -1) };
  } finally {
    db.close();
  }
}
