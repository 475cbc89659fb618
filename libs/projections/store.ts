import type { Position } from '@leadlog/event-log';

/**
 * Where read models live: documents by key, sorted lists, tallies, and one checkpoint per generation. A port with an
 * embedded and a production adapter; `store.contract.ts` is the specification.
 */
export interface ReadModelStore {
  /**
   * Tells that a worker is there for `ttlMs` more, and lengthens its leases by as much. Time is the store's. `dead`: workers that
   * are known to have ended; what they hold is free.
   */
  stay(group: string, worker: string, ttlMs: number, dead?: readonly string[]): Promise<Leaseholders>;
  /** Gives the worker those of the slices that are free or its own, under an epoch above every one before. */
  lease(group: string, worker: string, slices: readonly number[], ttlMs: number): Promise<Lease>;
  /** Gives slices back; without them all, and the worker is gone. */
  release(group: string, worker: string, slices?: readonly number[]): Promise<void>;

  registry(): Promise<Registry>;
  /** Compare and set; false when somebody else was faster (read again and decide anew). Also creates and deletes what the records say. */
  saveRegistry(expectedVersion: number, generations: readonly GenerationRecord[]): Promise<boolean>;

  /**
   * The caller goes on with these slices from the checkpoints answered (in the order of the slices; undefined where nothing was
   * ever committed). Commits to them under an earlier epoch are refused from now on. Rejects with Fenced when the caller's is earlier.
   */
  take(generation: string, epoch: number, slices: readonly number[]): Promise<(Position | undefined)[]>;
  /**
   * All or nothing for each generation: documents, lists, tallies and checkpoints. Rejects with Fenced under a stale epoch, with
   * Diverged when the store lost commits; after StoreUnavailable the same commits (the same objects) may be given again, and count once.
   */
  commit(epoch: number, commits: readonly GenerationCommit[]): Promise<void>;

  /** Of all slices, by their number. */
  checkpoints(generation: string): Promise<(Position | undefined)[]>;
  /** Everything up to here is in the generation: the least of the checkpoints; undefined when a slice has none yet. */
  checkpoint(generation: string): Promise<Position | undefined>;
  /** Document texts in the order of the keys. */
  load(generation: string, keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Entries in order of (rank, key). */
  list(generation: string, list: string, range?: ListRange): Promise<ListEntry[]>;
  listSize(generation: string, list: string): Promise<number>;
  /** Cells with from <= name < to (by UTF-8 bytes) whose sum is not 0, in that order. */
  tallies(generation: string, from: string, to: string): Promise<[cell: string, sum: number][]>;
  /** Every document of a generation, by key; for checks and full scans. */
  scan(generation: string): AsyncIterable<[key: string, text: string]>;

  /** Calls back soon after a commit or a registry change by anyone; may call without a change, never misses one. Returns how to stop. */
  watch(changed: () => void): () => void;
  close(): Promise<void>;
}

/** Of the checkpoints of all slices; undefined when one has none. */
export function leastOf(checkpoints: readonly (Position | undefined)[]): Position | undefined {
  return checkpoints.reduce((least, one) => (least === undefined || one === undefined ? undefined : one < least ? one : least));
}

/** Always there, belongs to no projection: what the engine tells about itself (progress, lag), by generation id. */
export const ENGINE_GENERATION = '~engine';

export interface GenerationCommit {
  generation: string;
  /** The slices that it is made for, as they were taken; none: it belongs to nobody and is not fenced. */
  slices: readonly number[];
  /** New checkpoint of these slices, where it is above theirs. Left out: they stay (documents written early during a build); none becomes START. */
  through?: Position;
  /** null removes. */
  documents: readonly (readonly [key: string, text: string | null])[];
  /** null takes the key off the list. */
  lists: readonly (readonly [list: string, key: string, rank: number | null])[];
  /** Added to the cell. */
  tallies: readonly (readonly [cell: string, delta: number])[];
}

export interface Leaseholders {
  /** Who is there, by name, the caller among them. */
  workers: readonly string[];
  /** By slice; undefined: free. */
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
  /** Only entries behind this one, in the direction asked for. */
  after?: ListEntry;
}

export interface ListEntry {
  key: string;
  rank: number;
}

export type GenerationState = 'building' | 'caught-up' | 'live' | 'retired' | 'failed';

export interface GenerationRecord {
  /** `<projection>.<n>`; never used twice. */
  id: string;
  projection: string;
  version: string;
  /** What the projection was made from where that is data (a scoring model), so that its fold can be made again. */
  spec?: unknown;
  state: GenerationState;
  paused: boolean;
  /** Take over by itself once caught up. */
  autoSwitch: boolean;
  /** Why it failed. */
  error?: string;
  /** While building: the slices that are built, in hexadecimal digits. */
  built?: string;
  /** Parked keys to be folded again; each is taken off by the worker that has done so. */
  unpark?: readonly string[];
  createdAt: string;
  switchedAt?: string;
  /** Since when its version has been live without a break, over however many generations; left out when no other was live before. */
  versionSince?: string;
  /** The event that asked for this version (or took the projection out of use), where the log says what is wanted; position as a text. */
  asOf?: { stream: string; position: string };
  /** The version that was rolled back from to this one: while this one is live, no worker builds that again by itself. */
  insteadOf?: string;
}

export interface Registry {
  version: number;
  generations: readonly GenerationRecord[];
}

/** Another worker has taken these slices since; this one must stop writing to them. */
export class Fenced extends Error {
  constructor(
    readonly epoch: number,
    readonly current: number,
  ) {
    super(`this worker holds epoch ${epoch}, but epoch ${current} has taken over; its write is dropped`);
    this.name = 'Fenced';
  }
}

/**
 * The store is not as the last commit left it: it lost its data, or went back to an earlier state (restored, or crashed before
 * it had written everything down). What was folded on top of it is worth nothing; the engine starts again from what is there.
 */
export class Diverged extends Error {
  constructor(readonly generation: string) {
    super(`the read models of ${generation} are not in the state last written: the store lost data or was restored to an earlier state; the engine continues from what is there`);
    this.name = 'Diverged';
  }
}

/** The store cannot be used just now (disk full, locked, corrupt); nothing of the commit was kept. */
export class StoreUnavailable extends Error {
  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
    this.name = 'StoreUnavailable';
  }
}

/** Injection token of the store, for what operates projections; queries go through READ_MODELS. */
export const READ_MODEL_STORE = 'ReadModelStore';
