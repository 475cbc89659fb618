import type { Statement } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

/** For shorter streams, all positions are read each time. */
const LONG = 256;
/** Limit over all streams together. */
const KEPT_POSITIONS = 1_000_000;

/**
 * The positions of the events of a stream. The index is by tag, so even the last event can be found only by sorting all of them; for a long
 * stream, the sorted positions are kept, because a stream only grows at its end.
 */
export class StreamPositions {
  /** `head`: head of the log at the last read. */
  private readonly known = new LRUCache<number, { positions: number[]; head: number }>({
    maxSize: KEPT_POSITIONS,
    sizeCalculation: ({ positions }) => positions.length + 1,
  });

  /** `all`: positions of a stream, sorted. `since`: positions of a stream after a given one, unsorted. */
  constructor(
    private readonly all: Statement,
    private readonly since: Statement,
  ) {}

  /** Positions from this index on, up to a limit. `head`: head of the log, read before. */
  of(stream: number, head: number, from: number, limit: number): number[] {
    return this.allOf(stream, head).slice(from, limit < 0 ? undefined : from + limit);
  }

  private allOf(stream: number, head: number): readonly number[] {
    const before = this.known.get(stream);
    if (before?.head === head) return before.positions;
    const positions = before?.positions ?? [];
    // Another connection may have written since the head was read: the events after it are already included and must not be read again.
    const last = positions.at(-1) ?? -1;
    const more = (before ? this.since.all(stream, last) : this.all.all(stream)) as number[];
    if (before) more.sort((a, b) => a - b);
    for (const position of more) positions.push(position);
    if (positions.length >= LONG) this.known.set(stream, { positions, head });
    return positions;
  }
}
