import { setTimeout as sleep } from 'node:timers/promises';
import { BACKWARDS, END, EventStoreDBClient, FORWARDS, START as FROM_START, type AllStreamResolvedEvent, type ReadPosition, type ResolvedEvent, type StreamingRead } from '@eventstore/db-client';
import { LRUCache } from 'lru-cache';
import {
  LogOverloaded,
  LogUnavailable,
  MAX_EVENT_BYTES,
  matches,
  OutcomeUnknown,
  START,
  type Append,
  type Appended,
  type AppendOutcome,
  type EventLog,
  type EventMetadata,
  type ExpectedRevision,
  type LogSlice,
  type NewEvent,
  type Position,
  type ReadOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
} from '../log';
import { writtenForm } from '../written-form';
import { BatchAppends, type WireEvent, type Written } from './batch-appends';
import { because, faultOf, isDroppedByBurst, patiently, within } from './faults';
import { LiveFeed } from './live-feed';
import { NewStreams } from './new-streams';
import { Room } from './room';
import { StreamIds, type StoredId } from './stream-ids';
import { StreamWriter, type KnownStream, type SizedEvent, type StreamAccess } from './stream-writer';

const DEFAULT_SLICE = 1_000;
const PAGE = 4_096n;
/** Ids of events kept in memory over all streams, so that most appends need no look at their stream first. */
const KNOWN_IDS = 500_000;
/** Streams that are written at once: enough to keep a server busy; the fewer, the more events wait for each and go together. */
const WRITTEN_AT_ONCE = 128;
const BYTES_ON_THEIR_WAY = 16 * 1_048_576;

export interface EventStoreDbOptions {
  /** Connection string: `esdb://user:password@host:2113?tls=false`, `esdb+discover://…` for a cluster. */
  url: string;
  /** First part of every stream name, where a server is shared; none by default. Events of other streams are never seen. */
  namespace?: string;
  /** How long a fault is waited out before a call fails; 10,000 ms by default. */
  patienceMs?: number;
  /** A live subscription that has been silent for so long is checked against the head of the log; 10,000 ms by default. */
  silenceMs?: number;
  /** Appends that may wait; more are answered with LogOverloaded. */
  maxWaiting?: number;
  onWarning?: (message: string, error?: unknown) => void;
  /** What is routine, for whoever looks closely. */
  onDebug?: (message: string) => void;
}

/**
 * The event log in EventStoreDB. A position is the commit position of an event in `$all`. Of an append that went together with
 * others of its stream, the position that is answered may be that of the last of them. `recordedAt` is the clock of the server.
 */
export class EventStoreDbEventLog implements EventLog {
  readonly findsByStream = false;
  private readonly client: EventStoreDBClient;
  private readonly namespace: string;
  private readonly patienceMs: number;
  private readonly writers = new Map<string, StreamWriter>();
  private readonly known = new LRUCache<string, KnownStream>({ maxSize: KNOWN_IDS, sizeCalculation: ({ ids }) => ids.size + 1 });
  private readonly appends: BatchAppends;
  private readonly ids: StreamIds;
  private readonly access: StreamAccess;
  private readonly writing = new Room(WRITTEN_AT_ONCE, Infinity);
  private readonly onTheirWay = new Room(Infinity, BYTES_ON_THEIR_WAY);
  private waiting = 0;
  private quiet: () => void = () => undefined;
  private readonly closing = new AbortController();
  /** Our last event cannot be before it. */
  private knownHead: Position = START;
  /** All up to here has been looked at: behind the known head there is nothing of ours. */
  private examined: Position = START;
  /** Live subscriptions that the server dropped in a burst; routine. */
  drops = 0;

  /** Throws when the connection string is none. Connects with the first call. */
  static open(options: EventStoreDbOptions): EventStoreDbEventLog {
    return new EventStoreDbEventLog(options);
  }

