import { Redis } from 'ioredis';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { startEventStoreServer } from '../../test/support/eventstoredb/server';
import { startRedisServer } from '../../test/support/redis-server';
import { serverWrites } from './server-writes';
import { WrittenStorage } from './written-storage';

it('servers that answer reads and refuse writes are found out, each with what to do, and are fine again by themselves; nothing is written', async () => {
  const [redis, server] = await Promise.all([startRedisServer(), startEventStoreServer()]);
  const log = EventStoreDbEventLog.open({ url: server.url, patienceMs: 500 });
  const store = await RedisReadModelStore.open({ url: redis.url, patienceMs: 500 });
  const client = new Redis(redis.url);
  let now = 0;
  const written = new WrittenStorage(
    { databases: [], folders: [] },
    serverWrites({ eventStoreUrl: server.url, redisUrl: redis.url }, { log, store }),
    () => (now += 5_000),
  );
  try {
    const head = await log.head();
    expect(await written.reasons()).toEqual([]);
    await client.config('SET', 'maxmemory', '1');
    expect(await written.reasons()).toEqual([
      expect.stringMatching(/^the read models and jobs cannot be written: .*maxmemory .*OOM.*give it more memory/),
    ]);
    await client.config('SET', 'maxmemory', '0');
    await client.call('REPLICAOF', '127.0.0.1', '1');
    expect(await written.reasons()).toEqual([expect.stringMatching(/is a replica and takes no writes .*READONLY.*REDIS_URL/)]);
    await client.call('REPLICAOF', 'NO', 'ONE');
    await server.kill();
    expect(await written.reasons()).toEqual([expect.stringMatching(/^the event log cannot be written: /)]);
    await server.start();
    expect(await written.reasons()).toEqual([]);
    expect(await log.head()).toBe(head);
  } finally {
    client.disconnect();
    await Promise.all([log.close(), store.close()]);
    await Promise.all([server.end(), redis.end()]);
  }
});
