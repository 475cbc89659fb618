import type { Position } from '@leadlog/event-log';
import type { Projection } from './projection';

/**
 * The event that says what is wanted, where the log does: the last one of a stream that had a say, START where none had. A worker
 * that has not heard of a later one changes nothing of what that asked for.
 */
export interface AsOf {
  stream: string;
  position: Position;
}

/** A projection the worker can run: what it is now, and what it was for an earlier generation. */
export interface ProjectionSource {
  readonly name: string;
  /** As a new generation would be made. `spec` is kept with the generation where the projection is made from data. */
  current(): { projection: Projection; spec?: unknown; asOf?: AsOf };
  /** The fold of an earlier generation made from data; undefined when its code is gone. */
  earlier?(spec: unknown): Projection;
  /** Out of use as of `current().asOf`: nothing follows it, its generations are kept. */
  readonly retired?: boolean;
}

/** A projection made from code alone: earlier versions of it cannot be run any more, only read. */
export function fromCode(projection: Projection): ProjectionSource {
  return { name: projection.name, current: () => ({ projection }) };
}
