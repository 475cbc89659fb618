import { LeadlogError } from '@leadlog/errors';
import type { Position } from '@leadlog/event-log';
import type { AsOf } from './projection-source';
import type { ListEntry, ListRange } from './store';

/** The query side of projections. */
export interface ReadModels {
  /** Pins the present live generation; all answers of the view come from it. Rejects with NotBuiltYet if there is none. */
  view(projection: string): Promise<ReadModelView>;
  /** Resolves once the live generations of these projections have folded everything up to `position`; rejects with NotReached. */
  reached(projections: readonly string[], position: Position, timeoutMs: number): Promise<void>;
}

export interface ReadModelView {
  readonly generation: string;
  readonly version: string;
  /** The data from which the generation was made, if any (a scoring model document). */
  readonly spec: unknown;
  /**
   * Since when this version has been live, ms; 0 for the first one. A reaction must not decide about earlier moments, which
   * belonged to another version.
   */
  readonly versionSince: number;
  /** The event that requested this version, if requests come from the log. */
  readonly asOf: AsOf | undefined;
  /** The view includes everything up to here, and possibly later events. */
  readonly through: Position;
  /** The state folded for the key; for a merged key, the state of its survivor. */
  get<State>(key: string): Promise<State | undefined>;
  /** In the order of the keys. */
  many<State>(keys: readonly string[]): Promise<(State | undefined)[]>;
  /** The survivor of a merged key; otherwise the key itself. */
  resolve(key: string): Promise<string>;
  /** The same for many keys, in their order. */
  resolveAll(keys: readonly string[]): Promise<string[]>;
  /** All original keys whose history is folded into this one, itself first. */
  family(key: string): Promise<string[]>;
  list(list: string, range?: ListRange): Promise<ListEntry[]>;
  listSize(list: string): Promise<number>;
  /** Cells with from <= name < to whose sum is not 0, by name. */
  tallies(from: string, to: string): Promise<[cell: string, sum: number][]>;
  scan<State>(): AsyncIterable<[key: string, state: State]>;
}

export class NotBuiltYet extends LeadlogError {
  readonly kind = 'busy';

  /** `version`: version of the live generation, if this program cannot read it. */
  constructor(
    readonly projection: string,
    version?: string,
  ) {
    super(
      `the read model ${projection} ${version === undefined ? 'has no live generation yet' : `has version ${version}, which another version of Leadlog built`}; it is being built, try again in a moment`,
    );
  }
}

export class NotReached extends LeadlogError {
  readonly kind = 'busy';

  constructor(
    readonly projection: string,
    readonly asked: Position,
    readonly through: Position,
    readonly timeoutMs: number,
  ) {
    const expected = `a position that ${projection} reaches within ${timeoutMs} ms`;
    super(`the read model ${projection} is at ${through} and did not reach ${asked} within ${timeoutMs} ms`, {
      errors: [{ pointer: '/after', expected, got: `${asked}, while it is at ${through}` }],
    });
  }
}

/** Injection token of the query side. */
export const READ_MODELS = 'ReadModels';
