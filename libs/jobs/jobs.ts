import { LeadlogError } from '@leadlog/errors';

/**
 * Jobs: work with effects outside Leadlog (webhooks, imports, timers), done at least once. A port with two adapters that behave
 * alike (`jobs.contract.ts` is the specification). Jobs can always be derived again from the log.
 */

export interface JobRequest<Payload = unknown> {
  /** The same id in the same queue is the same job: enqueuing it again changes nothing, whatever its state. */
  id: string;
  queue: string;
  payload: Payload;
  /** Minimum delay before the first attempt, in milliseconds from now. */
  delayMs?: number;
  /** The trace in which the job was enqueued (`traceparent`), passed to the handler for observability only. */
  trace?: string;
}

export interface Job<Payload = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly payload: Payload;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The trace given when it was enqueued. */
  readonly trace?: string;
  /** Aborted when the worker shuts down or loses the job to another worker. */
  readonly signal: AbortSignal;
}

export type JobState = 'waiting' | 'active' | 'done' | 'dead';

/** `delayed` is the number of waiting jobs that are not due yet. */
export type JobCounts = Record<JobState, number> & { delayed: number };

export interface JobRecord {
  id: string;
  queue: string;
  state: JobState;
  payload: unknown;
  attempts: number;
  /** ms since 1970; when a waiting job is due. */
  dueAt: number;
  lastError?: string;
  finishedAt?: number;
}

export interface QueuePolicy {
  /** Attempts before the job is moved to the dead letters. Default: 8. */
  attempts?: number;
  /** Delay before attempt n + 1: min(maxMs, firstMs · 2^(n-1)), half of it random. */
  backoff?: { firstMs: number; maxMs: number };
  /** At most `max` starts per `perMs` for each value of `key(payload)`. Default: one common value. */
  rateLimit?: { max: number; perMs: number; key?: (payload: never) => string };
  /** Jobs that run at once in this worker. Default: 4. */
  concurrency?: number;
  /** A job whose worker has sent no heartbeat for this long is given to another worker. Default: 30,000. */
  leaseMs?: number;
}

/**
 * Enqueue jobs and work on them.
 *
 *     await jobs.enqueue([{ queue: 'webhooks', id: handoffId, payload: { url, body } }]);
 *     const worker = jobs.work<Hook>('webhooks', async ({ payload, signal }) => send(payload, signal), { attempts: 5 });
 */
export interface Jobs {
  /** Resolves once the jobs are durable. `false` for an id that already existed. */
  enqueue(requests: readonly JobRequest[]): Promise<boolean[]>;
  /**
   * Starts to work on a queue. A job whose handler rejects is retried by the policy; if it rejects with an error of the kind `invalid`
   * (GiveUp), the job is moved to the dead letters at once.
   */
  work<Payload>(queue: string, handler: (job: Job<Payload>) => Promise<void>, policy?: QueuePolicy): JobWorker;
  get(queue: string, id: string): Promise<JobRecord | undefined>;
  /** Newest first. */
  list(queue: string, state: JobState, limit?: number): Promise<JobRecord[]>;
  counts(queue: string): Promise<JobCounts>;
  /** The sorted names of all queues that hold a job in any state. */
  queues(): Promise<string[]>;
  /** Moves a dead job back to waiting and resets its attempts; false if it is not dead. */
  redrive(queue: string, id: string): Promise<boolean>;
  /**
   * Changes what jobs hold, in whatever state they are: `change` answers the new payload, or undefined where it stays. The last error of a
   * changed job goes too, because it may repeat what the job held. Answers how many were changed.
   */
  rewrite(change: (payload: unknown) => unknown): Promise<number>;
  /**
   * When it resolves with true, what was overwritten or removed before is in no file of the storage; false: the storage does not let anybody
   * write its files anew.
   */
  scrub(): Promise<boolean>;
  /**
   * Stop the workers first: a job that is still running is treated as if its worker had crashed (aborted, its outcome refused, run again
   * after its lease expires).
   */
  close(): Promise<void>;
}

export interface JobWorker {
  /** Claims no more jobs and resolves when the running ones have ended (their signal is aborted after `graceMs`; default: 10,000). */
  stop(graceMs?: number): Promise<void>;
}

/** A retry cannot help (the destination rejects the request for good). */
export class GiveUp extends LeadlogError {
  readonly kind = 'invalid';
}

/** Retry as usual, but not sooner than this (the destination said how long to wait). Counts as an attempt. */
export class TryLater extends LeadlogError {
  readonly kind = 'busy';

  constructor(
    reason: string,
    /** Counted from when it is thrown; used if longer than the back-off. */
    readonly afterMs: number,
  ) {
    super(reason);
  }
}

/** The jobs cannot be used at the moment; nothing of the call was stored. Works again once the cause is fixed. */
export class JobsUnavailable extends LeadlogError {
  readonly kind = 'unavailable';

  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
  }
}

/** Injection token of the jobs port. */
export const JOBS = 'Jobs';
