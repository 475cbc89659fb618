import type { Position } from '@leadlog/event-log';
import type { AsOf } from './projection-source';
import type { ListEntry, ListRange } from './store';

/** The query side of projections. */
export interface ReadModels {
  /** Pins the generation that is live now; every answer of a view comes from that generation. Rejects with NotBuiltYet when there is none. */
  view(projection: string): Promise<ReadModelView>;
  /** Resolves once the live generations of these projections have folded everything up to `position`; rejects with NotReached. */
  reached(projections: readonly string[], position: Position, timeoutMs: number): Promise<void>;
}

export interface ReadModelView {
  readonly generation: string;
  readonly version: string;
  /** What the generation was made from, where that is data (a scoring model document). */
  readonly spec: unknown;
  /**
   * Since when this version has been live, ms; 0 for the first one. What happened before was for another version to
   * decide: a reaction decides nothing about earlier moments.
   */
  readonly versionSince: number;
  /** The event that asked for this version, where the log says what is wanted. */
  readonly asOf: AsOf | undefined;
  /** Everything up to here is in what the view answers (later events may be too). */
  readonly through: Position;
  /** The state folded for the key; a merged key answers as its survivor. */
  get<State>(key: string): Promise<State | undefined>;
  /** In the order of the keys. */
  many<State>(keys: readonly string[]): Promise<(State | undefined)[]>;
  /** The key that a merged key has become part of; the key itself otherwise. */
  resolve(key: string): Promise<string>;
  /** The same of many, in their order. */
  resolveAll(keys: readonly string[]): Promise<string[]>;
  /** All original keys whose history is folded into this one, itself first. */
  family(key: string): Promise<string[]>;
  list(list: string, range?: ListRange): Promise<ListEntry[]>;
  listSize(list: string): Promise<number>;
  /** Cells with from <= name < to whose sum is not 0, by name. */
  tallies(from: string, to: string): Promise<[cell: string, sum: number][]>;
  scan<State>(): AsyncIterable<[key: string, state: State]>;
}

export class NotBuiltYet extends Error {
  /** `version`: of the generation that is live, where this program does not read it. */
  constructor(
    readonly projection: string,
    version?: string,
  ) {
    super(`the read model ${projection} ${version === undefined ? 'has no live generation yet' : `has version ${version}, which another version of Leadlog built`}; it is being built, try again in a moment`);
    this.name = 'NotBuiltYet';
  }
}

export class NotReached extends Error {
  constructor(
    readonly projection: string,
    readonly asked: Position,
    readonly through: Position,
    readonly timeoutMs: number,
  ) {
    super(`the read model ${projection} is at ${through} and did not reach ${asked} within ${timeoutMs} ms`);
    this.name = 'NotReached';
  }

  get expected(): string {
    return `a position that ${this.projection} reaches within ${this.timeoutMs} ms`;
  }

  get got(): string {
    return `${this.asked}, while it is at ${this.through}`;
  }
}

/** Injection token of the query side. */
export const READ_MODELS = 'ReadModels';
