import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedisServer, type RedisServer } from '../../../test/support/redis-server';
import { MasterKey } from '../master-key';
import { FENCE } from '../personal-keys';
import { personalKeysContract } from '../personal-keys.contract';
import { RedisPersonalKeys } from './redis-personal-keys';

const master = new MasterKey(Buffer.alloc(32, 7));
let server: RedisServer;
let prefix = '';
beforeAll(async () => (server = await startRedisServer(['--appendfsync', 'always'])));
afterAll(() => server.end());
beforeEach(() => (prefix = `leadlog-test-${randomUUID()}`));
const open = (by = master) => RedisPersonalKeys.open({ url: server.url, prefix }, by);

describe('keys in Redis', () => {
  personalKeysContract((by) => open(by));

  it('no file of Redis holds a key that was destroyed, not even wrapped; the others outlive a crash', async () => {
    const keys = await open();
    await keys.ensure(['lead-a', 'lead-b']);
    const redis = new Redis(server.url);
    const stored = await redis.hgetall(`${prefix}:{personal}:subject-keys`);
    const [, folder] = (await redis.config('GET', 'dir')) as string[];
    redis.disconnect();
    const holds = (subject: string) =>
      readdirSync(folder!, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(stored[subject]!));
    expect([holds('lead-a'), holds('lead-b')]).toEqual([true, true]);
    await keys.destroy(['lead-a']);
    expect([holds('lead-a'), holds('lead-b')]).toEqual([false, true]);
    await server.kill();
    await server.start();
    expect([...(await keys.ensure(['lead-a', 'lead-b'])).keys()]).toEqual(['lead-b']);
    await keys.close();
  });

  it('opens with its master key only', async () => {
    await (await open()).close();
    await expect(open(new MasterKey(Buffer.alloc(32, 8)))).rejects.toThrow(/another one wrapped them/);
  });

  it('says what could make Redis lose a key, and whether it holds any', async () => {
    const state = () => RedisPersonalKeys.stateOf({ url: server.url, prefix });
    expect(await state()).toEqual({ holdsKeys: false, unsafe: [] });
    await (await open()).close();
    const redis = new Redis(server.url);
    await redis.config('SET', 'appendfsync', 'everysec', 'maxmemory-policy', 'allkeys-lru');
    expect(await state()).toEqual({
      holdsKeys: true,
      unsafe: ['appendfsync is everysec; set it to always', 'maxmemory-policy is allkeys-lru; set it to noeviction'],
    });
    await redis.config('SET', 'appendfsync', 'always', 'maxmemory-policy', 'noeviction');
    redis.disconnect();
  });

  it('are known at once to a program that starts without them, and what is left where they are lost is none', async () => {
    await (await open()).close();
    const options = { url: server.url, prefix };
    const thereAreKeys = async () => {
      const watch = await RedisPersonalKeys.watch(options);
      await watch.close();
      return watch.thereAreKeys();
    };
    expect(await thereAreKeys()).toBe(true);
    const redis = new Redis(server.url);
    await redis.del(`${prefix}:{personal}:subject-keys`);
    redis.disconnect();
    expect([await thereAreKeys(), await RedisPersonalKeys.stateOf(options)]).toEqual([false, { holdsKeys: false, unsafe: [] }]);
  });

  it('of a version from before identities were named by a key are moved, and a program of that version can do nothing more', async () => {
    const redis = new Redis(server.url);
    const [keys, forgotten] = [`${prefix}:{personal}:keys`, `${prefix}:{personal}:forgotten`];
    const { key, wrapped } = master.newKey('lead-a');
    await redis.hset(keys, 'master key', master.newKey('master key').wrapped.toString('base64'), 'lead-a', wrapped.toString('base64'));
    await redis.sadd(forgotten, 'lead-b');
    await redis.set(`${prefix}:{personal}:forgotten-through`, '17');

    const looks = await RedisPersonalKeys.open({ url: server.url, prefix }, master, { readOnly: true });
    expect([await looks.counts(), (await looks.keysOf(['lead-a'])).get('lead-a')]).toEqual([{ keys: 1, forgotten: 1 }, key]);
    await looks.close();
    expect([await redis.scard(forgotten), await redis.hlen(keys)]).toEqual([1, 2]);

    const [one, other] = await Promise.all([open(), open()]);
    expect([await one.counts(), (await other.ensure(['lead-a', 'lead-b'])).get('lead-a')]).toEqual([{ keys: 1, forgotten: 1 }, key]);
    expect(await one.forgottenThrough()).toBeUndefined();
    // What every call of such a program asks first, and how it makes keys.
    await expect(redis.scard(forgotten)).rejects.toThrow(/WRONGTYPE/);
    await expect(redis.hsetnx(keys, 'lead-c', 'x')).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.get(keys)).toBe(FENCE);
    expect(await RedisPersonalKeys.stateOf({ url: server.url, prefix })).toMatchObject({ holdsKeys: true });
    redis.disconnect();
    await Promise.all([one.close(), other.close()]);
  });
});
