import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveFiles, ArchiveReader } from '@leadlog/archive';
import { told, type FromChild } from '@leadlog/children';
import {
  checkReplay,
  FoldFailed,
  loadFailed,
  replayPart,
  writeReplayPart,
  type PartMade,
  type PartTask,
  type ReplayReport,
} from '@leadlog/replays';
import { openLogToRead } from '../../setup/backends';
import { WrongSetting, type Settings } from '../../setup/settings';

/** Rows of a part are sent, or written into its file. */
export type ReplayWork = Pick<PartTask, 'span' | 'part' | 'parts'> | PartTask;
export interface ReplayThreadData {
  settings: Settings;
  /** JavaScript of the report's file. */
  code: string;
  work: ReplayWork;
}
export interface ReplayAnswer {
  rows?: [string, unknown][];
  made?: PartMade;
}

const ALIVE_EVERY_MS = 1_000;
/** A file that waits for something while it is loaded. */
const LOADING_MS = 30_000;

/** `progress`: events that were folded since it was told last; 0 says that it is alive. */
const tell = (message: FromChild<ReplayAnswer>): void => parentPort!.postMessage(message);

/** Why it is not gone on with; looked at between events, when no statement is under way. */
let stopped: Error | undefined;

/** A log that is not there now may be later (a disk that is not mounted), so this is not final for a live replay, as a wrong setting is. */
function openedLog(settings: ReplayThreadData['settings']): ReturnType<typeof openLogToRead> {
  try {
    return openLogToRead(settings);
  } catch (error) {
    throw error instanceof WrongSetting ? new Error(error.message) : error;
  }
}

/** One part of the keys of a replay. Says every second that it is alive: code that does not come back keeps it from saying so. */
async function main({ settings, code, work }: ReplayThreadData): Promise<ReplayAnswer> {
  const report = await load(code);
  const log = openedLog(settings);
  const reader = await ArchiveReader.open({
    files: new ArchiveFiles(settings.archiveFolder),
    log,
    timezone: settings.timezone,
    limits: { memory: '512MB', threads: 1, spill: '4GB' },
  });
  const onProgress = (events: number): void => {
    if (stopped) throw stopped;
    tell({ progress: events });
  };
  try {
    if ('file' in work) return { made: await writeReplayPart(reader, report, settings.timezone, work, onProgress) };
    return { rows: await replayPart(reader, report, work.span, work.part, work.parts, onProgress) };
  } finally {
    reader.close();
    await log.close();
  }
}

async function load(code: string): Promise<ReplayReport> {
  const loading = import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<{ default?: Partial<ReplayReport> }>;
  const late = sleep(LOADING_MS, undefined, { ref: false }).then(() =>
    Promise.reject(new Error(`it was not loaded after ${LOADING_MS / 1_000} s`)),
  );
  const { default: report } = await Promise.race([loading, late]).catch((error: unknown) => {
    throw loadFailed(error);
  });
  checkReplay(report);
  return report;
}

// What fails outside of `main` is the report's own code that goes on by itself.
process.on(
  'uncaughtException',
  (error) => (stopped ??= new FoldFailed('the code of the report failed outside of initial, evolve and row', error)),
);
parentPort!.once('message', () => (stopped ??= new Error('others of this replay failed')));
tell({ progress: 0 });
setInterval(() => tell({ progress: 0 }), ALIVE_EVERY_MS);
void main(workerData as ReplayThreadData)
  .then(
    (answer) => tell({ answer }),
    (error: Error) => tell({ error: told(error) }),
  )
  .then(() => process.exit());
