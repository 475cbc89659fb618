/**
 * Jobs: work that must happen outside (webhooks, imports, timers), at least once. A port with two adapters that mean
 * the same (`jobs.contract.ts` is the specification). Jobs can always be derived again from the log.
 */

export interface JobRequest<Payload = unknown> {
  /** The same id in the same queue is the same job: enqueuing it again, in any state, changes nothing. */
  id: string;
  queue: string;
  payload: Payload;
  /** Not before this many milliseconds from now. */
  delayMs?: number;
  /** What the enqueuing is a part of (`traceparent`); given along to the handler, for observation alone. */
  trace?: string;
}

export interface Job<Payload = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly payload: Payload;
  /** 1 for the first try. */
  readonly attempt: number;
  /** As it was enqueued with. */
  readonly trace?: string;
  /** Aborted when the worker shuts down or has lost the job to another. */
  readonly signal: AbortSignal;
}

export type JobState = 'waiting' | 'active' | 'done' | 'dead';

/** Of the waiting ones, `delayed` are not due yet. */
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
  /** Tries before the job goes to the dead letters; 8 by default. */
  attempts?: number;
  /** Wait before try n + 1: min(maxMs, firstMs · 2^(n-1)), half of it random. */
  backoff?: { firstMs: number; maxMs: number };
  /** At most `max` starts per `perMs` for each value of `key(payload)` (one common value by default). */
  rateLimit?: { max: number; perMs: number; key?: (payload: never) => string };
  /** Jobs running at once in this worker; 4 by default. */
  concurrency?: number;
  /** A job whose worker has not been heard of for this long is given to another; 30,000 by default. */
  leaseMs?: number;
}

export interface Jobs {
  /** Resolves once the jobs are durable. `false` for an id that was there already. */
  enqueue(requests: readonly JobRequest[]): Promise<boolean[]>;
  /** Starts to work a queue. A handler that rejects is tried again as the policy says; one that rejects with GiveUp goes to the dead letters at once. */
  work<Payload>(queue: string, handler: (job: Job<Payload>) => Promise<void>, policy?: QueuePolicy): JobWorker;
  get(queue: string, id: string): Promise<JobRecord | undefined>;
  /** Newest first. */
  list(queue: string, state: JobState, limit?: number): Promise<JobRecord[]>;
  counts(queue: string): Promise<JobCounts>;
  /** The names of all queues that hold a job in any state, in order. */
  queues(): Promise<string[]>;
  /** Puts a dead job back to waiting with its tries counted anew; false when it is not dead. */
  redrive(queue: string, id: string): Promise<boolean>;
  /** Stop the workers first: a job that still runs is from here on one of a crashed worker (aborted, its outcome refused, run again after its lease). */
  close(): Promise<void>;
}

export interface JobWorker {
  /** Takes no more jobs and resolves when the running ones have ended (their signal is aborted after `graceMs`, 10,000 by default). */
  stop(graceMs?: number): Promise<void>;
}

/** Trying again cannot help (the destination says the request is wrong for good). */
export class GiveUp extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GiveUp';
  }
}

/** Try again as usual, but not sooner than this (the destination said how long to wait). Counts as a try. */
export class TryLater extends Error {
  constructor(
    reason: string,
    /** From the moment it is thrown; used when it is longer than the back-off. */
    readonly afterMs: number,
  ) {
    super(reason);
    this.name = 'TryLater';
  }
}

/** The jobs cannot be used just now; nothing of the call was kept. It works again when the cause is gone. */
export class JobsUnavailable extends Error {
  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
    this.name = 'JobsUnavailable';
  }
}

/** Injection token of the jobs port. */
export const JOBS = 'Jobs';
