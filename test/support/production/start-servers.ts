import { startEventStoreProcess } from '../eventstoredb/server-process';
import { startRedisServer } from '../redis-server';

/** What has been started, for `end-servers.ts`. */
export const STARTED = Symbol.for('leadlog servers under test');

/** Before the suite on production adapters: servers of its own, unless REDIS_URL and EVENTSTORE_URL name some to try. */
export default async function startServers(): Promise<void> {
  const started: { end(): Promise<void> }[] = [];
  (globalThis as Record<symbol, unknown>)[STARTED] = started;
  process.env.TEST_REDIS_URL = process.env.REDIS_URL;
  process.env.TEST_EVENTSTORE_URL = process.env.EVENTSTORE_URL;
  if (!process.env.REDIS_URL) {
    const redis = await startRedisServer();
    started.push(redis);
    process.env.TEST_REDIS_URL = redis.url;
  }
  if (!process.env.EVENTSTORE_URL) {
    const eventStore = await startEventStoreProcess();
    process.env.TEST_EVENTSTORE_URL = eventStore.url;
    started.push(eventStore);
  }
}
