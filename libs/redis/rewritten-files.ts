import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { nodesOf } from './connection';

const LOOK_MS = 20;
/** A rewrite of the append-only file takes about as long as Redis needs to start. */
const PATIENCE_MS = 600_000;

const UNDER_WAY = /^(?:aof_rewrite_in_progress|aof_rewrite_scheduled|rdb_bgsave_in_progress):1/m;
/** What a Redis answers that lets nobody do it, as many a hosted one: renamed or unknown there, or not granted to whoever connects. */
const REFUSED = /^(?:NOPERM|ERR unknown command)/i;
const BUSY = /already in progress|child process is active|while AOF log rewriting/i;

/** A node of Redis, as far as its files go. */
export interface NodeOfRedis {
  info(section: 'persistence'): Promise<string>;
  bgrewriteaof(): Promise<unknown>;
  bgsave(): Promise<unknown>;
}

/**
 * Writes the files of a node anew, which go on holding what was overwritten or deleted since they were written. `ask` sends each command: the
 * whole takes as long as the node needs. False: it lets nobody do so. Several programs may ask for it at once; each waits for the others,
 * since what is under way may have begun before.
 */
export async function rewriteFiles(node: NodeOfRedis, ask: <T>(command: () => Promise<T>) => Promise<T>): Promise<boolean> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  const pause = async (): Promise<void> => {
    await sleep(LOOK_MS);
    // Under `ask`, so that it is told as any other fault of this Redis.
    if (Date.now() > giveUpAt) await ask(() => Promise.reject(new Error('its files are still being rewritten')));
  };
  const idle = async (): Promise<string> => {
    for (;;) {
      const info = await ask(() => node.info('persistence'));
      if (!UNDER_WAY.test(info)) return info;
      await pause();
    }
  };
  const written = async (command: () => Promise<unknown>, status: string): Promise<boolean> => {
    for (;;) {
      await idle();
      const answer = await ask(() => answerOf(command));
      if (answer === 'refused') return false;
      const info = await idle();
      if (answer === 'busy') await pause();
      else if (new RegExp(`^${status}:ok`, 'm').test(info)) return true;
      else await ask(() => Promise.reject(new Error(`${status} is not ok; see its log for the cause`)));
    }
  };
  const appends = (await idle()).includes('aof_enabled:1');
  const aof = !appends || (await written(() => node.bgrewriteaof(), 'aof_last_bgrewrite_status'));
  return (await written(() => node.bgsave(), 'rdb_last_bgsave_status')) && aof;
}

/** The same of all nodes that take writes. */
export async function rewriteAllFiles(redis: Redis | Cluster, ask: <T>(command: () => Promise<T>) => Promise<T>): Promise<boolean> {
  const rewritten = await Promise.all(nodesOf(redis).map((node) => rewriteFiles(node, ask)));
  return !rewritten.includes(false);
}

async function answerOf(command: () => Promise<unknown>): Promise<'begun' | 'busy' | 'refused'> {
  try {
    await command();
    return 'begun';
  } catch (error) {
    const { message } = error as Error;
    if (REFUSED.test(message)) return 'refused';
    if (BUSY.test(message)) return 'busy';
    throw error;
  }
}
