import type { KeyUses } from '@leadlog/access';
import { SqliteKeyUses } from '@leadlog/access/sqlite/sqlite-key-uses';
import type { EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { Jobs } from '@leadlog/jobs';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { SealedEventLog, UnsealedEventLog, type PersonalKeys } from '@leadlog/personal';
import type { ReadModelStore } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { clockOf } from './clock';
import { dataFiles } from './data-folder';
import { logger } from './logger';
import { checkFolders } from './named-files';
import { openPersonalKeys, watchForKeys } from './personal-keys';
import { WrongSetting, type Settings } from './settings';

export interface Backends {
  log: EventLog;
  /** The same log as it is stored, with what is personal sealed: for copies of it, which must forget with it. */
  storedLog: EventLog;
  /** Undefined where personal data are recorded in clear. */
  keys: PersonalKeys | undefined;
  store: ReadModelStore;
  jobs: Jobs;
  close(): Promise<void>;
}

/**
 * The three kinds of storage, each on the adapter that the settings ask for. The clients of servers are loaded where there is a server: a
 * program on files starts in half the time without them. By their paths, since the names of libraries are not resolved in `require`.
 */
export async function openBackends(settings: Settings): Promise<Backends> {
  checkFolders(settings);
  const storedLog = openLog(settings);
  const closeLog = async (error: unknown) => {
    await storedLog.close();
    throw error;
  };
  const keys = await openPersonalKeys(settings, storedLog).catch(closeLog);
  const watch = keys ? undefined : await watchForKeys(settings).catch(closeLog);
  const store = await openStore(settings);
  const jobs = openJobs(settings);
  return {
    log: keys ? new SealedEventLog(storedLog, keys) : watch ? new UnsealedEventLog(storedLog, watch.thereAreKeys) : storedLog,
    storedLog,
    keys,
    store,
    jobs,
    close: async () => {
      await jobs.close();
      await store.close();
      await storedLog.close();
      await keys?.close();
      await watch?.close();
    },
  };
}

/** As it is stored. `patienceMs` as the adapter has it by default, where it is a server. */
export function openLog(settings: Settings, patienceMs?: number): EventLog {
  const { dataFolder, eventStoreUrl, namespace } = settings;
  if (!eventStoreUrl) return SqliteEventLog.open({ file: dataFiles(dataFolder).log, clock: clockOf(settings) });
  const { EventStoreDbEventLog } =
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('../../libs/event-log/eventstoredb/eventstoredb-event-log') as typeof import('@leadlog/event-log/eventstoredb/eventstoredb-event-log');
  return EventStoreDbEventLog.open({
    url: eventStoreUrl,
    namespace: namespace && `${namespace}.`,
    patienceMs,
    onWarning,
    onDebug: (message) => logger.debug(message),
  });
}

/**
 * For whoever looks and must leave nothing behind: what is not there is not made. Throws WrongSetting where there is no log. A log in a
 * file that is not one throws what SQLite says.
 */
export function openLogToRead(settings: Settings, patienceMs?: number): EventLog {
  const { dataFolder, eventStoreUrl } = settings;
  if (eventStoreUrl) return openLog(settings, patienceMs);
  const { log: file } = dataFiles(dataFolder);
  const wrong = (what: string): never => {
    throw new WrongSetting(
      `LEADLOG_DATA: expected the data folder of an engine, which holds its log (event-log.db), got ${dataFolder}, which ${what}; a log in EventStoreDB is named by EVENTSTORE_URL`,
    );
  };
  if (!existsSync(dataFolder)) wrong('is not there');
  if (!statSync(dataFolder).isDirectory()) wrong('is no folder');
  if (!existsSync(file)) wrong(readdirSync(dataFolder).length === 0 ? 'is empty' : 'has none');
  try {
    return SqliteEventLog.open({ file, readOnly: true });
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_ERROR') throw error;
    return wrong(`has another file of that name (${(error as Error).message})`);
  }
}

export async function openStore({ dataFolder, redisUrl, namespace }: Settings, patienceMs?: number): Promise<ReadModelStore> {
  if (!redisUrl) return SqliteReadModelStore.open({ file: dataFiles(dataFolder).readModels });
  const { RedisReadModelStore } =
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('../../libs/projections/redis/redis-read-model-store') as typeof import('@leadlog/projections/redis/redis-read-model-store');
  return RedisReadModelStore.open({ url: redisUrl, prefix: prefixOf(namespace), patienceMs });
}

/** When keys were last used, beside the read models. */
export function openKeyUses({ dataFolder, redisUrl, namespace }: Settings): KeyUses {
  if (!redisUrl) return new SqliteKeyUses(dataFiles(dataFolder).keyUses);
  const { RedisKeyUses } =
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('../../libs/access/redis/redis-key-uses') as typeof import('@leadlog/access/redis/redis-key-uses');
  return new RedisKeyUses({ url: redisUrl, prefix: prefixOf(namespace) });
}

export function openJobs({ dataFolder, redisUrl, namespace }: Settings, patienceMs?: number): Jobs {
  if (!redisUrl) return SqliteJobs.open({ file: dataFiles(dataFolder).jobs, onWarning });
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { BullmqJobs } = require('../../libs/jobs/bullmq/bullmq-jobs') as typeof import('@leadlog/jobs/bullmq/bullmq-jobs');
  return BullmqJobs.open({ url: redisUrl, prefix: prefixOf(namespace), patienceMs, onWarning });
}

function prefixOf(namespace: string | undefined): string | undefined {
  return namespace && `leadlog-${namespace}`;
}

function onWarning(message: string, error?: unknown): void {
  logger.warn({ err: error }, message);
}
