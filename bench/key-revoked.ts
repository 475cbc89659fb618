import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey, revokeKey } from '@leadlog/access';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { startHalf, temporaryFolder } from '../test/support/engine-process';
import { AS_OWNER, plainFetch } from '../test/support/owner-key';
import { quantile, round, type Bench } from './result';
import { logServer, redisServer } from './servers';

const KEYS = 30;
const ACTOR = { kind: 'system' as const, id: 'bench' };

/**
 * How long a key that is revoked at one API is still accepted by another one: from when that was asked for until the other refuses it, asked again and
 * again. On files, and on servers.
 */
export const runKeyRevoked: Bench = async () => {
  const files = await untilRefused({});
  const [log, redis] = [await logServer(), await redisServer()];
  const servers = await untilRefused({ EVENTSTORE_URL: log.url, REDIS_URL: redis.url, LEADLOG_NAMESPACE: log.namespace });
  await Promise.all([log.end(), redis.end()]);
  const bare = await untilHeard();
  const [ofFiles, ofServers, ofLog] = [files, servers, bare].map((times) => times.sort((a, b) => a - b)) as [number[], number[], number[]];
  const figuresOf = (name: string, times: number[]) => ({
    [`${name}, median ms`]: round(quantile(times, 0.5)),
    [`${name}, longest ms`]: round(times.at(-1)!),
  });
  return {
    name: 'key-revoked',
    workload: `${KEYS} keys, each made and revoked at one API and refused by another; on files, and on ${log.is} with ${redis.is}; bare: a second connection to a log in a file hears of the event`,
    figures: { ...figuresOf('files', ofFiles), ...figuresOf('servers', ofServers) },
    baseline: figuresOf('files', ofLog),
    ratio: round(quantile(ofLog, 0.5) / quantile(ofFiles, 0.5)),
  };
};

async function untilRefused(servers: Record<string, string>): Promise<number[]> {
  const { folder, remove } = temporaryFolder();
  // One after another: the first makes what a data folder begins with.
  const apis = [await startHalf('api', folder, servers), await startHalf('api', folder, servers)] as const;
  const [here, there] = apis;
  const told = async <T>(path: string, body: object): Promise<T> => {
    const headers = { ...AS_OWNER, 'content-type': 'application/json' };
    const answer = await plainFetch(`${here.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const until = async (status: number, key: string): Promise<void> => {
    for (;;) {
      const answer = await plainFetch(`${there.url}/v1/keys/current`, { headers: { authorization: `Bearer ${key}` } });
      await answer.arrayBuffer();
      if (answer.status === status) return;
    }
  };
  const times: number[] = [];
  try {
    for (let n = 0; n < KEYS; n += 1) {
      const { key, keyId } = await told<{ key: string; keyId: string }>('/v1/keys', { name: `key ${n}`, role: 'operator' });
      await until(200, key);
      const began = performance.now();
      await Promise.all([told(`/v1/keys/${keyId}/revoke`, {}), until(401, key)]);
      times.push(performance.now() - began);
    }
  } finally {
    await Promise.all(apis.map((api) => api.stop()));
    remove();
  }
  return times;
}

async function untilHeard(): Promise<number[]> {
  const { folder, remove } = temporaryFolder();
  const file = join(folder, 'log.db');
  const log = SqliteEventLog.open({ file });
  const other = SqliteEventLog.open({ file });
  const heard = new Map<string, number>();
  const stopping = new AbortController();
  const hearing = (async () => {
    for await (const { events } of other.subscribe({
      after: await other.head(),
      filter: { types: ['AccessKeyRevoked'] },
      signal: stopping.signal,
    }))
      for (const { data } of events) heard.set((data as { keyId: string }).keyId, performance.now());
  })();
  const times: number[] = [];
  const writer = { log, clock: Date.now, actor: ACTOR };
  for (let n = 0; n < KEYS; n += 1) {
    const { keyId } = await createKey(writer, { name: `key ${n}`, role: 'operator' });
    const began = performance.now();
    await revokeKey(writer, keyId);
    while (!heard.has(keyId)) await sleep(1);
    times.push(heard.get(keyId)! - began);
  }
  stopping.abort();
  await hearing;
  await Promise.all([log.close(), other.close()]);
  remove();
  return times;
}