  private constructor(private readonly options: EventStoreDbOptions) {
    this.client = EventStoreDBClient.connectionString(options.url);
    this.namespace = options.namespace ?? '';
    this.patienceMs = options.patienceMs ?? 10_000;
    this.appends = new BatchAppends(this.client, this.patienceMs);
    this.ids = new StreamIds(this.client, this.patienceMs);
    this.access = {
      patienceMs: this.patienceMs,
      appendLimit: MAX_EVENT_BYTES,
      read: (stream, behind) => this.idsBehind(stream, behind),
      room: (work) => this.writing.within(0, work),
      newStreams: new NewStreams(),
      tail: () => this.patiently(() => this.ids.tail()),
      positionOf: (stream, revision) => this.positionOf(stream, revision),
      send: (stream, events, expected, bytes) => this.send(stream, events, expected, bytes),
    };
  }

  async append(stream: string, events: readonly NewEvent[], { expected }: { expected: ExpectedRevision }): Promise<Appended> {
    const [outcome] = await this.appendMany([{ stream, events, expected }]);
    if (!outcome!.ok) throw outcome!.error;
    return outcome!.value;
  }

  async appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    if (this.closing.signal.aborted) return appends.map(() => ({ ok: false, error: new LogUnavailable('closed', 'the event log is closed') }));
    const empty = appends.find((append) => append.events.length === 0);
    if (empty) throw new RangeError(`append to ${empty.stream}: expected at least one event, got none`);
    const { waiting } = this;
    if (waiting > 0 && waiting + appends.length > (this.options.maxWaiting ?? 100_000)) return appends.map(() => ({ ok: false, error: new LogOverloaded(waiting) }));
    const forms = appends.map(writtenForm);
    this.waiting += appends.length;
    try {
      return await Promise.all(
        appends.map(async (append, index): Promise<AppendOutcome> => {
          const form = forms[index]!;
          if ('error' in form) return { ok: false, error: form.error };
          const outcome = await this.writerOf(append.stream).append(append, sized(append.events, form.events));
          if (outcome.ok && outcome.value.position > this.knownHead && outcome.value.repeated.length === 0) this.knownHead = outcome.value.position;
          return outcome;
        }),
      );
    } finally {
      this.waiting -= appends.length;
      if (this.waiting === 0) this.quiet();
    }
  }

  async *readStream(stream: string, { from, direction = 'forwards', limit = Infinity }: ReadStreamOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    const backwards = direction === 'backwards';
    let next: bigint | typeof FROM_START | typeof END = from ?? (backwards ? END : FROM_START);
    for (let left = limit; left > 0; ) {
      const count = Math.min(left, Number(PAGE));
      const page = await this.pageOf(stream, { fromRevision: next, direction: backwards ? BACKWARDS : FORWARDS, maxCount: count });
      const events = page.flatMap(({ event }) => (event ? [this.recorded(event as unknown as Stored)] : []));
      if (events.length > 0) yield events;
      left -= page.length;
      const last = page.at(-1)?.event?.revision;
      if (last === undefined || page.length < count || (backwards && last === 0n)) return;
      next = backwards ? last - 1n : last + 1n;
    }
  }

  async *read({ after = START, until, filter, sliceSize = DEFAULT_SLICE }: ReadOptions = {}): AsyncIterable<LogSlice> {
    const head = await this.head();
    // Never past the head: a checkpoint there would skip what is written next.
    const end = until === undefined || until > head ? head : until;
    let through = after;
    let events: RecordedEvent[] = [];
    let lagging: number | undefined;
    while (through < end) {
      const page = await this.page(through);
      const reached = page.at(-1)?.event?.position.commit ?? START;
      for (const { event } of page) {
        if (!event || event.position.commit <= through) continue;
        if (event.position.commit > end) break;
        through = event.position.commit;
        if (!this.isOurs(event as unknown as Stored)) continue;
        const recorded = this.recorded(event as unknown as Stored);
        if (!matches(filter, recorded)) continue;
        events.push(recorded);
        if (events.length < sliceSize || through >= end) continue;
        yield { events, through, caughtUp: false };
        events = [];
      }
      if (reached >= end) through = end;
      else if (page.length < Number(PAGE)) await this.waitForNode(end, (lagging ??= performance.now()));
      if (events.length > 0 || through >= end) yield { events, through, caughtUp: through >= end };
      events = [];
    }
  }

  async *subscribe({ after = START, filter, sliceSize = DEFAULT_SLICE, signal }: SubscribeOptions = {}): AsyncIterable<LogSlice> {
    const stopping = signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal;
    let through = after;
    for (let pause = 100; !stopping.aborted; ) {
      let fault: unknown;
      try {
        // By pages up to the head, which no burst can interrupt; from there on live.
        for await (const slice of this.read({ after: through, filter, sliceSize })) {
          if (stopping.aborted) return;
          through = slice.through;
          yield slice;
        }
        const feed = new LiveFeed(this.client, through, this.namespace);
        try {
          while (!stopping.aborted) {
            const news = await feed.next(this.options.silenceMs ?? 10_000, stopping);
            if (stopping.aborted) return;
            if (news === 'ended') break;
            if (news === 'silent') {
              if ((await this.head()) <= through) continue;
              this.options.onWarning?.('a live subscription was silent though there is news; it is taken up again');
              break;
            }
            pause = 100;
            for (let at = 0; at < news.events.length; at += sliceSize) {
              const some = news.events.slice(at, at + sliceSize).flatMap(({ event }) => (event && event.position.commit > through ? [event as unknown as Stored] : []));
              if (some.length === 0) continue;
              through = some.at(-1)!.position!.commit;
              const ours = some.filter((event) => this.isOurs(event)).map((event) => this.recorded(event));
              const last = ours.at(-1)?.position ?? START;
              if (last > this.knownHead) this.knownHead = last;
              yield { events: ours.filter((event) => matches(filter, event)), through, caughtUp: at + sliceSize >= news.events.length && feed.empty };
              if (stopping.aborted) return;
            }
            if (news.marker !== undefined && news.marker > through) {
              through = news.marker;
              yield { events: [], through, caughtUp: feed.empty };
            }
          }
          fault = feed.fault;
        } finally {
          feed.stop();
        }
      } catch (error) {
        fault = error;
      }
      if (stopping.aborted) return;
      if (isDroppedByBurst(fault)) {
        this.drops += 1;
        this.options.onDebug?.(`a burst ended the live subscription at ${through}, as it does; it is taken up again at once`);
        continue;
      }
      if (fault instanceof LogUnavailable && fault.reason === 'io') throw fault;
      if (fault !== undefined) this.options.onWarning?.(`the subscription to the event log broke (${because(fault)}); it is taken up again`, fault);
      await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
      pause = Math.min(5_000, 2 * pause);
    }
  }

  async head(): Promise<Position> {
    let fromPosition: ReadPosition = END;
    let newest: Position | undefined;
    for (let count = 16; ; count = Number(PAGE)) {
      const options = { direction: BACKWARDS, fromPosition, maxCount: count } as const;
      const page: AllStreamResolvedEvent[] = await this.patiently(() => this.collect<AllStreamResolvedEvent>(this.client.readAll(options)));
      for (const { event } of page) {
        if (!event) continue;
        newest ??= event.position.commit;
        const ours = this.isOurs(event as unknown as Stored);
        if (event.position.commit > this.knownHead && ours) this.knownHead = event.position.commit;
        // Others may have written much since; it is gone through once.
        if (ours || event.position.commit <= this.knownHead || event.position.commit <= this.examined) return this.lookedAt(newest);
        fromPosition = event.position;
      }
      if (page.length < count) return this.lookedAt(newest ?? START);
    }
  }

  private lookedAt(newest: Position): Position {
    if (newest > this.examined) this.examined = newest;
    return this.knownHead;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    if (this.waiting > 0) await new Promise<void>((quiet) => (this.quiet = quiet));
    await this.appends.close();
    await this.client.dispose();
  }

  // ---- writing

  private writerOf(stream: string): StreamWriter {
    let writer = this.writers.get(stream);
    if (!writer) {
      const made: StreamWriter = new StreamWriter(this.namespace + stream, this.access, this.known.get(stream), () => {
        this.writers.delete(stream);
        if (made.known) this.known.set(stream, made.known);
        else this.known.delete(stream);
      });
      this.writers.set(stream, (writer = made));
    }
    return writer;
  }

  private send(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream', bytes: number): Promise<Written> {
    return this.onTheirWay.within(bytes, () => within(this.patienceMs, this.appends.append(stream, events, expected), () => this.appends.leaveCall()));
  }

  private async idsBehind(stream: string, behind: bigint | 'no-stream'): Promise<StoredId[]> {
    const found: StoredId[] = [];
    for (let from = behind === 'no-stream' ? 0n : behind + 1n; ; from = found.at(-1)!.revision + 1n) {
      const page = await this.patiently(() => this.ids.read(stream, from, Number(PAGE)));
      for (const one of page) found.push(one);
      if (page.length < Number(PAGE)) return found;
    }
  }

  private async positionOf(stream: string, revision: bigint): Promise<bigint> {
    const [found] = await this.patiently(() => this.ids.read(stream, revision, 1));
    if (found?.revision !== revision) throw new OutcomeUnknown(`revision ${revision} of ${stream} is not there any more`);
    return found.position;
  }

  // ---- reading

  /**
   * The node that answers has not yet what another has given us: it follows, and lags. To go on would set a checkpoint past events that
   * nobody was given.
   */
  private async waitForNode(end: Position, since: number): Promise<void> {
    if (performance.now() - since > this.patienceMs || this.closing.signal.aborted)
      throw new LogUnavailable('unreachable', `the node of EventStoreDB that answers has not yet the event at ${end}; check that its cluster is healthy, or let EVENTSTORE_URL prefer the leader`);
    await sleep(50);
  }

  private page(after: Position): Promise<AllStreamResolvedEvent[]> {
    const fromPosition = after === START ? FROM_START : { commit: after, prepare: after };
    return this.patiently(() => this.collect<AllStreamResolvedEvent>(this.client.readAll({ direction: FORWARDS, fromPosition, maxCount: PAGE })));
  }

  private pageOf(stream: string, options: Parameters<EventStoreDBClient['readStream']>[1] & object): Promise<ResolvedEvent[]> {
    return this.patiently(async () => {
      try {
        return await this.collect<ResolvedEvent>(this.client.readStream(this.namespace + stream, options));
      } catch (error) {
        if (faultOf(error) === 'no-stream' || faultOf(error) === 'deleted') return [];
        throw error;
      }
    });
  }

  private patiently<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing.signal.aborted && this.waiting === 0) return Promise.reject(new LogUnavailable('closed', 'the event log is closed'));
    return patiently(this.patienceMs, work, this.closing.signal);
  }

  private collect<T>(stream: StreamingRead<T>): Promise<T[]> {
    const all = async () => {
      const found: T[] = [];
      for await (const one of stream) found.push(one);
      return found;
    };
    return within(this.patienceMs, all(), () => {
      void stream.cancel().catch(() => undefined);
      stream.destroy();
    });
  }

  /** Not of the server itself, not of another namespace, and written by Leadlog. */
  private isOurs({ streamId, type, metadata }: Stored): boolean {
    return !type.startsWith('$') && !streamId.startsWith('$') && streamId.startsWith(this.namespace) && typeof metadata?.occurredAt === 'string';
  }

  private recorded(event: Stored): RecordedEvent {
    return {
      id: event.id,
      type: event.type,
      stream: event.streamId.slice(this.namespace.length),
      revision: event.revision,
      position: event.position!.commit,
      recordedAt: event.created.getTime(),
      occurredAt: Date.parse(event.metadata.occurredAt),
      data: event.data,
      metadata: event.metadata,
    };
  }
}

function sized(events: readonly NewEvent[], forms: readonly { data: string; metadata: string }[]): SizedEvent[] {
  return forms.map(({ data, metadata }, index) => ({ event: events[index]!, data, metadata, bytes: Buffer.byteLength(data) + Buffer.byteLength(metadata) }));
}

interface Stored {
  id: string;
  type: string;
  streamId: string;
  revision: bigint;
  created: Date;
  data: unknown;
  metadata: EventMetadata;
  position?: { commit: bigint };
}
