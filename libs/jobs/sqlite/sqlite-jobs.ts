import Database from 'better-sqlite3';
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
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
import { JobTable, createJobTable } from './job-table';
import { SqliteJobWorker } from './sqlite-job-worker';

const POLL_MS = 250;
const LOCK_PATIENCE_MS = 5_000;
const LOCK_RETRY_MS = 5;
const RETENTION_MS = 30 * 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface SqliteJobsOptions {
  file: string;
  /** ms since 1970. */
  clock?: () => number;
  /** In [0, 1). */
  random?: () => number;
  /** Receives faults of the background work, which continues by itself. Default: a warning of the process. */
  onWarning?: (message: string, error: unknown) => void;
}

interface Write {
  work: (table: JobTable, now: number) => unknown;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Jobs in one SQLite file, for any number of threads and processes. `synchronous=FULL`: acknowledged writes
 * survive a power cut. Writes requested in one turn of the event loop share a commit. Done jobs are kept for 30
 * days (an id enqueued again later is a new job), dead ones until they are redriven.
 * Timers do not keep the process alive. The file and its -wal and -shm files belong together.
 */
export class SqliteJobs implements Jobs {
  private connected: { db: Database.Database; table: JobTable } | undefined;
  private writes: Write[] = [];
  private flushing: NodeJS.Immediate | NodeJS.Timeout | undefined;
  private lockedSince: number | undefined;
  private readonly workers = new Set<SqliteJobWorker<unknown>>();
  private readonly channel: BroadcastChannel;
  private poll: NodeJS.Timeout | undefined;
  private seenDataVersion = 0;
  private nextPruneAt = 0;
  private closed = false;

  /** Throws JobsUnavailable if the file cannot be used. */
  static open(options: SqliteJobsOptions): SqliteJobs {
    return new SqliteJobs(options.file, options.clock ?? Date.now, options.random ?? Math.random, options.onWarning ?? warnOfProcess);
  }

