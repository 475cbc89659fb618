import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedisServer, type RedisServer } from '../../../test/support/redis-server';
import { jobsContract } from '../jobs.contract';
import { BullmqJobs } from './bullmq-jobs';

let server: RedisServer | undefined;
let url: string;
beforeAll(async () => {
  if (!process.env.REDIS_URL) server = await startRedisServer();
  url = process.env.REDIS_URL ?? server!.url;
});
afterAll(() => server?.end());

describe('BullMQ when Redis goes away', () => {
  let own: RedisServer;
  let jobs: BullmqJobs;
  beforeEach(async () => {
    own = await startRedisServer(['--appendfsync', 'always']);
    jobs = BullmqJobs.open({ url: own.url, patienceMs: 300 });
  });
  afterEach(async () => {
    await jobs.close();
    await own.end();
  });
  const reaches = async (id: string, state: string) => {
    for (;;) {
      const record = await jobs.get('q', id).catch(() => undefined);
      if (record?.state === state) return record;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('says so to whoever enqueues, and takes jobs again as soon as it is back', async () => {
    await jobs.enqueue([{ id: 'before', queue: 'q', payload: 1 }]);
    await own.kill();
    await expect(jobs.enqueue([{ id: 'meanwhile', queue: 'q', payload: 1 }])).rejects.toMatchObject({
      name: 'JobsUnavailable',
      reason: 'unreachable',
    });
    await own.start();
    await expect(reaches('before', 'waiting')).resolves.toMatchObject({ payload: 1 });
    // It may have been sent when the connection was there again, so either answer is right; that it is there now counts.
    await jobs.enqueue([{ id: 'meanwhile', queue: 'q', payload: 1 }]);
    expect(await jobs.counts('q')).toMatchObject({ waiting: 2 });
  });

  it('a worker goes on by itself: no job is lost, none that has ended runs again', async () => {
    const runs: string[] = [];
    await jobs.enqueue([
      { id: 'first', queue: 'q', payload: 1 },
      { id: 'later', queue: 'q', payload: 1, delayMs: 400 },
    ]);
    const worker = jobs.work('q', async ({ id }) => void runs.push(id), { leaseMs: 500 });
    await reaches('first', 'done');
    await own.kill();
    await own.start();
    await reaches('later', 'done');
    await jobs.enqueue([{ id: 'last', queue: 'q', payload: 1 }]).catch(() => undefined);
    await jobs.enqueue([{ id: 'last', queue: 'q', payload: 1 }]);
    await reaches('last', 'done');
    expect(runs).toEqual(['first', 'later', 'last']);
    await worker.stop();
  });

  it('its files are waited for longer than an answer', async () => {
    await jobs.enqueue(Array.from({ length: 15 }, (_, n) => ({ id: `${n}`, queue: 'q', payload: n })));
    const redis = new Redis(own.url);
    await redis.config('SET', 'rdb-key-save-delay', 20_000);
    expect(await jobs.scrub()).toBe(true);
    redis.disconnect();
  });

  it('a worker can be stopped all the same', async () => {
    const worker = jobs.work('q', async () => undefined);
    await jobs.enqueue([{ id: 'a', queue: 'q', payload: 1 }]);
    await reaches('a', 'done');
    await own.kill();
    await expect(jobs.enqueue([{ id: 'b', queue: 'q', payload: 1 }])).rejects.toMatchObject({ reason: 'unreachable' });
    await worker.stop();
    await jobs.close();
  });
});

jobsContract('bullmq', () => {
  const prefix = `leadlog-test-${randomUUID()}`;
  const opened: BullmqJobs[] = [];
  const another = () => {
    opened.push(BullmqJobs.open({ url, prefix }));
    return Promise.resolve(opened.at(-1)!);
  };
  return another().then((jobs) => ({
    jobs,
    another,
    expireLease: async (queue, id) => {
      const redis = new Redis(url);
      await redis.del(`{${prefix}:jobs}:${encodeURIComponent(queue)}:j-${encodeURIComponent(id)}:lock`);
      redis.disconnect();
    },
    end: async () => {
      for (const one of opened) await one.close();
      const redis = new Redis(url);
      const keys = await redis.keys(`*${prefix}*`);
      if (keys.length > 0) await redis.unlink(...keys);
      redis.disconnect();
    },
  }));
});
