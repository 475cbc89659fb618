import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, type Job as BullJob, type JobState as BullState, type JobType } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, nodesOf, rewriteAllFiles } from '@leadlog/redis';
import {
  JobsUnavailable,
  type Job,
  type JobCounts,
  type JobRecord,
  type JobRequest,
  type Jobs,
  type JobState,
  type JobWorker,
  type QueuePolicy,
} from '../jobs';
import { fullPolicy } from '../policy';
import { BullmqJobWorker, LONGEST_PAUSE_MS } from './bullmq-job-worker';
import { changeCarried, idInside, idOutside, LEFT_OUT, nameInside, type Carried } from './carried-job';

export interface BullmqJobsOptions {
  /** `redis://` or `rediss://`; several URLs, separated by commas, are the nodes of a Redis Cluster. */
  url: string;
  /** Prefix of every key. Default: `leadlog`. */
  prefix?: string;
  onWarning?: (message: string, error?: unknown) => void;
  /** Calls fail as unavailable when Redis has been unreachable for about this long. Default: 5,000 ms. */
  patienceMs?: number;
}

const REWRITTEN_AT_ONCE = 500;

const STATES: Record<JobState, JobType[]> = {
  waiting: ['waiting', 'delayed', 'prioritized'],
  active: ['active'],
  done: ['completed'],
  dead: ['failed'],
};

/**
 * Jobs in BullMQ. Jobs that are done or dead are kept, some 500 bytes each plus the payload, because an id must never run
 * again. Leadlog counts attempts itself: starts sent back by the rate limit or a shutdown do not count.
 */
export class BullmqJobs implements Jobs {
  private readonly redis: Redis | Cluster;
  private readonly prefix: string;
  /** Key of the set of queue names; the keys of queues could otherwise be found only by a full scan. */
  private readonly queueNames: string;
  private readonly opened = new Map<string, Queue<Carried>>();
  private readonly workers = new Set<BullmqJobWorker<unknown>>();
  private closed = false;

  static open(options: BullmqJobsOptions): BullmqJobs {
    return new BullmqJobs(options);
  }

  private constructor(private readonly options: BullmqJobsOptions) {
    // In braces, so that all queues are on one node of a cluster, as the scripts of BullMQ require.
    this.prefix = `{${options.prefix ?? 'leadlog'}:jobs}`;
    this.queueNames = `${this.prefix}:queues`;
    this.redis = this.connect(Math.ceil((options.patienceMs ?? 5_000) / 1_000) + 5).redis;
  }

  enqueue(requests: readonly JobRequest[]): Promise<boolean[]> {
    return this.ask(async () => {
      const by = randomUUID();
      const now = Date.now();
      // Before the jobs and at every call, so that every queue with jobs is named, even after Redis has lost its data.
      const names = [...new Set(requests.map(({ queue }) => queue))];
      if (names.length > 0) await this.redis.sadd(this.queueNames, ...names);
      return Promise.all(
        requests.map(async ({ id, queue, payload, delayMs = 0, trace }, n) => {
          const carried: Carried = { payload, by, n, dueAt: now + delayMs, uncounted: 0, ...(trace !== undefined && { trace }) };
          const bull = this.queueOf(queue);
          await bull.add('job', carried, {
            jobId: idInside(id),
            delay: delayMs,
            attempts: Number.MAX_SAFE_INTEGER,
            removeOnComplete: false,
            removeOnFail: false,
          });
          // An existing id keeps its content.
          const kept = await bull.getJob(idInside(id));
          return kept?.data.by === by && kept.data.n === n;
        }),
      );
    });
  }

  work<Payload>(queue: string, handler: (job: Job<Payload>) => Promise<void>, policy?: QueuePolicy): JobWorker {
    // Workers wait for Redis for as long as it takes.
    const { redis, giveUp } = this.connect(null);
    const worker = new BullmqJobWorker<Payload>({
      queue,
      nameInside: nameInside(queue),
      prefix: this.prefix,
      connection: redis,
      giveUp,
      counter: this.redis,
      handler,
      policy: fullPolicy(policy),
      onWarning: this.options.onWarning ?? (() => undefined),
      onStopped: () => this.workers.delete(worker as BullmqJobWorker<unknown>),
    });
    this.workers.add(worker as BullmqJobWorker<unknown>);
    return worker;
  }

  get(queue: string, id: string): Promise<JobRecord | undefined> {
    return this.ask(async () => {
      const bull = this.queueOf(queue);
      // A job is read separately from its state; a job read between two equal states belongs to that state.
      for (let before = stateOf(await bull.getJobState(idInside(id))); ;) {
        const job = await bull.getJob(idInside(id));
        const state = stateOf(await bull.getJobState(idInside(id)));
        if (state === before) return job && recordOf(queue, job, state);
        before = state;
      }
    });
  }

  list(queue: string, state: JobState, limit = 100): Promise<JobRecord[]> {
    return this.ask(async () => {
      const found = await Promise.all(STATES[state].map((type) => this.queueOf(queue).getJobs([type], 0, limit - 1, false)));
      const newest = found.flat().sort((a, b) => b.timestamp - a.timestamp || b.data.n - a.data.n);
      return newest.slice(0, limit).map((job) => recordOf(queue, job, state));
    });
  }

  counts(queue: string): Promise<JobCounts> {
    return this.ask(async () => {
      const counts = await this.queueOf(queue).getJobCounts(...Object.values(STATES).flat());
      const sum = (state: JobState) => STATES[state].reduce((total, type) => total + (counts[type] ?? 0), 0);
      return { waiting: sum('waiting'), active: sum('active'), done: sum('done'), dead: sum('dead'), delayed: counts.delayed ?? 0 };
    });
  }