  private constructor(
    private readonly file: string,
    private readonly clock: () => number,
    private readonly random: () => number,
    private readonly onWarning: (message: string, error: unknown) => void,
  ) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      this.connection();
    } catch (error) {
      throw this.translated(error);
    }
    this.channel = new BroadcastChannel(`leadlog-jobs:${realpathSync(file)}`);
    (this.channel as unknown as { unref(): void }).unref();
    this.channel.onmessage = () => this.wakeWorkers();
  }

  async enqueue(requests: readonly JobRequest[]): Promise<boolean[]> {
    for (const { id, delayMs = 0 } of requests)
      if (!Number.isFinite(delayMs)) throw new TypeError(`job ${id}: delayMs must be a number of milliseconds, got ${delayMs}`);
    const payloads = requests.map(({ payload }) => JSON.stringify(payload) ?? 'null');
    const added = await this.write((table, now) => requests.map((request, index) => table.add(request, payloads[index]!, now)));
    if (added.includes(true)) this.tell();
    return added;
  }

  work<Payload>(queue: string, handler: (job: Job<Payload>) => Promise<void>, policy?: QueuePolicy): JobWorker {
    if (this.closed) throw this.closedError();
    const parts = {
      write: <T>(work: (table: JobTable, now: number) => T) => this.write(work),
      clock: this.clock,
      random: this.random,
      onWarning: this.onWarning,
    };
    const worker = new SqliteJobWorker<Payload>(queue, handler, fullPolicy(policy), parts, () =>
      this.forget(worker as SqliteJobWorker<unknown>),
    );
    this.workers.add(worker as SqliteJobWorker<unknown>);
    this.poll ??= setInterval(() => this.lookForOthers(), POLL_MS).unref();
    return worker;
  }

  async get(queue: string, id: string): Promise<JobRecord | undefined> {
    return this.read((table) => table.get(queue, id));
  }

  async list(queue: string, state: JobState, limit = 100): Promise<JobRecord[]> {
    return this.read((table) => table.list(queue, state, limit));
  }

  async counts(queue: string): Promise<JobCounts> {
    return this.read((table) => table.counts(queue, this.clock()));
  }

  async queues(): Promise<string[]> {
    return this.read((table) => table.queues());
  }

  async redrive(queue: string, id: string): Promise<boolean> {
    const redriven = await this.write((table, now) => table.redrive(queue, id, now));
    if (redriven) this.tell();
    return redriven;
  }

  rewrite(change: (payload: unknown) => unknown): Promise<number> {
    return this.write((table) => table.rewrite(change));
  }

  /**
   * Writes the file anew, since pages and the WAL go on holding what was overwritten in them. Nothing else runs in this thread meanwhile, so
   * only the end is repeated for somebody who is still reading.
   */
  async scrub(): Promise<boolean> {
    await this.patiently((db) => void db.exec('VACUUM'));
    await this.patiently((db) => {
      const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
      if (busy !== 0) throw new JobsUnavailable('locked', `jobs in ${this.file}: somebody is reading what is to be overwritten`);
    });
    return true;
  }

  private async patiently(work: (db: Database.Database) => void): Promise<void> {
    for (const giveUpAt = performance.now() + LOCK_PATIENCE_MS; ;) {
      try {
        return work(this.connection().db);
      } catch (error) {
        const fault = this.translated(error);
        if (!(fault instanceof JobsUnavailable && fault.reason === 'locked') || performance.now() > giveUpAt) throw fault;
        await sleep(LOCK_RETRY_MS);
      }
    }
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve();
    // Writes requested before the close are still done or rejected.
    if (this.writes.length > 0) this.flush();
    this.closed = true;
    clearInterval(this.poll);
    for (const worker of this.workers) worker.abandon();
    this.workers.clear();
    this.channel.close();
    this.rejectWrites(this.closedError());
    this.disconnect();
    return Promise.resolve();
  }

  // ---- reads, and writes in groups

  /** Needs no lock: a reader of the WAL never waits for a writer. */
  private read<T>(work: (table: JobTable) => T): T {
    try {
      return work(this.connection().table);
    } catch (error) {
      const fault = this.translated(error);
      if (fault instanceof JobsUnavailable && fault.reason !== 'locked' && !this.closed) this.disconnect();
      throw fault;
    }
  }

  private write<T>(work: (table: JobTable, now: number) => T): Promise<T> {
    if (this.closed) return Promise.reject(this.closedError());
    return new Promise<T>((resolve, reject) => {
      this.writes.push({ work, resolve: resolve as (result: never) => void, reject });
      this.flushing ??= setImmediate(() => this.flush());
    });
  }

  /** One transaction for all waiting writes; nothing is acknowledged before the COMMIT. */
  private flush(): void {
    this.flushing = undefined;
    const group = this.writes;
    this.writes = [];
    if (group.length === 0) return;
    try {
      const { db, table } = this.connection();
      const results = db
        .transaction(() => {
          const now = this.clock();
          this.pruneNowAndThen(table, now);
          return group.map(({ work }) => work(table, now));
        })
        .immediate();
      this.lockedSince = undefined;
      group.forEach(({ resolve }, index) => resolve(results[index] as never));
    } catch (error) {
      this.afterFault(group, this.translated(error));
    }
  }

  /** Waits for a lock without blocking the event loop; every other fault is reported at once, and the next call opens a new connection. */
  private afterFault(group: Write[], fault: unknown): void {
    if (fault instanceof JobsUnavailable && fault.reason === 'locked') {
      this.lockedSince ??= performance.now();
      if (performance.now() - this.lockedSince < LOCK_PATIENCE_MS) {
        this.writes = [...group, ...this.writes];
        this.flushing = setTimeout(() => this.flush(), LOCK_RETRY_MS);
        return;
      }
      this.lockedSince = undefined;
    } else if (fault instanceof JobsUnavailable) this.disconnect();
    for (const { reject } of group) reject(fault);
  }

  private rejectWrites(error: unknown): void {
    for (const { reject } of this.writes) reject(error);
    this.writes = [];
  }

  private pruneNowAndThen(table: JobTable, now: number): void {
    if (now < this.nextPruneAt) return;
    this.nextPruneAt = now + (table.prune(now - RETENTION_MS) ? 1_000 : PRUNE_EVERY_MS);
  }

  // ---- notification

  private tell(): void {
    if (!this.closed) this.channel.postMessage(null);
    this.wakeWorkers();
  }

  private wakeWorkers(): void {
    for (const worker of this.workers) worker.wake();
  }

  private lookForOthers(): void {
    if (!this.connected) return this.wakeWorkers();
    try {
      const version = this.connected.db.pragma('data_version', { simple: true }) as number;
      if (version === this.seenDataVersion) return;
      this.seenDataVersion = version;
    } catch {
      // Reported by the write that follows the wake.
    }
    this.wakeWorkers();
  }

  private forget(worker: SqliteJobWorker<unknown>): void {
    this.workers.delete(worker);
    if (this.workers.size > 0) return;
    clearInterval(this.poll);
    this.poll = undefined;
  }

  // ---- the connection and its faults

  private connection(): { db: Database.Database; table: JobTable } {
    if (this.closed) throw this.closedError();
    if (this.connected) return this.connected;
    const db = new Database(this.file, { timeout: 50 });
    try {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      createJobTable(db);
      return (this.connected = { db, table: new JobTable(db) });
    } catch (error) {
      db.close();
      throw error;
    }
  }

  private disconnect(): void {
    try {
      this.connected?.db.close();
    } finally {
      this.connected = undefined;
    }
  }

  private closedError(): JobsUnavailable {
    return new JobsUnavailable('closed', `jobs in ${this.file}: the jobs are closed; open them again`);
  }

  private translated(error: unknown): unknown {
    const code = error instanceof Database.SqliteError ? error.code : (error as NodeJS.ErrnoException | undefined)?.code;
    if (code === undefined) return error;
    const unavailable = (reason: JobsUnavailable['reason'], what: string) =>
      new JobsUnavailable(reason, `jobs in ${this.file}: ${what} (${code}: ${(error as Error).message})`);
    if (/^(SQLITE_FULL|ENOSPC)/.test(code))
      return unavailable('disk-full', 'the disk is full; free some space, and work continues by itself');
    if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return unavailable('locked', 'another process holds the file; stop it or wait');
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
      return unavailable('corrupt', 'the file is damaged; stop Leadlog and move the file away: jobs are derived again from the log');
    if (/^(SQLITE_(IOERR|CANTOPEN|READONLY)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST)/.test(code))
      return unavailable('io', 'the file cannot be read or written; check the disk and the permissions');
    return error;
  }
}

function warnOfProcess(message: string, error: unknown): void {
  process.emitWarning(error instanceof Error ? `${message}: ${error.message}` : message, 'LeadlogJobs');
}
