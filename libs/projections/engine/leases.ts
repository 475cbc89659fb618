import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { ALL_SLICES, SLICES, sliceOf } from '../slices';
import { StoreUnavailable, type ReadModelStore } from '../store';

/** A worker that is not heard of for so long has lost its slices; the others look every so often. Together less than 5 s. */
const TTL_MS = 3_000;
const EVERY_MS = 700;

export interface LeasesOptions {
  store: ReadModelStore;
  /** What the slices are held for: each group is shared out by itself. */
  group: string;
  worker?: string;
  ttlMs?: number;
  everyMs?: number;
  /** Awaited before slices that are given up are free for others: whoever works on them must have ended. */
  onChange: () => Promise<void>;
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * The slices that this worker holds. Everybody holds as many as everybody else, give or take one: who has more than that gives
 * the rest up, who has fewer takes what is free. Nobody decides for others, and what somebody holds he keeps, so few slices move
 * when workers come and go. Holding is a matter of speed only: what keeps read models exact is the epoch that a commit carries.
 */
export class Leases {
  readonly worker: string;
  private readonly ttlMs: number;
  private held: ReadonlySet<number> = new Set();
  private current = 0;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;
  private alone = true;
  private looking = false;

  constructor(private readonly options: LeasesOptions) {
    this.worker = options.worker ?? workerName();
    this.ttlMs = options.ttlMs ?? TTL_MS;
  }

  /** In ascending order. */
  get slices(): number[] {
    return [...this.held].sort((a, b) => a - b);
  }

  /** Of the slices taken last. */
  get epoch(): number {
    return this.current;
  }

  /** No other worker is there. */
  get isAlone(): boolean {
    return this.alone;
  }

  owns(key: string): boolean {
    return this.held.has(sliceOf(key));
  }

  /**
   * Resolves after the first look: with the slices that were free, which may be none, and which are none while the store takes no
   * writes. Then it is looked at again like at any other time, and what needs no slices (taking events, reading) can start meanwhile.
   */
  async start(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || error.reason === 'corrupt') throw error;
      this.warn(error);
    }
    this.timer = setInterval(() => {
      // While what has changed is still being arranged, we are there all the same.
      const look = this.looking ? this.options.store.stay(this.options.group, this.worker, this.ttlMs) : this.look();
      void look.catch((error: unknown) => this.warn(error));
    }, this.options.everyMs ?? EVERY_MS);
    this.timer.unref();
  }

  /** Gives everything back; whoever works on it must have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.turn.catch(() => undefined);
    this.held = new Set();
    // Unreachable, it forgets us by itself.
    await this.options.store.release(this.options.group, this.worker).catch(() => undefined);
  }

  /** A commit was refused: somebody else has (or had) the slices. What is still ours is taken again under a new epoch. */
  async lost(): Promise<void> {
    await this.one(async () => {
      this.held = new Set();
      await this.options.onChange();
    });
    await this.look();
  }

  private warn(error: unknown): void {
    this.options.onWarning?.(`leases of ${this.options.group} will be looked at again`, error);
  }

  private look(): Promise<void> {
    return this.one(() => this.lookOnce());
  }

  private one(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn
      .catch(() => undefined)
      .then(async () => {
        if (this.stopped) return;
        this.looking = true;
        await work().finally(() => (this.looking = false));
      });
    return this.turn;
  }

  private async lookOnce(): Promise<void> {
    const { store, group } = this.options;
    let { workers, holders } = await store.stay(group, this.worker, this.ttlMs);
    const dead = workers.filter((worker) => hasEnded(worker));
    if (dead.length > 0) ({ workers, holders } = await store.stay(group, this.worker, this.ttlMs, dead));
    this.alone = workers.length === 1;
    const ours = ALL_SLICES.filter((slice) => holders[slice] === this.worker);
    const kept = ours.filter((slice) => this.held.has(slice));
    const share = shareOf(this.worker, workers);
    if (kept.length > share) {
      await this.hold(kept.slice(0, share));
      await store.release(group, this.worker, kept.slice(share));
      return;
    }
    const free = ALL_SLICES.filter((slice) => holders[slice] === undefined || (holders[slice] === this.worker && !this.held.has(slice)));
    const wanted = free.slice(0, share - kept.length);
    if (wanted.length === 0) return this.hold(kept);
    const lease = await store.lease(group, this.worker, wanted, this.ttlMs);
    this.current = lease.epoch;
    await this.hold([...kept, ...lease.slices]);
  }

  private async hold(slices: readonly number[]): Promise<void> {
    const before = this.slices.join();
    this.held = new Set(slices);
    if (this.slices.join() !== before) await this.options.onChange();
  }
}

/** Equal shares; the first few by name have one more. */
function shareOf(worker: string, workers: readonly string[]): number {
  const sorted = [...workers].sort();
  return Math.floor(SLICES / sorted.length) + (sorted.indexOf(worker) < SLICES % sorted.length ? 1 : 0);
}

/** Says, besides who it is, where it can be asked whether the process is still there. */
function workerName(): string {
  return `${hostname()}/${process.pid}/${processTable()}/${randomBytes(4).toString('hex')}`;
}

/** A process of our own table of processes (the same machine since its start, the same container) that is no more. */
function hasEnded(worker: string): boolean {
  const [, pid, table] = worker.split('/');
  if (table !== processTable() || table === '') return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

let table: string | undefined;

/** Known on Linux only; elsewhere a worker that ended without a word is missed after its time. */
function processTable(): string {
  if (table !== undefined) return table;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    table = `${boot}-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
  } catch {
    table = '';
  }
  return table;
}
