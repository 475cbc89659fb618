import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { commandLifecycle } from '@leadlog/lead';
import { LiveReadModels } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dataFiles } from '../data-folder';
import { logger } from '../logger';
import type { Settings } from '../settings';
import { createApi } from './api';

export interface RunningApi {
  url: string;
  /** Takes no more requests, answers those under way, closes the files. */
  close(): Promise<void>;
}

/** The api on the embedded adapters, listening. */
export async function openApi(settings: Settings): Promise<RunningApi> {
  const files = dataFiles(settings.dataFolder);
  const log = SqliteEventLog.open({ file: files.log });
  const store = SqliteReadModelStore.open({ file: files.readModels });
  const jobs = SqliteJobs.open({ file: files.jobs, onWarning: (message, error) => logger.warn({ err: error }, message) });
  const app = await createApi({ log, store, readModels: new LiveReadModels(store), jobs, clock: Date.now, settings, lifecycle: commandLifecycle(log) });
  await app.listen(settings.port, settings.host);
  return {
    url: await app.getUrl(),
    close: async () => {
      await app.close();
      await jobs.close();
      await store.close();
      await log.close();
    },
  };
}
