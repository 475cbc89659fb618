import { TryLater, type QueuePolicy } from './jobs';

/** A policy with every default filled in; the same for all adapters. */
export interface FullPolicy {
  attempts: number;
  backoff: { firstMs: number; maxMs: number };
  rateLimit?: { max: number; perMs: number; key: (payload: unknown) => string };
  concurrency: number;
  leaseMs: number;
}

export function fullPolicy(policy: QueuePolicy = {}): FullPolicy {
  const { attempts = 8, backoff = { firstMs: 1_000, maxMs: 3_600_000 }, rateLimit, concurrency = 4, leaseMs = 30_000 } = policy;
  for (const [name, value] of Object.entries({
    attempts,
    concurrency,
    leaseMs,
    ...(rateLimit && { max: rateLimit.max, perMs: rateLimit.perMs }),
  }))
    if (!(value >= 1)) throw new RangeError(`policy of a queue: ${name} must be at least 1, got ${value}`);
  // The port types the payload as never, so that a caller may declare the type that it expects.
  const key = rateLimit?.key as ((payload: unknown) => string) | undefined;
  return {
    attempts,
    backoff,
    concurrency,
    leaseMs,
    rateLimit: rateLimit && { max: rateLimit.max, perMs: rateLimit.perMs, key: key ?? (() => '') },
  };
}

/**
 * ms to wait after attempt `attempt` (1 for the first) has failed; `random` in [0, 1). Half of it is random, so that many jobs that failed
 * together do not retry together.
 */
export function retryDelayMs(backoff: { firstMs: number; maxMs: number }, attempt: number, random: number, error?: unknown): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (attempt - 1));
  const delay = Math.round(full / 2 + (full / 2) * random);
  return error instanceof TryLater ? Math.max(delay, error.afterMs) : delay;
}
