import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedisCluster, startRedisServer, type RedisServer } from '../../../test/support/redis-server';
import { Diverged, type GenerationCommit } from '../store';
import { readModelStoreContract } from '../store.contract';
import { RedisReadModelStore } from './redis-read-model-store';

const SLICES_HELD = [0, 7, 63];
const opened: RedisReadModelStore[] = [];
const open = async (url: string, prefix = `leadlog-test-${randomUUID()}`, patienceMs?: number) => {
  opened.push(await RedisReadModelStore.open({ url, prefix, patienceMs }));
  return opened.at(-1)!;
};
const closeAll = () => Promise.all(opened.splice(0).map((store) => store.close()));

describe('one server', () => {
  let server: RedisServer | undefined;
  let url: string;
  beforeAll(async () => {
    if (!process.env.REDIS_URL) server = await startRedisServer();
    url = process.env.REDIS_URL ?? server!.url;
  });
  afterAll(() => server?.end());

  readModelStoreContract('redis', async () => {
    const prefix = `leadlog-test-${randomUUID()}`;
    return {
      store: await open(url, prefix),
      another: () => open(url, prefix),
      end: async () => {
        await closeAll();
        const redis = new Redis(url);
        const keys = await redis.keys(`*${prefix}*`);
        if (keys.length > 0) await redis.unlink(...keys);
        redis.disconnect();
      },
    };
  });
});

describe('a cluster of three', () => {
  let servers: RedisServer[];
  beforeAll(async () => {
    servers = await startRedisCluster(3);
  });
  afterAll(() => Promise.all(servers.map((server) => server.end())));

  readModelStoreContract('redis cluster', async () => {
    const urls = servers.map(({ url }) => url).join(',');
    const prefix = `leadlog-test-${randomUUID()}`;
    return { store: await open(urls, prefix), another: () => open(urls, prefix), end: () => closeAll().then(() => undefined) };
  });
});

describe('faults of Redis', () => {
  let server: RedisServer;
  let store: RedisReadModelStore;
  let epoch: number;
  beforeEach(async () => {
    // With `everysec`, what was answered may be in its memory alone for two seconds, while its disk is slow; a kill then costs it.
    server = await startRedisServer(['--appendfsync', 'always']);
    store = await open(server.url, 'leadlog', 1_000);
    await store.saveRegistry(0, [
      { id: 'a.1', projection: 'a', version: '1', state: 'live', paused: false, autoSwitch: true, createdAt: '' },
    ]);
    ({ epoch } = await store.lease('projections', 'a', SLICES_HELD, 10_000));
    await store.take('a.1', epoch, SLICES_HELD);
  });
  afterEach(async () => {
    await closeAll();
    await server.end();
  });

  const adding = (through: bigint): GenerationCommit => ({
    generation: 'a.1',
    slices: SLICES_HELD,
    through,
    documents: [['k', `${through}`]],
    lists: [['l', 'k', Number(through)]],
    tallies: [['c', 1]],
  });
  const sum = async () => (await store.tallies('a.1', 'c', 'd'))[0]?.[1];

  it('counts every commit once while its connection is cut again and again', async () => {
    const knife = new Redis(server.url);
    let cuts = 0;
    const cutting = setInterval(
      () => void knife.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').then((killed) => (cuts += Number(killed))),
      40,
    );
    for (let n = 1n; n <= 300n; n += 1n) await store.commit(epoch, [adding(n)]);
    clearInterval(cutting);
    knife.disconnect();
    expect(cuts).toBeGreaterThan(0);
    expect([await sum(), (await store.checkpoints('a.1'))[7]]).toEqual([300, 300n]);
  });

  it('says that Redis is away and what to look at; the same commit given again counts once, also after a kill in the middle of commits', async () => {
    let done = 0n;
    const commits = Array.from({ length: 2_000 }, (_, n) => adding(BigInt(n + 1)));
    const committing = (async () => {
      for (const commit of commits.slice(Number(done))) {
        await store.commit(epoch, [commit]);
        done = commit.through!;
      }
    })();
    const stopped = expect(committing).rejects.toMatchObject({
      name: 'StoreUnavailable',
      reason: 'unreachable',
      message: expect.stringContaining('REDIS_URL'),
    });
    while (done < 50n) await sleep(1);
    await server.kill();
    await stopped;
    await server.start();
    const at = done;
    for (const commit of commits.slice(Number(at), Number(at) + 10)) await store.commit(epoch, [commit]);
    expect([await sum(), (await store.checkpoints('a.1'))[7]]).toEqual([Number(at) + 10, at + 10n]);
  });

  it('waits for a Redis that hangs for a moment', async () => {
    server.freeze();
    const waiting = store.commit(epoch, [adding(1n)]);
    await sleep(300);
    server.thaw();
    await waiting;
    expect(await sum()).toBe(1);
  });

  it('refuses to go on when Redis comes back without its data', async () => {
    await store.commit(epoch, [adding(1n)]);
    await server.kill();
    await server.start('none');
    await expect(store.commit(epoch, [adding(2n)])).rejects.toBeInstanceOf(Diverged);
  });

  it('refuses to go on when Redis comes back with an earlier state', async () => {
    await store.commit(epoch, [adding(1n)]);
    const redis = new Redis(server.url);
    const dump = await redis.dumpBuffer('{leadlog:a.1}:meta');
    await store.commit(epoch, [adding(2n)]);
    await redis.restore('{leadlog:a.1}:meta', 0, dump, 'REPLACE');
    redis.disconnect();
    await expect(store.commit(epoch, [adding(3n)])).rejects.toBeInstanceOf(Diverged);
    // Who takes it as it is now may go on from there.
    expect(await store.take('a.1', epoch, SLICES_HELD)).toEqual([1n, 1n, 1n]);
    await store.commit(epoch, [adding(3n)]);
  });

  it('says that memory is used up, keeps nothing of that commit, and goes on when there is room', async () => {
    const redis = new Redis(server.url);
    await redis.config('SET', 'maxmemory', '1');
    const commit = adding(1n);
    await expect(store.commit(epoch, [commit])).rejects.toMatchObject({
      reason: 'disk-full',
      message: expect.stringContaining('maxmemory'),
    });
    expect(await store.load('a.1', ['k'])).toEqual([undefined]);
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
    await store.commit(epoch, [commit]);
    expect(await sum()).toBe(1);
  });

  it('says at opening that nobody answers', async () => {
    await expect(RedisReadModelStore.open({ url: 'redis://user:secret@127.0.0.1:1', patienceMs: 300 })).rejects.toThrow(
      /redis:\/\/127\.0\.0\.1:1: Redis does not answer/,
    );
  });
});
