import type { Statement } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

/** Of shorter streams all are asked for each time. */
const LONG = 256;
/** Of all streams together. */
const KEPT_POSITIONS = 1_000_000;

/**
 * Where the events of a stream stand. Its index is by tag, so that even the last event is found only by putting all of them in order; of a long
 * stream the order is kept, for it only ever grows at its end.
 */
export class StreamPositions {
  /** `head`: of the log, when was looked last. */
  private readonly known = new LRUCache<number, { positions: number[]; head: number }>({ maxSize: KEPT_POSITIONS, sizeCalculation: ({ positions }) => positions.length + 1 });

  /** `all`: of a stream, in order. `since`: of a stream, behind a position, in no order. */
  constructor(
    private readonly all: Statement,
    private readonly since: Statement,
  ) {}

  /** From the one at this place on, at most so many. `head`: of the log, read before. */
  of(stream: number, head: number, from: number, limit: number): number[] {
    return this.allOf(stream, head).slice(from, limit < 0 ? undefined : from + limit);
  }

  private allOf(stream: number, head: number): readonly number[] {
    const before = this.known.get(stream);
    if (before?.head === head) return before.positions;
    const positions = before?.positions ?? [];
    // Another connection may have written since the head was read: what is behind it is read by now, and is not to be read again.
    const last = positions.at(-1) ?? -1;
    const more = (before ? this.since.all(stream, last) : this.all.all(stream)) as number[];
    if (before) more.sort((a, b) => a - b);
    for (const position of more) positions.push(position);
    if (positions.length >= LONG) this.known.set(stream, { positions, head });
    return positions;
  }
}
