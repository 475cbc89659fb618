import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import { changeOf, LIVE_TYPES, type Change } from './changes';

/** Held in memory, whatever is asked for: whoever was away for more is told to read everything anew. */
export const MOST_HELD = 10_000;
/** Read again from the log for somebody who was away while nobody listened, or whose API has been restarted. */
const MOST_READ_AGAIN = 2_000;
const AGAIN_MS = 500;
const SLICE = 500;

/**
 * What has changed of late, as the log says it, followed while somebody listens. All that came after `from`, up to `through`, is held; what is
 * too much is dropped from the front.
 */
export class RecentChanges {
  private changes: Change[] = [];
  from: Position = START;
  through: Position = START;
  private stopping = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  private covering: Promise<unknown> = Promise.resolve();
  private known: string | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly onChange: () => void,
    private readonly onWarning: (message: string, error: unknown) => void,
  ) {}

  /** Once; again after a stop. */
  async start(): Promise<void> {
    await this.ended;
    this.changes = [];
    this.from = this.through = await this.log.head();
    this.stopping = new AbortController();
    this.ended = this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** Those after a position, in the order of the log. */
  after(position: Position): readonly Change[] {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.changes[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? this.changes : this.changes.slice(low);
  }

  /** Holds what came after the position too, where it is not too much: whether it does. */
  async cover(position: Position): Promise<boolean> {
    const covered = this.covering.then(() => this.readBack(position));
    this.covering = covered.catch(() => undefined);
    return covered;
  }

  /**
   * Which log it is: by its first event, so that a position of another is not taken for one of this. An empty log is none that anybody could
   * come back to.
   */
  async mark(): Promise<string> {
    if (this.known !== undefined) return this.known;
    for await (const { events } of this.log.read({ sliceSize: 1 })) {
      const [first] = events;
      if (!first) continue;
      const text = `${first.id} ${first.stream} ${first.recordedAt}`;
      return (this.known = createHash('sha256').update(text).digest('hex').slice(0, 8));
    }
    return '0'.repeat(8);
  }

  private async readBack(position: Position): Promise<boolean> {
    if (position >= this.from) return true;
    const until = this.from;
    const read: Change[] = [];
    let count = 0;
    for await (const { events } of this.log.read({ after: position, until, filter: { types: LIVE_TYPES }, sliceSize: SLICE })) {
      count += events.length;
      if (count > MOST_READ_AGAIN || this.changes.length + count > MOST_HELD) return false;
      read.push(...events.flatMap((event) => changeOf(event) ?? []));
    }
    // Something may have been dropped from the front meanwhile, or have come at the end.
    if (this.from !== until || this.changes.length + read.length > MOST_HELD) return false;
    this.changes = [...read, ...this.changes];
    this.from = position;
    return true;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const slices = this.log.subscribe({ after: this.through, filter: { types: LIVE_TYPES }, sliceSize: SLICE, signal });
        for await (const { events, through } of slices) {
          this.take(events.flatMap((event) => changeOf(event) ?? []));
          this.through = through;
          this.onChange();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onWarning('changes will be followed again', error);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private take(changes: readonly Change[]): void {
    this.changes.push(...changes);
    const over = this.changes.length - MOST_HELD;
    if (over <= 0) return;
    this.from = this.changes[over - 1]!.position;
    this.changes = this.changes.slice(over);
  }
}
