import { startRedisServer, type RedisServer } from '../../../test/support/redis-server';
import { keyUsesContract } from '../last-uses/key-uses.contract';
import { RedisKeyUses } from './redis-key-uses';

describe('uses of keys in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => (server = await startRedisServer()));
  afterAll(() => server.end());

  keyUsesContract(() => new RedisKeyUses({ url: server.url, prefix: 'leadlog-uses' }));
});
