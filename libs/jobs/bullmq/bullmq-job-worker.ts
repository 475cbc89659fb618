import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DelayedError, UnrecoverableError, WaitingError, Worker, type Job as BullJob } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { isFinal } from '@leadlog/errors';
import type { Job, JobWorker } from '../jobs';
import { retryDelayMs, type FullPolicy } from '../policy';
import { changeCarried, idOutside, LEFT_OUT, type Carried } from './carried-job';

const ERROR_CHARACTERS = 2_000;
/** When Redis has been unreachable for this long and nothing runs any more, a worker that is to stop does so. */
const AWAY_MS = 1_000;
const LOOK_MS = 50;
/** Time for closing in addition to the grace period of the jobs. */
const CLOSING_MS = 5_000;
/** Longest delay between two attempts to reach an unreachable Redis. */
export const LONGEST_PAUSE_MS = 1_000;

/**
 * Counts starts in a window that opens with the first of them.
 * KEYS  1 counter of one value of the limit's key    ARGV  1 most starts  2 length of the window in ms
 * Answer 0 to start, else the ms until the window ends, plus one window for every further `most` callers meanwhile, so that
 *        waiting jobs do not all return at once
 */
const MAY_START = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if count <= tonumber(ARGV[1]) then return 0 end
return math.max(1, redis.call('PTTL', KEYS[1])) + (math.ceil(count / tonumber(ARGV[1])) - 2) * tonumber(ARGV[2])
`;

export interface WorkerParts<Payload> {
  queue: string;
  nameInside: string;
  prefix: string;
  connection: Redis | Cluster;
  /** Ends the attempts to reach an unreachable Redis. */
  giveUp: () => void;
  /** For the counters of rate limits. */
  counter: Redis | Cluster;
  handler: (job: Job<Payload>) => Promise<void>;
  policy: FullPolicy;
  onWarning: (message: string, error?: unknown) => void;
  onStopped: () => void;
}

/** Works on one queue of BullMQ, by the policy of the port. */
export class BullmqJobWorker<Payload> implements JobWorker {
  private readonly worker: Worker<Carried>;
  private readonly running = new Map<string, AbortController>();
  private abandoned = false;
  private stopped: Promise<void> | undefined;

  constructor(private readonly parts: WorkerParts<Payload>) {
    const { policy, queue, onWarning } = parts;
    this.worker = new Worker<Carried>(parts.nameInside, (job, token) => this.run(job, token!), {
      connection: parts.connection,
      prefix: parts.prefix,
      concurrency: policy.concurrency,
      lockDuration: policy.leaseMs,
      lockRenewTime: Math.max(2, Math.floor(policy.leaseMs / 3)),
      stalledInterval: Math.max(1, Math.floor(policy.leaseMs / 2)),
      // Leadlog counts lost workers as attempts.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: 1,
      runRetryDelay: 500,
      skipVersionCheck: true,
    });
    this.worker.on('error', (error) => {
      if (!this.abandoned) onWarning(`queue ${queue}: BullMQ reports a fault and recovers by itself`, error);
    });
    this.worker.on('lockRenewalFailed', (ids: string[]) => ids.forEach((id) => this.lost(id)));
  }

  stop(graceMs = 10_000): Promise<void> {
    return (this.stopped ??= this.end(graceMs));
  }

  private async end(graceMs: number): Promise<void> {
    const grace = setTimeout(() => this.abortAll('the worker is shutting down'), graceMs).unref();
    // BullMQ cannot close while Redis is unreachable: calls that wait for an answer would keep waiting.
    if (await this.isAway()) await this.giveUp();
    const closed = this.worker.close().then(() => true);
    // Its blocking connection to a node that was killed and restarted may wait for ever, while other connections work; the locks of running
    // jobs then expire.
    const patienceEnds = Date.now() + graceMs + CLOSING_MS;
    while (!(await within(closed, LOOK_MS)) && Date.now() < patienceEnds && !(await this.isAway()));
    clearTimeout(grace);
    this.parts.giveUp();
    this.parts.connection.disconnect();
    this.parts.onStopped();
  }

  /** As if the process had ended here: the locks expire, and others run the jobs. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    this.abortAll('the jobs were closed while this one was running');
    if (this.parts.connection.status !== 'ready') await this.giveUp();
    this.parts.connection.disconnect();
    await within(
      this.worker.close(true).catch(() => undefined),
      AWAY_MS,
    );
  }

  /** Redis does not return, and no running job can still complete. */
  private async isAway(): Promise<boolean> {
    for (let away = 0; away < AWAY_MS; away = this.running.size > 0 ? 0 : away + LOOK_MS) {
      if (this.parts.connection.status === 'ready') return false;
      await sleep(LOOK_MS);
    }
    return true;
  }

  /**
   * Every connection tries once more and then fails its pending calls. Outcomes that could not be written are lost, as if the process had
   * ended here.
   */
  private async giveUp(): Promise<void> {
    this.parts.giveUp();
    await sleep(LONGEST_PAUSE_MS + LOOK_MS);
  }

  private async run(job: BullJob<Carried>, token: string): Promise<void> {
    const { handler, policy, queue } = this.parts;
    const { payload } = job.data;
    const attempt = job.attemptsStarted - job.data.uncounted;
    const notBefore = await this.limited(payload);
    if (notBefore > 0) return this.sendBack(job, token, notBefore, true);
    if (attempt > policy.attempts) {
      await this.note(job, ({ uncounted }) => ({ uncounted: uncounted + 1 }));
      throw new UnrecoverableError(job.data.lastError ?? 'its worker was lost during the last attempt');
    }
    const controller = new AbortController();
    this.running.set(job.id!, controller);
    const ended = () => void (this.running.get(job.id!) === controller && this.running.delete(job.id!));
    try {
      await handler({
        id: idOutside(job.id!),
        queue,
        payload: payload as Payload,
        attempt,
        signal: controller.signal,
        trace: job.data.trace,
      });
      ended();
    } catch (error) {
      ended();
      const message = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS);
      // It may repeat a payload that was rewritten during the attempt.
      const lastError = (now: Carried) => (isDeepStrictEqual(now.payload, payload) ? message : LEFT_OUT);
      if (isFinal(error)) return this.bury(job, lastError);
      // Ended by the shutdown, not by a fault of its own: a deployment must not use up its attempts.
      if (controller.signal.aborted) {
        await this.note(job, ({ uncounted }) => ({ uncounted: uncounted + 1 }));
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (attempt >= policy.attempts) return this.bury(job, lastError);
      await this.note(job, (now) => ({ lastError: lastError(now) }));
      await this.sendBack(job, token, Date.now() + retryDelayMs(policy.backoff, attempt, Math.random(), error), false);
    }
  }

  /** 0 if the job may start, else when to retry (ms since 1970). */
  private async limited(payload: unknown): Promise<number> {
    const { rateLimit } = this.parts.policy;
    if (!rateLimit) return 0;
    const key = `${this.parts.prefix}:${this.parts.nameInside}:limit:${rateLimit.key(payload)}`;
    const wait = Number(await this.parts.counter.eval(MAY_START, 1, key, rateLimit.max, rateLimit.perMs));
    return wait === 0 ? 0 : Date.now() + wait;
  }

  /** After a crash between the two steps, the job is found stalled, and the interrupted start still does not count as an attempt. */
  private async sendBack(job: BullJob<Carried>, token: string, dueAt: number, uncounted: boolean): Promise<never> {
    await this.note(job, (now) => ({ dueAt, uncounted: now.uncounted + (uncounted ? 1 : 0) }));
    await job.moveToDelayed(dueAt, token);
    throw new DelayedError();
  }

  private async bury(job: BullJob<Carried>, lastError: (now: Carried) => string): Promise<never> {
    await this.note(job, (now) => ({ lastError: lastError(now) }));
    throw new UnrecoverableError(job.data.lastError);
  }

  private async note(job: BullJob<Carried>, change: (now: Carried) => Partial<Carried>): Promise<void> {
    await changeCarried(this.parts.connection, this.worker.toKey(job.id!), (now) => (job.data = { ...now, ...change(now) }));
  }

  private lost(id: string): void {
    const controller = this.running.get(id);
    if (!controller || controller.signal.aborted) return;
    controller.abort(new Error(`job ${idOutside(id)} was given to another worker`));
    this.parts.onWarning(
      `queue ${this.parts.queue}, job ${idOutside(id)}: its lease expired and another worker has it; the outcome from this worker is refused`,
    );
  }

  private abortAll(reason: string): void {
    for (const controller of this.running.values()) controller.abort(new Error(reason));
  }
}

/** Undefined if it takes longer. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
