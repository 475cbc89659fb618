import { START, type EventLog, type Position } from '@leadlog/event-log';
import { formOf } from './archive-form';
import { throughOf, type ArchiveFiles } from './archive-files';

export interface ArchivePlace {
  files: ArchiveFiles;
  /** IANA name; an archive with another time zone does not count. */
  timezone: string;
}

export interface ArchiveLag {
  /** Number of events between the end of the archive and the head. */
  positions: number;
  /** Age of the oldest event that is not archived; 0 if all are. */
  seconds: number;
}

/** The part of the log that queries read because it is not archived yet. Throws if the manifest cannot be read; rejects if the log does. */
export async function archiveLag({ files, timezone }: ArchivePlace, log: EventLog, head: Position, now: number): Promise<ArchiveLag> {
  const manifest = files.read();
  const through = manifest?.form === formOf(timezone) ? throughOf(manifest) : START;
  for await (const { events } of log.read({ after: through, until: head, sliceSize: 1 })) {
    const [oldest] = events;
    if (oldest) return { positions: Number(head - through), seconds: Math.max(0, now - oldest.recordedAt) / 1_000 };
  }
  return { positions: 0, seconds: 0 };
}
