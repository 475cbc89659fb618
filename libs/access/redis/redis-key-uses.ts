import type { Cluster, Redis } from 'ioredis';
import { connectTo, givingUpAfter } from '@leadlog/redis';
import type { KeyUses } from '../last-uses/key-uses';

/** KEYS: the uses. ARGV: key, ms. */
const NOTE = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or tonumber(known) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end`;

const PATIENCE_MS = 2_000;

/** In one hash of Redis. */
export class RedisKeyUses implements KeyUses {
  private readonly redis: (Redis | Cluster) & { noteUse(uses: string, keyId: string, at: number): Promise<unknown> };
  private readonly key: string;

  constructor({ url, prefix = 'leadlog' }: { url: string; prefix?: string }) {
    const redis = connectTo(url, givingUpAfter(PATIENCE_MS));
    redis.defineCommand('noteUse', { lua: NOTE, numberOfKeys: 1 });
    this.redis = redis as typeof this.redis;
    this.key = `${prefix}:key-uses`;
  }

  async note(keyId: string, at: number): Promise<void> {
    await this.redis.noteUse(this.key, keyId, at);
  }

  async all(): Promise<ReadonlyMap<string, number>> {
    return new Map(Object.entries(await this.redis.hgetall(this.key)).map(([keyId, at]) => [keyId, Number(at)]));
  }

  async close(): Promise<void> {
    if (this.redis.status === 'ready') await this.redis.quit().catch(() => undefined);
    this.redis.disconnect();
  }
}
