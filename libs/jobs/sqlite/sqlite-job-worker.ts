import { isFinal } from '@leadlog/errors';
import { JobsUnavailable, type Job, type JobWorker } from '../jobs';
import { retryDelayMs, type FullPolicy } from '../policy';
import type { JobTable, Outcome, TakenJob } from './job-table';

const AFTER_FAULT_MS = 500;
const LONGEST_TIMER_MS = 60_000;
const ERROR_CHARACTERS = 2_000;

/** What a worker needs from the handle on which it was started. */
export interface WorkerParts {
  /** Runs in a transaction, together with other writes requested at the same moment. */
  write<T>(work: (table: JobTable, now: number) => T): Promise<T>;
  clock: () => number;
  random: () => number;
  onWarning: (message: string, error: unknown) => void;
}

/** Takes jobs of one queue while it has capacity; otherwise sleeps until it is woken or the next job is due. */
export class SqliteJobWorker<Payload> implements JobWorker {
  private readonly running = new Map<TakenJob, AbortController>();
  private readonly ended = new Set<() => void>();
  private readonly heartbeat: NodeJS.Timeout;
  private timer: NodeJS.Timeout | undefined;
  private taking = false;
  private woken = false;
  private abortReason: string | undefined;
  private state: 'taking' | 'stopping' | 'abandoned' = 'taking';

  constructor(
    private readonly queue: string,
    private readonly handler: (job: Job<Payload>) => Promise<void>,
    private readonly policy: FullPolicy,
    private readonly parts: WorkerParts,
    private readonly onStopped: () => void,
  ) {
    this.heartbeat = setInterval(() => void this.beat(), Math.max(1, Math.floor(policy.leaseMs / 3))).unref();
    this.wake();
  }

  /** Wakes the worker, because there may be a job to take. */
  wake(): void {
    this.woken = true;
    if (!this.taking) void this.takeAll();
  }

  async stop(graceMs = 10_000): Promise<void> {
    if (this.state === 'taking') this.state = 'stopping';
    clearTimeout(this.timer);
    const grace = setTimeout(() => this.abortAll('the worker is shutting down'), graceMs).unref();
    // A take in progress may still start jobs; it ends by itself because nothing more is taken.
    while (this.state !== 'abandoned' && (this.taking || this.running.size > 0))
      await new Promise<void>((resolve) => this.ended.add(resolve));
    clearTimeout(grace);
    clearInterval(this.heartbeat);
    this.onStopped();
  }

  /** As if the process had ended here: the leases expire, and others run the jobs. */
  abandon(): void {
    this.state = 'abandoned';
    clearTimeout(this.timer);
    clearInterval(this.heartbeat);
    this.abortAll('the jobs were closed while this one was running');
    this.tellEnded();
  }

  private async takeAll(): Promise<void> {
    this.taking = true;
    try {
      while (this.woken && this.state === 'taking') {
        this.woken = false;
        const room = this.policy.concurrency - this.running.size;
        if (room <= 0) break;
        const { jobs, nextAt } = await this.parts.write((table, now) =>
          this.state === 'taking' ? table.take(this.queue, room, this.policy, now) : { jobs: [], nextAt: undefined },
        );
        for (const job of jobs) void this.run(job);
        if (nextAt !== undefined) this.wakeIn(nextAt - this.parts.clock());
      }
    } catch (error) {
      if (!(error instanceof JobsUnavailable && error.reason === 'closed')) {
        this.parts.onWarning(`queue ${this.queue}: jobs could not be claimed; retrying`, error);
        this.wakeIn(AFTER_FAULT_MS);
      }
    } finally {
      this.taking = false;
      this.tellEnded();
    }
  }

  private wakeIn(ms: number): void {
    clearTimeout(this.timer);
    if (this.state === 'taking') this.timer = setTimeout(() => this.wake(), Math.min(Math.max(1, ms), LONGEST_TIMER_MS)).unref();
  }

  private async run(taken: TakenJob): Promise<void> {
    const controller = new AbortController();
    this.running.set(taken, controller);
    let outcome: Outcome;
    try {
      // Taken just before the stop or close that aborted the others.
      if (this.abortReason) controller.abort(new Error(this.abortReason));
      await this.handler({
        id: taken.id,
        queue: this.queue,
        payload: JSON.parse(taken.payload) as Payload,
        attempt: taken.attempt,
        signal: controller.signal,
        trace: taken.trace ?? undefined,
      });
      outcome = { state: 'done' };
    } catch (error) {
      outcome = this.afterError(error, taken, controller.signal);
    }
    await this.settle(taken, outcome, controller);
    this.running.delete(taken);
    this.tellEnded();
    this.wake();
  }

  private afterError(error: unknown, taken: TakenJob, signal: AbortSignal): Outcome {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS);
    const now = this.parts.clock();
    if (isFinal(error)) return { state: 'dead', error: message };
    // Ended by the shutdown, not by a fault of its own: a deployment must not use up its attempts.
    if (signal.aborted) return { state: 'untried', dueAt: now };
    if (taken.attempt >= this.policy.attempts) return { state: 'dead', error: message };
    return { state: 'retry', error: message, dueAt: now + retryDelayMs(this.policy.backoff, taken.attempt, this.parts.random(), error) };
  }

  /**
   * Retries: an outcome that cannot be written now (disk full) is written once the cause is fixed, as long as this worker still holds the
   * job.
   */
  private async settle(taken: TakenJob, outcome: Outcome, controller: AbortController): Promise<void> {
    while (this.state !== 'abandoned') {
      try {
        const kept = await this.parts.write((table, now) => table.settle(this.queue, taken, outcome, now));
        if (!kept) this.lost(taken, controller);
        return;
      } catch (error) {
        if (this.isAbandoned()) return;
        this.parts.onWarning(`queue ${this.queue}, job ${taken.id}: its outcome could not be written; retrying`, error);
        await new Promise<void>((resolve) => setTimeout(resolve, AFTER_FAULT_MS).unref());
      }
    }
  }

  private async beat(): Promise<void> {
    const held = [...this.running];
    if (held.length === 0) return;
    try {
      const kept = await this.parts.write((table, now) =>
        held.map(([taken]) => table.extend(this.queue, taken, now + this.policy.leaseMs)),
      );
      held.forEach(([taken, controller], index) => {
        if (!kept[index] && this.running.has(taken)) this.lost(taken, controller);
      });
    } catch (error) {
      if (!this.isAbandoned()) this.parts.onWarning(`queue ${this.queue}: a heartbeat could not be written; the next one follows`, error);
    }
  }

  private lost(taken: TakenJob, controller: AbortController): void {
    if (controller.signal.aborted) return;
    controller.abort(new Error(`job ${taken.id} was given to another worker`));
    this.parts.onWarning(
      `queue ${this.queue}, job ${taken.id}: its lease expired and another worker has it; the outcome from this worker is refused`,
      undefined,
    );
  }

  private abortAll(reason: string): void {
    this.abortReason = reason;
    for (const controller of this.running.values()) controller.abort(new Error(reason));
  }

  private isAbandoned(): boolean {
    return this.state === 'abandoned';
  }

  private tellEnded(): void {
    for (const resolve of this.ended) resolve();
    this.ended.clear();
  }
}
