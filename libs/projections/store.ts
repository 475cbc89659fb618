import { LeadlogError } from '@leadlog/errors';
import type { Position } from '@leadlog/event-log';

/**
 * Where read models live: documents by key, sorted lists, tallies, and checkpoints per generation. A port with an
 * embedded and a production adapter; `store.contract.ts` is the specification.
 *
 *     const { epoch, slices } = await store.lease('workers', 'worker-1', [0, 1], 3_000);
 *     const checkpoints = await store.take('leads.3', epoch, slices);
 *     await store.commit(epoch, [{ generation: 'leads.3', slices, through, documents: [['lead-7', text]], lists: [], tallies: [] }]);
 */
export interface ReadModelStore {
  /**
   * Announces a worker for another `ttlMs` and extends its leases by the same time, by the clock of the store. `dead`: workers
   * known to have ended, whose leases are freed.
   */
  stay(group: string, worker: string, ttlMs: number, dead?: readonly string[]): Promise<Leaseholders>;
  /** Leases to the worker those of the slices that are free or already its own, under an epoch higher than any before. */
  lease(group: string, worker: string, slices: readonly number[], ttlMs: number): Promise<Lease>;
  /** Releases slices. Without `slices`, releases all of them and removes the worker. */
  release(group: string, worker: string, slices?: readonly number[]): Promise<void>;

  registry(): Promise<Registry>;
  /**
   * Compare-and-set; false if another process was faster (read and decide again). Also creates and deletes the storage of generations to
   * match the records.
   */
  saveRegistry(expectedVersion: number, generations: readonly GenerationRecord[]): Promise<boolean>;

  /**
   * Takes over these slices and returns their checkpoints in the same order (undefined if nothing was ever committed). From now
   * on, commits to them under an earlier epoch are refused. Rejects with Fenced if the epoch of the caller is the earlier one.
   */
  take(generation: string, epoch: number, slices: readonly number[]): Promise<(Position | undefined)[]>;
  /**
   * All or nothing for each generation: documents, lists, tallies and checkpoints. Rejects with Fenced under a stale epoch, and with
   * Diverged if the store lost commits. After StoreUnavailable, the same commits (the same objects) may be repeated and count once.
   */
  commit(epoch: number, commits: readonly GenerationCommit[]): Promise<void>;

  /** The checkpoints of all slices, by slice number. */
  checkpoints(generation: string): Promise<(Position | undefined)[]>;
  /** The position up to which the generation is complete: the lowest checkpoint of all slices; undefined if a slice has none yet. */
  checkpoint(generation: string): Promise<Position | undefined>;
  /** The documents as text, in the order of the keys. */
  load(generation: string, keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Entries in order of (rank, key). */
  list(generation: string, list: string, range?: ListRange): Promise<ListEntry[]>;
  listSize(generation: string, list: string): Promise<number>;
  /** Cells with from <= name < to (by UTF-8 bytes) whose sum is not 0, in that order. */
  tallies(generation: string, from: string, to: string): Promise<[cell: string, sum: number][]>;
  /** All documents of a generation, by key; for checks and full scans. */
  scan(generation: string): AsyncIterable<[key: string, text: string]>;

  /**
   * When it resolves with true, what was overwritten or removed before is in no file of the storage; false: the storage does not let anybody
   * write its files anew.
   */
  scrub(): Promise<boolean>;

  /**
   * Calls back soon after a commit or a registry change by any process. May call without a change but never misses one. Returns a function
   * that stops it.
   */
  watch(changed: () => void): () => void;
  close(): Promise<void>;
}

/** The lowest checkpoint; undefined if any slice has none. */
export function leastOf(checkpoints: readonly (Position | undefined)[]): Position | undefined {
  return checkpoints.reduce((least, one) => (least === undefined || one === undefined ? undefined : one < least ? one : least));
}

/** Always exists and belongs to no projection: what the engine records about itself (progress, lag), by generation id. */
export const ENGINE_GENERATION = '~engine';

export interface GenerationCommit {
  generation: string;
  /** The slices of the commit, as taken. Empty: the commit is not fenced. */
  slices: readonly number[];
  /**
   * New checkpoint of these slices, if higher than theirs. Omitted: checkpoints stay (documents written early during a build), and a
   * missing one becomes START.
   */
  through?: Position;
  /** null removes. */
  documents: readonly (readonly [key: string, text: string | null])[];
  /** null removes the key from the list. */
  lists: readonly (readonly [list: string, key: string, rank: number | null])[];
  /** Added to the cell. */
  tallies: readonly (readonly [cell: string, delta: number])[];
}

export interface Leaseholders {
  /** Names of all present workers, including the caller. */
  workers: readonly string[];
  /** Name of the holder by slice; undefined if free. */
  holders: readonly (string | undefined)[];
}

export interface Lease {
  epoch: number;
  slices: readonly number[];
}

export interface ListRange {
  min?: number;
  max?: number;
  direction?: 'ascending' | 'descending';
  limit?: number;
  /** Only entries after this one, in the given direction. */
  after?: ListEntry;
}

export interface ListEntry {
  key: string;
  rank: number;
}

export type GenerationState = 'building' | 'caught-up' | 'live' | 'retired' | 'failed';

export interface GenerationRecord {
  /** `<projection>.<n>`; never reused. */
  id: string;
  projection: string;
  version: string;
  /** The data from which the projection was made, if any (a scoring model), so that its fold can be made again. */
  spec?: unknown;
  state: GenerationState;
  paused: boolean;
  /** Goes live by itself once caught up. */
  autoSwitch: boolean;
  /** Why it failed. */
  error?: string;
  /** While building: the slices already built, as hexadecimal digits. */
  built?: string;
  /** Parked keys to fold again; the worker that has done so removes the key. */
  unpark?: readonly string[];
  createdAt: string;
  switchedAt?: string;
  /** Since when this version has been live without interruption, over any number of generations; omitted if no other was live before. */
  versionSince?: string;
  /** The event that requested this version (or retired the projection), if requests come from the log; position as text. */
  asOf?: { stream: string; position: string };
  /** The version from which this one was a rollback: while this one is live, no worker builds the other by itself. */
  insteadOf?: string;
}

export interface Registry {
  version: number;
  generations: readonly GenerationRecord[];
}

/** Another worker has taken over these slices; this one must stop writing to them. */
export class Fenced extends LeadlogError {
  readonly kind = 'conflict';

  constructor(
    readonly epoch: number,
    readonly current: number,
  ) {
    super(`this worker holds epoch ${epoch}, but epoch ${current} has taken over; its write is dropped`);
  }
}

/**
 * The store is not in the state of the last commit: it lost data, or returned to an earlier state (restored, or crashed before
 * everything was on disk). What was folded on top of it is discarded; the engine continues from what is there.
 */
export class Diverged extends LeadlogError {
  readonly kind = 'conflict';

  constructor(readonly generation: string) {
    super(
      `the read models of ${generation} are not in the state last written: the store lost data or was restored to an earlier state; the engine continues from what is there`,
    );
  }
}

/** The store cannot be used at the moment (disk full, locked, corrupt); nothing of the commit was stored. */
export class StoreUnavailable extends LeadlogError {
  readonly kind = 'unavailable';

  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
  }
}

/** Injection token of the store, for operating projections; queries go through READ_MODELS. */
export const READ_MODEL_STORE = 'ReadModelStore';
