import type { EventLog } from '@leadlog/event-log';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { Jobs } from '@leadlog/jobs';
import { BullmqJobs } from '@leadlog/jobs/bullmq/bullmq-jobs';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import type { ReadModelStore } from '@leadlog/projections';
import { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dataFiles } from './data-folder';
import { logger } from './logger';
import type { Settings } from './settings';

export interface Backends {
  log: EventLog;
  store: ReadModelStore;
  jobs: Jobs;
  close(): Promise<void>;
}

/** The three kinds of storage, each on the adapter that the settings ask for. */
export async function openBackends({ dataFolder, eventStoreUrl, redisUrl, namespace }: Settings): Promise<Backends> {
  const files = dataFiles(dataFolder);
  const onWarning = (message: string, error?: unknown) => logger.warn({ err: error }, message);
  const log = eventStoreUrl ? EventStoreDbEventLog.open({ url: eventStoreUrl, namespace: namespace && `${namespace}.`, onWarning }) : SqliteEventLog.open({ file: files.log });
  const store = redisUrl ? await RedisReadModelStore.open({ url: redisUrl, prefix: namespace && `leadlog-${namespace}` }) : SqliteReadModelStore.open({ file: files.readModels });
  const jobs = redisUrl ? BullmqJobs.open({ url: redisUrl, prefix: namespace && `leadlog-${namespace}`, onWarning }) : SqliteJobs.open({ file: files.jobs, onWarning });
  return {
    log,
    store,
    jobs,
    close: async () => {
      await jobs.close();
      await store.close();
      await log.close();
    },
  };
}
