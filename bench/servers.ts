import { randomUUID } from 'node:crypto';
import { startEventStoreProcess } from '../test/support/eventstoredb/server-process';
import { startRedisServer } from '../test/support/redis-server';

const { EVENTSTORE_URL, REDIS_URL } = process.env;
/** For a bench in a process of its own. */
export const NAMED_SERVERS = { ...(EVENTSTORE_URL && { EVENTSTORE_URL }), ...(REDIS_URL && { REDIS_URL }) };
// What is measured on files stays on files.
delete process.env.EVENTSTORE_URL;
delete process.env.REDIS_URL;

export interface BenchServer {
  url: string;
  /** What it is, for the description of the workload. */
  is: string;
  /** Of this run alone, since a server that was named may hold more. */
  namespace: string;
  end(): Promise<void>;
}

const namespace = () => `bench-${randomUUID().slice(0, 8)}`;

/** The log server that EVENTSTORE_URL names; otherwise the test server, a process of its own, slowed down by so many ms where asked. */
export async function logServer(delayMs = 0): Promise<BenchServer> {
  if (EVENTSTORE_URL)
    return { url: EVENTSTORE_URL, is: 'the server that EVENTSTORE_URL names', namespace: namespace(), end: () => Promise.resolve() };
  const { url, end } = await startEventStoreProcess(delayMs > 0 ? ['--delay', `${delayMs}`] : []);
  return { url, is: `the test server${delayMs > 0 ? `, ${delayMs} ms slower at each step` : ''}`, namespace: namespace(), end };
}

/** The Redis that REDIS_URL names, or one of its own. */
export async function redisServer(): Promise<BenchServer> {
  if (REDIS_URL) return { url: REDIS_URL, is: 'the Redis that REDIS_URL names', namespace: namespace(), end: () => Promise.resolve() };
  const server = await startRedisServer();
  return { url: server.url, is: 'a Redis of its own', namespace: namespace(), end: () => server.end() };
}
