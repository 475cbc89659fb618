import type { EventLog, EventPlace } from '@leadlog/event-log';
import { OffHeapMap } from './off-heap-map';

/** Number of ids whose place is remembered. */
const REMEMBERED = 200_000;
/**
 * Repeats usually follow soon: no events are accepted until this many of the newest ids are known; the others are read in the background.
 */
const KNOWN_FIRST = 20_000;

interface Placed {
  event: { id: string };
  stream: string;
}

/** A batch that is being written, or waits for its turn, and when its write ends. */
interface UnderWay {
  events: readonly Placed[];
  /** Event id → stream, once it is asked for; and of the streams those that are decided on, and all of them. */
  streams?: ReadonlyMap<string, string>;
  decidedOn?: ReadonlySet<string>;
  written?: ReadonlySet<string>;
  waiting: boolean;
  done: Promise<unknown>;
}

/**
 * Event id → stream for the events recorded last: under another visitor, address or deal, the same event would go into another stream.
 * Events from other processes become known a moment later; the archive finds duplicates that slip through in that moment.
 */
export class RecordedIds {
  /**
   * In two halves: when the newer one is full, the older one is dropped. An ordered cache, used for every event, would cost several times
   * as much.
   */
  private newer = new OffHeapMap();
  private older = new OffHeapMap();
  /** No Set: its outgrown tables hold on to what it held, until the next full collection. */
  private readonly underWay: UnderWay[] = [];
  private starting: Promise<void> | undefined;
  private newestKnown = false;

  constructor(private readonly log: EventLog) {}

  /** Resolves once the newest are known; undefined if they already are. Rejects if the log does, and may be called again. */
  ready(): Promise<void> | undefined {
    if (this.newestKnown) return undefined;
    return (this.starting ??= this.start().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    }));
  }

  streamOf(id: string): string | undefined {
    return this.newer.get(id) ?? this.older.get(id);
  }

  recorded(id: string, stream: string): void {
    if (this.newer.size >= REMEMBERED / 2) {
      this.older = this.newer;
      this.newer = new OffHeapMap();
    }
    this.newer.add(id, stream);
  }

  /**
   * Runs `work` in its turn: at once, unless an earlier call of this process is under way that writes one of these ids to another stream,
   * decides on one of these leads, or waits for such a call itself and writes to one of these streams. So each stream is written in the
   * order of the calls.
   */
  async inTurn<T>(events: readonly Placed[], work: () => Promise<T>): Promise<T> {
    const earlier: Promise<unknown>[] = [];
    for (const one of this.underWay) if (comesFirst(one, events)) earlier.push(one.done);
    const mine: UnderWay = { events, waiting: earlier.length > 0, done: undefined as unknown as Promise<unknown> };
    mine.done = mine.waiting
      ? Promise.allSettled(earlier).then(() => {
          mine.waiting = false;
          return work();
        })
      : work();
    this.underWay.push(mine);
    try {
      return (await mine.done) as T;
    } finally {
      const last = this.underWay.pop()!;
      if (last !== mine) this.underWay[this.underWay.indexOf(mine)] = last;
    }
  }

  private async start(): Promise<void> {
    const head = this.log.followPlaces && (await this.log.head());
    await this.readNewest(KNOWN_FIRST);
    this.newestKnown = true;
    void this.goOn(head);
  }

  private async goOn(head: bigint | undefined): Promise<void> {
    try {
      await Promise.all([this.readNewest(REMEMBERED), head !== undefined && this.follow(head)]);
    } catch {
      // The log is closed, or cannot be read: it says so to whoever takes events in. What is known stays known.
      this.newestKnown = false;
      this.starting = undefined;
    }
  }

  private async readNewest(limit: number): Promise<void> {
    const newest: EventPlace[] = [];
    for await (const places of this.log.newestPlaces(limit)) newest.push(...places);
    // Oldest first, so that the oldest are dropped first and, of two events under one id, the first counts.
    for (const place of newest.reverse()) this.hear(place);
  }

  private async follow(head: bigint): Promise<void> {
    for await (const places of this.log.followPlaces!(head)) for (const place of places) this.hear(place);
  }

  private hear({ id, stream }: EventPlace): void {
    if (this.newer.get(id) === undefined) this.recorded(id, this.older.get(id) ?? stream);
  }
}

function comesFirst(one: UnderWay, events: readonly Placed[]): boolean {
  // Most batches have one event, for which creating a Map is expensive.
  if (one.events.length === 1 && events.length === 1) {
    const [{ event, stream }] = one.events as [Placed];
    const [other] = events as [Placed];
    return stream === other.stream ? one.waiting || isDecidedOn(stream) : event.id === other.event.id;
  }
  const streams = (one.streams ??= streamsOf(one.events));
  if (events.some(({ event, stream }) => (streams.get(event.id) ?? stream) !== stream)) return true;
  const decidedOn = (one.decidedOn ??= new Set(one.events.flatMap(({ stream }) => (isDecidedOn(stream) ? stream : []))));
  if (decidedOn.size > 0 && events.some(({ stream }) => decidedOn.has(stream))) return true;
  if (!one.waiting) return false;
  const written = (one.written ??= new Set(one.events.map(({ stream }) => stream)));
  return events.some(({ stream }) => written.has(stream));
}

/** Of these streams one decision follows from another, and the first may still be thought about when the second is asked for. */
const isDecidedOn = (stream: string): boolean => stream.startsWith('lead-');

/** If two have the same id, the first is written. */
function streamsOf(events: readonly Placed[]): ReadonlyMap<string, string> {
  const streams = new Map<string, string>();
  for (const { event, stream } of events) if (!streams.has(event.id)) streams.set(event.id, stream);
  return streams;
}
