import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { LogUnavailable, type Position, type RecordedEvent } from '../log';
import { LogConnection } from './log-connection';
import { LOCK_PATIENCE_MS, logFault } from './log-faults';
import { StoredEvent } from './stored-event';
import { emptyWriteAheadLog } from './write-ahead-log';

/** Events that are looked at together, and those of them that change are changed in one transaction. */
const PAGE = 500;
const SCAN = 10_000;

export interface Rewriting {
  /** Under which the file keeps how far it is. */
  name: string;
  types: readonly string[];
  /** The new data of those that get others, as JSON. May be asked about the same events again. */
  rewritten: (events: readonly RecordedEvent[]) => Promise<ReadonlyMap<RecordedEvent, string>>;
}

/** How far a rewriting is. */
export interface Rewritten {
  /** Everything up to here is as it is to be. */
  through: Position;
  /** What was rewritten may still stand in unused parts of the file. */
  remains: boolean;
}

/**
 * Gives events of a log in a file other data: the position, id, type, stream, times and metadata stay. Goes on where it was, after any
 * interruption; asked again, it looks at what was recorded since. At the end the file is written anew, so that what was there before stands
 * in no part of it; that takes about as much room again, twice, for a while. Returns how many it changed. Rejects with LogUnavailable.
 */
export async function rewriteData(file: string, { name, types, rewritten }: Rewriting): Promise<number> {
  let [db, reading]: [Database.Database?, LogConnection?] = [];
  try {
    db = new Database(file, { timeout: LOCK_PATIENCE_MS, fileMustExist: true });
    reading = new LogConnection(file);
    db.pragma('synchronous = FULL');
    db.pragma('secure_delete = ON');
    db.exec(
      'CREATE TABLE IF NOT EXISTS rewritings(name TEXT PRIMARY KEY, through INTEGER NOT NULL, remains INTEGER NOT NULL) WITHOUT ROWID',
    );
    // Another process may be doing the same, so that a row may have been changed since it was read.
    const change = db.prepare('UPDATE events SET data = ? WHERE position = ? AND data = ?');
    const note = db.prepare(
      'INSERT INTO rewritings VALUES (?, ?, ?) ON CONFLICT(name) DO UPDATE SET through = max(through, excluded.through), remains = max(remains, excluded.remains)',
    );
    let changed = 0;
    const head = reading.head();
    for (let through = stateIn(db, name)?.[0] ?? -1; through < head;) {
      const end = Math.min(head, through + SCAN);
      const rows = reading.readRange(through, end, { types }, PAGE);
      const events = rows.map((row) => new StoredEvent(row, reading!.streamName(row[2])));
      const texts = await rewritten(events);
      through = rows.length === PAGE ? rows.at(-1)![0] : end;
      db.transaction(() => {
        for (const [event, text] of texts) changed += change.run(text, Number(event.position), event.dataText).changes;
        note.run(name, through, texts.size > 0 ? 1 : 0);
      }).immediate();
      await eventLoopTurn();
    }
    await writeAnew(db, file, name);
    return changed;
  } catch (error) {
    throw logFault(error, file);
  } finally {
    reading?.close();
    db?.close();
  }
}

/** Does the last part of a rewriting, where it was missed, and no other. Rejects with LogUnavailable. */
export async function overwriteRewritten(file: string, name: string): Promise<void> {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: LOCK_PATIENCE_MS, fileMustExist: true });
    db.pragma('synchronous = FULL');
    await writeAnew(db, file, name);
  } catch (error) {
    throw logFault(error, file);
  } finally {
    db?.close();
  }
}

async function writeAnew(db: Database.Database, file: string, name: string): Promise<void> {
  const [through, remains] = stateIn(db, name) ?? [];
  if (remains !== 1) return;
  db.exec('VACUUM');
  if (!(await emptyWriteAheadLog(db)))
    throw new LogUnavailable('locked', `event log ${file}: another process reads what is to be overwritten; it is tried again`);
  // Another process may have rewritten more since.
  db.prepare('UPDATE rewritings SET remains = 0 WHERE name = ? AND through = ?').run(name, through);
}

/** Undefined where it has never begun. */
export function rewrittenIn(file: string, name: string): Rewritten | undefined {
  if (!existsSync(file)) return undefined;
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: LOCK_PATIENCE_MS });
  try {
    const has = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rewritings'`).get() !== undefined;
    const state = has ? stateIn(db, name) : undefined;
    return state && { through: BigInt(state[0]), remains: state[1] === 1 };
  } finally {
    db.close();
  }
}

const stateIn = (db: Database.Database, name: string): [through: number, remains: number] | undefined =>
  db.prepare('SELECT through, remains FROM rewritings WHERE name = ?').raw().get(name) as [number, number] | undefined;
