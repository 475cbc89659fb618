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