  queues(): Promise<string[]> {
    return this.ask(async () => (await this.redis.smembers(this.queueNames)).sort());
  }

  /** The queues of BullMQ, for its own tools. */
  async bullQueues(): Promise<Queue[]> {
    return (await this.queues()).map((name) => this.queueOf(name) as Queue);
  }

  redrive(queue: string, id: string): Promise<boolean> {
    return this.ask(async () => {
      const bull = this.queueOf(queue);
      const job = await bull.getJob(idInside(id));
      if (!job || !(await job.isFailed())) return false;
      await changeCarried(this.redis, bull.toKey(job.id!), (now) => ({ ...now, dueAt: Date.now(), uncounted: 0 }));
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      return true;
    });
  }

  async rewrite(change: (payload: unknown) => unknown): Promise<number> {
    // First, because the nodes of a cluster are known once it has answered.
    const queues = await this.queues();
    let changed = 0;
    const rewritten = ({ lastError, ...carried }: Carried): Carried | undefined => {
      const payload = change(carried.payload);
      return payload === undefined ? undefined : { ...carried, payload, ...(lastError !== undefined && { lastError: LEFT_OUT }) };
    };
    for await (const keys of this.jobKeys()) {
      const done = await this.ask(() => Promise.all(keys.map((key) => changeCarried(this.redis, key, rewritten, LEFT_OUT))));
      changed += done.filter(Boolean).length;
    }
    // Which tell why jobs have failed, to listeners that Leadlog does not have.
    for (const queue of queues) await this.ask(() => this.redis.xtrim(this.queueOf(queue).toKey('events'), 'MAXLEN', 0));
    return changed;
  }

  /** By a scan, which misses none that was there when it began; in pages of a state, those would be missed that move to another meanwhile. */
  private async *jobKeys(): AsyncIterable<string[]> {
    const pattern = `${this.prefix.replace(/[*?[\]\\^]/g, '\\$&')}:*:j-*`;
    for (const node of nodesOf(this.redis)) {
      let cursor = '0';
      do {
        const [next, keys] = await this.ask(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', REWRITTEN_AT_ONCE));
        cursor = next;
        // Locks of jobs have one part more.
        yield keys.filter((key) => /^:[^:]*:j-[^:]*$/.test(key.slice(this.prefix.length)));
      } while (cursor !== '0');
    }
  }

  async scrub(): Promise<boolean> {
    return rewriteAllFiles(this.redis, (command) => this.ask(command));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all([...this.workers].map((worker) => worker.abandon()));
    const closing = Promise.all([...this.opened.values()].map((queue) => queue.close().catch(() => undefined)));
    // An unreachable Redis must not prevent the end of the process.
    await Promise.race([closing, sleep(500)]);
    this.redis.disconnect();
  }

  private queueOf(name: string): Queue<Carried> {
    let queue = this.opened.get(name);
    if (!queue) {
      queue = new Queue<Carried>(nameInside(name), { connection: this.redis, prefix: this.prefix, skipVersionCheck: true });
      queue.on('error', () => undefined);
      this.opened.set(name, queue);
    }
    return queue;
  }

  /** `giveUp`: stops reconnecting and fails pending calls, on this connection and on those that BullMQ has derived from it. */
  private connect(maxRetriesPerRequest: number | null): { redis: Redis | Cluster; giveUp: () => void } {
    let given = false;
    const retryStrategy = (times: number) => (given ? null : Math.min(LONGEST_PAUSE_MS, 25 * 2 ** Math.min(times - 1, 6)));
    return { redis: connectTo(this.options.url, { maxRetriesPerRequest, retryStrategy }), giveUp: () => void (given = true) };
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw new JobsUnavailable('closed', 'the jobs are closed');
    const patience = this.options.patienceMs ?? 5_000;
    const timeout = new AbortController();
    try {
      // BullMQ waits for ever for a Redis that was never reachable.
      const late = sleep(1.5 * patience, undefined, { signal: timeout.signal, ref: false }).then(() =>
        Promise.reject(new Error(`no answer within ${1.5 * patience} ms`)),
      );
      return await Promise.race([work(), late]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const at = this.options.url.replace(/\/\/[^@/]*@/g, '//');
      if (/^OOM /.test(message))
        throw new JobsUnavailable('disk-full', `jobs in ${at}: Redis has reached maxmemory (${message}); give it more memory`);
      if (/^(ERR|WRONGTYPE|URI malformed)/.test(message)) throw error;
      throw new JobsUnavailable(
        'unreachable',
        `jobs in ${at}: Redis does not answer (${message}); check that it is running and that REDIS_URL is correct`,
      );
    } finally {
      timeout.abort();
    }
  }
}

function stateOf(state: BullState | 'unknown'): JobState {
  if (state === 'active') return 'active';
  if (state === 'completed') return 'done';
  return state === 'failed' ? 'dead' : 'waiting';
}

function recordOf(queue: string, job: BullJob<Carried>, state: JobState): JobRecord {
  const { payload, dueAt, uncounted, lastError } = job.data;
  const error = state === 'dead' ? job.failedReason : lastError;
  return {
    id: idOutside(job.id!),
    queue,
    state,
    payload,
    attempts: Math.max(0, job.attemptsStarted - uncounted),
    dueAt,
    lastError: error,
    finishedAt: state === 'done' || state === 'dead' ? job.finishedOn : undefined,
  };
}
