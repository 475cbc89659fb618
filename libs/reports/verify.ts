import { statSync } from 'node:fs';
import { START, type EventLog } from '@leadlog/event-log';
import { sha256Of, throughOf, type ArchiveFiles, type Segment } from './archive-files';
import { openDuckDb, quoted } from './duckdb';
import { EventHash, HASH_OF_ROWS, textsOf } from './event-hash';

export interface Verified {
  segment: Segment;
  /** Empty: file, archive and log agree. */
  problems: string[];
}

/** Compares each segment with what was written and with the log, in order. Reads all of both. */
export async function* verifyArchive(files: ArchiveFiles, log: EventLog): AsyncGenerator<Verified> {
  const manifest = files.read();
  if (manifest === undefined) return;
  const db = await openDuckDb(files.folder, { memory: '512MB', threads: 2, spill: '8GB' });
  try {
    const connection = await db.connect();
    let last = START;
    for (const segment of manifest.segments) {
      const { file, after, through, events, bytes, sha256, hash } = segment;
      const problems: string[] = [];
      if (after !== last) problems.push(`begins after ${after}; expected ${last}, where the one before ends`);
      last = through;
      const path = files.pathOf(file);
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      if (size === undefined) problems.push('the file is gone');
      else if (size !== bytes) problems.push(`the file has ${size} bytes; ${bytes} were written`);
      else if ((await sha256Of(path)) !== sha256) problems.push('the file is not what was written: its SHA-256 differs');
      else {
        const found = await connection.runAndReadAll(`SELECT count(*), ${HASH_OF_ROWS} FROM read_parquet(${quoted(path)})`);
        const [count, ofRows] = found.getRows()[0] as [bigint, string];
        if (Number(count) !== events || ofRows !== hash) problems.push(`the file holds ${count} events with hash ${ofRows}; written were ${events} with ${hash}`);
      }
      const inLog = new EventHash();
      for await (const slice of log.read({ after, until: through, sliceSize: 2_048 })) {
        for (const event of slice.events) {
          const { data, metadata } = textsOf(event);
          inLog.add(event, data, metadata);
        }
      }
      if (inLog.events !== events || inLog.digest() !== hash) problems.push(`the log holds ${inLog.events} events with hash ${inLog.digest()} there; archived were ${events} with ${hash}`);
      yield { segment, problems };
    }
    const head = await log.head();
    if (throughOf(manifest) > head) throw new Error(`the archive goes up to ${throughOf(manifest)} and the log only to ${head}: this is the archive of another log, or the log was restored from a backup; delete the archive`);
  } finally {
    db.close();
  }
}
