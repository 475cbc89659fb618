import type { EventLog, EventPlace } from '@leadlog/event-log';
import { LRUCache } from 'lru-cache';

/** Ids of which it is known where they are recorded. */
const REMEMBERED = 200_000;
/** What is sent again was most likely sent just before: nothing is taken in until so many of the newest are known, the others are read beside it. */
const KNOWN_FIRST = 20_000;

/**
 * Event id → stream, of what was recorded last: under another visitor, address or deal the same event would go into another stream. What other
 * processes bring to the log is heard of a moment later; what slips through in that moment the archive finds.
 */
export class RecordedIds {
  private readonly streams = new LRUCache<string, string>({ max: REMEMBERED });
  private readonly underWay = new Map<string, { stream: string; done: Promise<unknown> }>();
  private starting: Promise<void> | undefined;

  constructor(private readonly log: EventLog) {}

  /** Resolves once the newest are known; rejects as the log does, and may be asked again. */
  ready(): Promise<void> {
    return (this.starting ??= this.start().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    }));
  }

  streamOf(id: string): string | undefined {
    return this.streams.get(id);
  }

  recorded(id: string, stream: string): void {
    this.streams.set(id, stream);
  }

  /** Runs `work` once nobody here writes these ids to other streams, and keeps others from it meanwhile. */
  async alone<T>(events: readonly { id: string; stream: string }[], work: () => Promise<T>): Promise<T> {
    for (;;) {
      const others = events.flatMap(({ id, stream }) => {
        const other = this.underWay.get(id);
        return other && other.stream !== stream ? other.done : [];
      });
      if (others.length === 0) break;
      await Promise.allSettled(others);
    }
    const mine = events.filter(({ id }) => !this.underWay.has(id));
    let end!: () => void;
    const done = new Promise<void>((resolve) => (end = resolve));
    for (const { id, stream } of mine) this.underWay.set(id, { stream, done });
    try {
      return await work();
    } finally {
      for (const { id } of mine) this.underWay.delete(id);
      end();
    }
  }

  private async start(): Promise<void> {
    const head = this.log.followPlaces && (await this.log.head());
    await this.readNewest(KNOWN_FIRST);
    void this.goOn(head);
  }

  private async goOn(head: bigint | undefined): Promise<void> {
    try {
      await Promise.all([this.readNewest(REMEMBERED), head !== undefined && this.follow(head)]);
    } catch {
      // The log is closed, or cannot be read: it says so to whoever takes events in. What is known stays known.
      this.starting = undefined;
    }
  }

  private async readNewest(limit: number): Promise<void> {
    const newest: EventPlace[] = [];
    for await (const places of this.log.newestPlaces(limit)) newest.push(...places);
    // The oldest are the first to be forgotten, and the first of two under one id is the one that counts.
    for (const place of newest.reverse()) this.hear(place);
  }

  private async follow(head: bigint): Promise<void> {
    for await (const places of this.log.followPlaces!(head)) for (const place of places) this.hear(place);
  }

  private hear({ id, stream }: EventPlace): void {
    if (this.streams.get(id) === undefined) this.streams.set(id, stream);
  }
}
