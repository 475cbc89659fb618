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
export async function openBackends(settings: Settings): Promise<Backends> {
  const log = openLog(settings);
  const store = await openStore(settings);
  const jobs = openJobs(settings);
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

/** `patienceMs` as the adapter has it by default, where it is a server. */
export function openLog({ dataFolder, eventStoreUrl, namespace }: Settings, patienceMs?: number): EventLog {
  return eventStoreUrl
    ? EventStoreDbEventLog.open({ url: eventStoreUrl, namespace: namespace && `${namespace}.`, patienceMs, onWarning, onDebug: (message) => logger.debug(message) })
    : SqliteEventLog.open({ file: dataFiles(dataFolder).log });
}

export async function openStore({ dataFolder, redisUrl, namespace }: Settings, patienceMs?: number): Promise<ReadModelStore> {
  return redisUrl ? RedisReadModelStore.open({ url: redisUrl, prefix: prefixOf(namespace), patienceMs }) : SqliteReadModelStore.open({ file: dataFiles(dataFolder).readModels });
}

export function openJobs({ dataFolder, redisUrl, namespace }: Settings, patienceMs?: number): Jobs {
  return redisUrl ? BullmqJobs.open({ url: redisUrl, prefix: prefixOf(namespace), patienceMs, onWarning }) : SqliteJobs.open({ file: dataFiles(dataFolder).jobs, onWarning });
}

function prefixOf(namespace: string | undefined): string | undefined {
  return namespace && `leadlog-${namespace}`;
}

function onWarning(message: string, error?: unknown): void {
  logger.warn({ err: error }, message);
}
