import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedisServer, type RedisServer } from '../../test/support/redis-server';
import { rewriteFiles } from './rewritten-files';

describe('the files of Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.end();
  });
  const once = <T>(command: () => Promise<T>) => command();

  it('are written anew by several at once, who wait for each other', async () => {
    await redis.set('name', '青山 晴香');
    await redis.bgsave();
    await redis.mset(Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`key-${n}`, n])));
    const [, folder] = (await redis.config('GET', 'dir')) as string[];
    // So that each finds that of another under way.
    await redis.config('SET', 'rdb-key-save-delay', 10_000);
    const others = [redis.duplicate(), redis.duplicate()];
    await redis.del('name');
    expect(await Promise.all([redis, ...others].map((node) => rewriteFiles(node, once)))).toEqual([true, true, true]);
    await redis.config('SET', 'rdb-key-save-delay', 0);
    const files = readdirSync(folder!, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toContain('dump.rdb');
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes('青山')).toBe(false);
    others.forEach((one) => one.disconnect());
  });

  it('are told to hold what was there where Redis lets nobody write them anew', async () => {
    await redis.acl('SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-bgsave', '-bgrewriteaof');
    const app = new Redis(server.url, { username: 'app', password: 'secret' });
    expect(await rewriteFiles(app, once)).toBe(false);
    app.disconnect();
    const node = { info: () => redis.info('persistence'), bgsave: () => redis.bgsave() };
    expect(await rewriteFiles({ ...node, bgrewriteaof: () => redis.call('RENAMED-BGREWRITEAOF') }, once)).toBe(false);
  });

  it('are not said to be new when they could not be written', async () => {
    const failing = { info: () => redis.info('persistence'), bgrewriteaof: () => redis.bgrewriteaof() };
    const bgsave = () => Promise.reject(new Error('LOADING Redis is loading the dataset in memory'));
    await expect(rewriteFiles({ ...failing, bgsave }, once)).rejects.toThrow('LOADING');
  });
});
