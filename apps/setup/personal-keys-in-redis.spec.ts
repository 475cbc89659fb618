import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventsOf, newEvent } from '@leadlog/event-log/log.contract';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SealedEventLog } from '@leadlog/personal';
import { startRedisServer, type RedisServer } from '../../test/support/redis-server';
import { openPersonalKeys } from './personal-keys';
import { readSettings } from './settings';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-personal-redis-'));
const master = join(folder, 'master');
writeFileSync(master, 'a'.repeat(64));

const [KEYS, MADE_AT] = ['leadlog:{personal}:subject-keys', 'leadlog:{personal}:made-at'] as const;

describe('keys of a log in EventStoreDB', () => {
  let server: RedisServer;
  let redis: Redis;
  let log: SqliteEventLog;
  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.url);
    // Only its name is in the settings: the keys do not care where a log is.
    log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  });
  afterAll(async () => {
    redis.disconnect();
    await log.close();
    await server.end();
    rmSync(folder, { recursive: true });
  });

  const open = (more: Record<string, string> = {}) =>
    openPersonalKeys(
      readSettings({ EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false', REDIS_URL: server.url, LEADLOG_LOG_LEVEL: 'silent', ...more }),
      log,
    );
  const named = { LEADLOG_MASTER_KEY_FILE: master };

  it('are used where a master key is named and Redis loses nothing; once they are, it does not start without', async () => {
    expect(await open()).toBeUndefined();
    expect(await open({ REDIS_URL: '', ...named })).toBeUndefined();
    expect(await open(named)).toBeUndefined();
    await redis.config('SET', 'appendfsync', 'always');

    // Whoever comes second knows that there are keys, and perhaps the first is killed meanwhile.
    const first = open(named);
    while ((await redis.exists(KEYS)) === 0);
    const keys = (await open(named))!;
    const [seconds, micros] = (await redis.time()) as unknown as [string, string];
    expect(Number(seconds) * 1_000 + Number(micros) / 1_000 - Number(await redis.get(MADE_AT))).toBeGreaterThan(1_900);
    await (await first)!.close();
    const sealed = new SealedEventLog(log, keys);
    const event = newEvent({ leadId: 'a', channel: 'form', profile: { name: '佐藤' } }, 'LeadCaptured');
    await sealed.append('activity-a', [event], { expected: 'any' });
    expect((await eventsOf(sealed, 'activity-a'))[0]!.data).toMatchObject({ profile: { name: '佐藤' } });
    await keys.close();

    await expect(open()).rejects.toThrow(/LEADLOG_MASTER_KEY_FILE is not set/);
    await redis.config('SET', 'appendfsync', 'everysec');
    await expect(open(named)).rejects.toThrow(/appendfsync is everysec; set it to always/);
    await redis.config('SET', 'appendfsync', 'always');
    // What is left beside them are none.
    await redis.del(KEYS);
    await expect(open(named)).rejects.toThrow(/this Redis has no keys/);
    await redis.flushdb();
    await expect(open(named)).rejects.toThrow(/this Redis has no keys/);
    // Neither does it start in clear, beside a new Redis or none.
    const noKeysHere = /only its keys open, and there are no keys here/;
    await redis.config('SET', 'appendfsync', 'everysec');
    await expect(open(named)).rejects.toThrow(noKeysHere);
    await expect(open()).rejects.toThrow(noKeysHere);
    await expect(open({ REDIS_URL: '', ...named })).rejects.toThrow(noKeysHere);
  });
});
