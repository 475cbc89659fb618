import { START, type EventLog, type Position } from '@leadlog/event-log';
import { formOf } from './archive-form';
import { throughOf, type ArchiveFiles } from './archive-files';

export interface ArchivePlace {
  files: ArchiveFiles;
  /** IANA name; an archive of another one does not count. */
  timezone: string;
}

export interface ArchiveLag {
  /** Between what is archived and the head. */
  positions: number;
  /** How long ago the oldest event was recorded that is not archived; 0 when all are. */
  seconds: number;
}

/** What queries read from the log because the archive does not hold it yet. Throws where the manifest cannot be read, rejects as the log does. */
export async function archiveLag({ files, timezone }: ArchivePlace, log: EventLog, head: Position, now: number): Promise<ArchiveLag> {
  const manifest = files.read();
  const through = manifest?.form === formOf(timezone) ? throughOf(manifest) : START;
  for await (const { events } of log.read({ after: through, until: head, sliceSize: 1 })) {
    const [oldest] = events;
    if (oldest) return { positions: Number(head - through), seconds: Math.max(0, now - oldest.recordedAt) / 1_000 };
  }
  return { positions: 0, seconds: 0 };
}
