import { statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { START, type EventLog } from '@leadlog/event-log';
import { counted } from '@leadlog/events';
import { sha256Of, throughOf, type ArchiveFiles, type Segment } from './archive-files';
import { openDuckDb, quoted } from './duckdb';
import { archivedForm, EventHash, HASH_OF_ROWS } from './event-hash';

/** What has changed since the segment was written. */
export type Changed = 'file' | 'log' | 'manifest';

export interface Verified {
  segment: Segment;
  /** Empty if file, archive and log agree. */
  problems: string[];
  changed: Changed[];
}

/**
 * Compares each segment with what was written and with the log, in order. Reads all of both.
 *
 * The manifest has two hashes of a segment: of its file and of its events. Each side is compared with them separately, to tell
 * the changed side from the good one.
 */
export async function* verifyArchive(files: ArchiveFiles, log: EventLog): AsyncGenerator<Verified> {
  const manifest = files.read();
  if (manifest === undefined) return;
  const db = await openDuckDb(files.folder, { memory: '512MB', threads: 2, spill: '8GB' });
  try {
    const connection = await db.connect();
    let last = START;
    for (const segment of manifest.segments) {
      const { after, through, events, hash } = segment;
      const problems: string[] = [];
      const changed = new Set<Changed>();
      const wrong = (what: Changed, problem: string): void => {
        changed.add(what);
        problems.push(problem);
      };
      if (after !== last) wrong('manifest', `begins after ${after}; expected ${last}, where the previous segment ends`);
      last = through;
      const inFile = await held(files.pathOf(segment.file), segment, connection);
      const inLog = await loggedIn(log, segment);
      const fits = (one: Content) => one.events === events && one.hash === hash;
      if (typeof inFile === 'string') wrong('file', inFile);
      else if (!fits(inFile)) {
        // If the file is unchanged and the log agrees with it, only the manifest can be wrong.
        const what = inFile.events === inLog.events && inFile.hash === inLog.hash ? 'manifest' : 'file';
        wrong(
          what,
          `the file holds ${counted(inFile.events, 'event')} with hash ${inFile.hash}; expected ${counted(events, 'event')} with hash ${hash}, as written`,
        );
      }
      if (!fits(inLog))
        wrong(
          changed.has('manifest') ? 'manifest' : 'log',
          `the log holds ${counted(inLog.events, 'event')} with hash ${inLog.hash} there; expected ${counted(events, 'event')} with hash ${hash}, as archived`,
        );
      yield { segment, problems, changed: [...changed] };
    }
    const head = await log.head();
    if (throughOf(manifest) > head)
      throw new Error(
        `the archive goes up to ${throughOf(manifest)} but the log only to ${head}: the log lost events, was restored from an older backup, or this archive belongs to another log. If there is a newer backup of the log, restore it before you start Leadlog again; delete the archive only if the log is correct as it is`,
      );
  } finally {
    db.close();
  }
}

interface Content {
  events: number;
  hash: string;
}

/** The content of the file; a message if the file has changed since it was written. */
async function held(path: string, { bytes, sha256 }: Segment, connection: DuckDBConnection): Promise<Content | string> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'the file is missing';
  if (size !== bytes) return `the file has ${counted(size, 'byte')}; expected ${bytes}, as written`;
  if ((await sha256Of(path)) !== sha256) return 'the file has changed since it was written: its SHA-256 differs';
  const found = await connection.runAndReadAll(`SELECT count(*), ${HASH_OF_ROWS} FROM read_parquet(${quoted(path)})`);
  const [count, hash] = found.getRows()[0] as [bigint, string];
  return { events: Number(count), hash };
}

async function loggedIn(log: EventLog, { after, through }: Segment): Promise<Content> {
  const found = new EventHash();
  for await (const slice of log.read({ after, until: through, sliceSize: 2_048 })) {
    for (const event of slice.events) found.add(archivedForm(event));
  }
  return { events: found.events, hash: found.digest() };
}
