import type { Position } from '@leadlog/event-log';
import type { Projection } from './projection';

/**
 * The event that requested the present version, if requests come from the log: the last relevant event of a stream, START if there is none.
 * A worker that has not seen a later request does not undo it.
 */
export interface AsOf {
  stream: string;
  position: Position;
}

/** A projection that the worker can run, in its present form and in the form of an earlier generation. */
export interface ProjectionSource {
  readonly name: string;
  /** The projection for a new generation. `spec` is stored with the generation if the projection is made from data. */
  current(): { projection: Projection; spec?: unknown; asOf?: AsOf };
  /** The fold of an earlier generation made from data; undefined if its code no longer exists. */
  earlier?(spec: unknown): Projection;
  /** Retired as of `current().asOf`: it is no longer updated, and its generations are kept. */
  readonly retired?: boolean;
}

/** A projection made from code only: earlier versions can be read but no longer run. */
export function fromCode(projection: Projection): ProjectionSource {
  return { name: projection.name, current: () => ({ projection }) };
}
