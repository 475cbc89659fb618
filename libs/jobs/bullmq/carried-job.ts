import type { Cluster, Redis } from 'ioredis';

/** The content of a Leadlog job inside BullMQ. */
export interface Carried {
  payload: unknown;
  /** Id of the call that created it, so that one of two calls with the same job id knows that it was the first. */
  by: string;
  /** Order within the call. */
  n: number;
  dueAt: number;
  /** Starts that do not count as attempts, because the rate limit or a shutdown sent the job back. */
  uncounted: number;
  lastError?: string;
  trace?: string;
}

/** Ids and names may be any text, but those of BullMQ must not contain a colon or be a number. */
export function idInside(id: string): string {
  return `j-${encodeURIComponent(id)}`;
}

export function idOutside(inside: string): string {
  return decodeURIComponent(inside.slice(2));
}

export function nameInside(queue: string): string {
  return encodeURIComponent(queue);
}

/** In the place of an error that may repeat what a job held before it was rewritten. */
export const LEFT_OUT = 'left out';

/**
 * KEYS  1 job    ARGV  1 what it carries, as it was read  2 what instead  3 why it failed instead; empty: that stays
 * BullMQ keeps why a job failed last, with the lines of the stack.
 */
const REPLACE = `
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
if ARGV[3] ~= '' and redis.call('HEXISTS', KEYS[1], 'failedReason') == 1 then
  redis.call('HSET', KEYS[1], 'failedReason', ARGV[3], 'stacktrace', '[]')
end
return 1
`;

/**
 * Changes what a job carries; `change` answers undefined where it stays. A worker and a rewrite may do so at the same time, and neither may
 * bring back what it has read before, so it is read again until nobody was faster. Answers whether it was changed.
 */
export async function changeCarried(
  redis: Redis | Cluster,
  key: string,
  change: (now: Carried) => Carried | undefined,
  failedReason = '',
): Promise<boolean> {
  for (;;) {
    const text = await redis.hget(key, 'data');
    const next = text === null ? undefined : change(JSON.parse(text) as Carried);
    if (next === undefined) return false;
    if ((await redis.eval(REPLACE, 1, key, text!, JSON.stringify(next), failedReason)) === 1) return true;
  }
}
