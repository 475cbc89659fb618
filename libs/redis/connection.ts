import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** To a Redis (`redis://` or `rediss://`), or to a cluster: several URLs, separated by commas. Faults are those of the calls. */
export function connectTo(url: string, options: RedisOptions): Redis | Cluster {
  const nodes = url.split(',');
  const redis =
    nodes.length > 1
      ? new Cluster(nodes, { redisOptions: options, clusterRetryStrategy: options.retryStrategy as (times: number) => number })
      : new Redis(url, options);
  // The pending call reports every fault; without a listener, it would end the process.
  redis.on('error', () => undefined);
  return redis;
}

/**
 * Calls fail when Redis has not answered for about this long. Commands of a lost connection are sent again, so each may be done twice. With
 * the pauses, that many retries take about as long.
 */
export const givingUpAfter = (patienceMs: number): RedisOptions => ({
  maxRetriesPerRequest: Math.ceil(patienceMs / 1_000) + 5,
  retryStrategy: (times) => Math.min(1_000, 25 * 2 ** Math.min(times - 1, 6)),
  socketTimeout: 2 * patienceMs,
  connectTimeout: patienceMs,
});

/** Those that take writes, each with files of its own. */
export const nodesOf = (redis: Redis | Cluster): Redis[] => (redis instanceof Cluster ? redis.nodes('master') : [redis]);
