import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveFiles, ArchiveReader, checkReplay, replayPart, type ReplayReport, type ReplaySpan } from '@leadlog/reports';
import { openLog } from '../backends';
import type { Settings } from '../settings';

export interface ReplayTask {
  settings: Settings;
  /** JavaScript of the report's file. */
  code: string;
  span: ReplaySpan;
  part: number;
  parts: number;
}
export type FromReplayThread = { events: number } | { rows: [string, unknown][] };

/** One part of the keys of a replay. */
async function main(): Promise<void> {
  const { settings, code, span, part, parts } = workerData as ReplayTask;
  const { default: report } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { default?: Partial<ReplayReport> };
  checkReplay(report);
  const log = openLog(settings);
  const reader = await ArchiveReader.open({ files: new ArchiveFiles(settings.archiveFolder), log, timezone: settings.timezone, limits: { memory: '512MB', threads: 1, spill: '4GB' } });
  const tell = (message: FromReplayThread): void => parentPort!.postMessage(message);
  const rows = await replayPart(reader, report, span, part, parts, (events) => tell({ events }));
  tell({ rows });
  reader.close();
  await log.close();
}

// What it rejects with ends the thread and is an error of it there.
void main();
