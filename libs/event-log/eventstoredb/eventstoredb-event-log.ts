import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
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
  type EventFilter,
  type EventLog,
  type EventPlace,
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
import { because, faultOf, isDroppedByBurst } from './faults';
import { eventOf, Namespace, storedPlace } from './namespace';
import { NewStreams } from './new-streams';
import { OurHead } from './our-head';
import { newestOfAll, ofStream, subscription, type ServerFilter } from './read-requests';
import { Reads } from './reads';
import { Room } from './in-flight-limit';
import { StreamIds } from './stream-ids';
import { StreamWriter, type KnownStream, type SizedEvent, type StreamAccess } from './stream-writer';

const DEFAULT_SLICE = 1_000;
/** Number of event ids kept in memory over all streams, so that most appends need not read their stream first. */
const KNOWN_IDS = 500_000;
/**
 * Streams written at once: enough to keep a server busy. The fewer there are, the more events wait for each stream and are appended
 * together.
 */
const WRITTEN_AT_ONCE = 128;
const BYTES_ON_THEIR_WAY = 16 * 1_048_576;

export interface EventStoreDbOptions {
  /** Connection string: `esdb://user:password@host:2113?tls=false`, `esdb+discover://…` for a cluster. */
  url: string;
  /** Prefix of every stream name on a shared server. Default: none. Events of other streams are never seen. */
  namespace?: string;
  /**
   * How long a call waits for a fault to end before it fails, and how long a read may be silent before it is repeated. Default: 10,000 ms.
   */
  patienceMs?: number;
  /** A live subscription that has been silent for this long is compared with the head of the log. Default: 10,000 ms. */
  silenceMs?: number;
  /** Maximum number of waiting appends; more are refused with LogOverloaded. */
  maxWaiting?: number;
  onWarning?: (message: string, error?: unknown) => void;
  /** Routine notices, for debugging. */
  onDebug?: (message: string) => void;
}

/**
 * The event log in EventStoreDB. A position is the commit position of an event in `$all`. For an append that was written together with
 * others of its stream, the returned position may be that of the last of them. `recordedAt` is by the clock of the server.
 */
export class EventStoreDbEventLog implements EventLog {
  readonly findsByStream = false;
  private readonly client: EventStoreDBClient;
  private readonly namespace: Namespace;
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
  private readonly reads: Reads;
  private readonly ours: OurHead;
  /** Live subscriptions that the server dropped in a burst, which is routine. */
  drops = 0;

  /** Throws if the connection string is invalid. Connects with the first call. */
  static open(options: EventStoreDbOptions): EventStoreDbEventLog {
    return new EventStoreDbEventLog(options);
  }

  private constructor(private readonly options: EventStoreDbOptions) {
    this.client = EventStoreDBClient.connectionString(options.url);
    this.namespace = new Namespace(options.namespace ?? '');
    this.patienceMs = options.patienceMs ?? 10_000;
    this.appends = new BatchAppends(this.client, this.patienceMs);
    this.reads = new Reads(this.client, { patienceMs: this.patienceMs, onBurst: () => (this.drops += 1) });
    this.ours = new OurHead(this.reads, this.namespace);
    this.ids = new StreamIds(this.reads);
    this.access = {
      patienceMs: this.patienceMs,
      appendLimit: MAX_EVENT_BYTES,
      read: (stream, behind) => this.ids.read(stream, behind === 'no-stream' ? 0n : behind + 1n),
      room: (work) => this.writing.within(0, work),
      newStreams: new NewStreams(),
      tail: () => this.ids.tail(),
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
    if (this.closing.signal.aborted)
      return appends.map(() => ({ ok: false, error: new LogUnavailable('closed', 'the event log is closed') }));
    const empty = appends.find((append) => append.events.length === 0);
    if (empty) throw new RangeError(`append to ${empty.stream}: expected at least one event, got none`);
    const { waiting } = this;
    if (waiting > 0 && waiting + appends.length > (this.options.maxWaiting ?? 100_000))
      return appends.map(() => ({ ok: false, error: new LogOverloaded(waiting) }));
    const forms = appends.map(writtenForm);
    this.waiting += appends.length;
    try {
      return await Promise.all(
        appends.map(async (append, index): Promise<AppendOutcome> => {
          const form = forms[index]!;
          if ('error' in form) return { ok: false, error: form.error };
          const outcome = await this.writerOf(append.stream).append(append, sized(append.events, form.events));
          if (outcome.ok && outcome.value.repeated.length === 0)
            this.ours.ground.saw(outcome.value.position, this.namespace.prefix + append.stream);
          return outcome;
        }),
      );
    } finally {
      this.waiting -= appends.length;
      if (this.waiting === 0) this.quiet();
    }
  }

  async *readStream(
    stream: string,
    { from, direction = 'forwards', limit = Infinity }: ReadStreamOptions = {},
  ): AsyncIterable<readonly RecordedEvent[]> {
    const backwards = direction === 'backwards';
    let next = from;
    let left = limit;
    const missing = () => ofStream(this.namespace.prefix + stream, { from: next, backwards, count: left });
    try {
      for await (const answers of this.reads.answers(missing)) {
        const events = answers.flatMap((answer) => eventOf(answer) ?? []).map((event) => this.namespace.recorded(event));
        if (events.length === 0) continue;
        const last = events.at(-1)!.revision;
        left -= events.length;
        next = backwards ? last - 1n : last + 1n;
        yield events;
        if (left <= 0 || next < 0n) return;
      }
    } catch (error) {
      if (faultOf(error) !== 'no-stream' && faultOf(error) !== 'deleted') throw error;
    }
  }

  read(options: ReadOptions = {}): AsyncIterable<LogSlice> {
    return this.upToHead(options);
  }

  private async *upToHead({
    after = START,
    until,
    filter,
    sliceSize = DEFAULT_SLICE,
    signal,
  }: ReadOptions & { signal?: AbortSignal }): AsyncGenerator<LogSlice> {
    const head = await this.head();
    // Never past the head: a checkpoint there would skip the next events.
    const end = until === undefined || until > head ? head : until;
    const only = this.filterFor(filter);
    let through = after;
    let searched = after;
    let events: RecordedEvent[] = [];
    let lagging: number | undefined;
    const missing = () => subscription((searched = this.ours.ground.startOf(through)), only);
    while (through < end) {
      let lags = false;
      for await (const answers of this.reads.answers(missing, { signal })) {
        for (const answer of answers) {
          const event = eventOf(answer);
          if (event === undefined) {
            searched = this.ours.passed(searched, answer, only);
            lags ||= answer.hasCaughtUp();
            continue;
          }
          const position = event.position!.commit;
          if (position <= through) continue;
          through = searched = position;
          if (position > end) break;
          if (!this.namespace.holds(event)) continue;
          const recorded = this.namespace.recorded(event);
          if (matches(filter, recorded)) events.push(recorded);
          if (position === end) break;
          if (events.length < sliceSize) continue;
          yield { events, through, caughtUp: false };
          events = [];
        }
        if (through >= end || lags) break;
        if (answers.length > 0 || events.length === 0) continue;
        yield { events, through, caughtUp: false };
        events = [];
      }
      if (signal?.aborted) return;
      if (through < end) await this.waitForNode(end, (lagging ??= performance.now()));
    }
    if (after < end) yield { events, through: end, caughtUp: true };
  }

  async *subscribe({ after = START, filter, sliceSize = DEFAULT_SLICE, signal }: SubscribeOptions = {}): AsyncIterable<LogSlice> {
    const stopping = signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal;
    let through = after;
    for (let pause = 100; !stopping.aborted;) {
      let fault: unknown;
      try {
        // Read up to the head, where no burst interrupts; from there on subscribe.
        for await (const slice of this.upToHead({ after: through, filter, sliceSize, signal: stopping })) {
          if (stopping.aborted) return;
          through = slice.through;
          yield slice;
        }
        for await (const slice of this.live(through, { filter, sliceSize, signal: stopping })) {
          pause = 100;
          through = slice.through;
          yield slice;
          if (stopping.aborted) return;
        }
      } catch (error) {
        fault = error;
      }
      if (stopping.aborted) return;
      if (isDroppedByBurst(fault)) {
        this.drops += 1;
        this.options.onDebug?.(`a burst of events ended the live subscription at ${through}, which is routine; subscribing again`);
        continue;
      }
      if (fault instanceof LogUnavailable && fault.reason === 'io') throw fault;
      if (fault !== undefined)
        this.options.onWarning?.(`the subscription to the event log broke (${because(fault)}); subscribing again`, fault);
      await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
      pause = Math.min(5_000, 2 * pause);
    }
  }

  /** One subscription of the server, until it ends for any reason. */
  private async *live(
    after: Position,
    { filter, sliceSize, signal }: { filter?: EventFilter; sliceSize: number; signal: AbortSignal },
  ): AsyncGenerator<LogSlice> {
    let through = after;
    let searched = this.ours.ground.startOf(after);
    const only = this.namespace.all;
    const call = this.reads.call(subscription(searched, only));
    try {
      for (;;) {
        const got = await call.next(this.options.silenceMs ?? 10_000, signal);
        if (got === 'ended' || signal.aborted) return;
        if (got === 'silent') {
          if ((await this.head()) <= through) continue;
          this.options.onWarning?.('a live subscription was silent although there are new events; subscribing again');
          return;
        }
        const ours: RecordedEvent[] = [];
        for (const answer of got) {
          const event = eventOf(answer);
          if (event === undefined) {
            searched = this.ours.passed(searched, answer, only);
            continue;
          }
          const position = event.position!.commit;
          if (position <= searched) continue;
          searched = position;
          if (!this.namespace.holds(event)) continue;
          this.ours.ground.saw(position, event.streamId);
          ours.push(this.namespace.recorded(event));
        }
        for (let at = 0; at < ours.length; at += sliceSize) {
          const some = ours.slice(at, at + sliceSize);
          through = some.at(-1)!.position;
          yield { events: some.filter((event) => matches(filter, event)), through, caughtUp: at + sliceSize >= ours.length && call.empty };
        }
      }
    } finally {
      this.reads.stop(call);
    }
  }

  async *newestPlaces(limit: number): AsyncIterable<readonly EventPlace[]> {
    let looked = 0;
    let before: Position | undefined;
    // Never by the prefix of a namespace: to find enough events, the server would scan everything that others have written.
    const only = this.namespace.prefix === '' ? this.namespace.all : undefined;
    const missing = () => newestOfAll({ count: limit - looked, before, only });
    for await (const answers of this.reads.answers(missing)) {
      const found = answers.flatMap((answer) => storedPlace(answer) ?? []);
      if (found.length === 0) continue;
      looked += found.length;
      before = found.at(-1)!.position;
      yield found.flatMap((one) => this.namespace.placed(one) ?? []);
      if (looked >= limit) return;
    }
  }

  async *followPlaces(after: Position): AsyncIterable<readonly EventPlace[]> {
    const { signal } = this.closing;
    const only = this.namespace.all;
    let searched = this.ours.ground.startOf(after);
    while (!signal.aborted) {
      try {
        for await (const answers of this.reads.answers(() => subscription(searched, only), { signal })) {
          const found = answers.flatMap((answer) => storedPlace(answer) ?? []);
          for (const answer of answers) searched = this.ours.passed(searched, answer, only);
          if (found.length === 0) continue;
          searched = found.at(-1)!.position;
          yield found.flatMap((one) => this.namespace.placed(one) ?? []);
        }
      } catch (error) {
        // Silence means no new events; and a fault loses nothing, because the subscription continues from where it was.
        if (!(error instanceof LogUnavailable) || error.reason === 'io') throw error;
      }
      await sleep(100, undefined, { signal }).catch(() => undefined);
    }
  }

  head(): Promise<Position> {
    return this.ours.position();
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    if (this.waiting > 0) await new Promise<void>((quiet) => (this.quiet = quiet));
    this.reads.close();
    await this.appends.close();
    await this.client.dispose();
  }

  // ---- writing

  private writerOf(stream: string): StreamWriter {
    let writer = this.writers.get(stream);
    if (!writer) {
      const made: StreamWriter = new StreamWriter(this.namespace.prefix + stream, this.access, this.known.get(stream), () => {
        this.writers.delete(stream);
        if (made.known) this.known.set(stream, made.known);
        else this.known.delete(stream);
      });
      this.writers.set(stream, (writer = made));
    }
    return writer;
  }

  private send(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream', bytes: number): Promise<Written> {
    return this.onTheirWay.within(bytes, () => this.appends.append(stream, events, expected));
  }

  private async positionOf(stream: string, revision: bigint): Promise<bigint> {
    const [found] = await this.ids.read(stream, revision, 1);
    if (found?.revision !== revision) throw new OutcomeUnknown(`revision ${revision} of ${stream} no longer exists`);
    return found.position;
  }

  // ---- reading

  /**
   * What the server looks for: all events of Leadlog, or some of them and the head, whose arrival proves that all before it have arrived.
   */
  private filterFor(filter: EventFilter | undefined): ServerFilter {
    const { headStream } = this.ours.ground;
    if (!filter?.streamPrefixes || headStream === undefined) return this.namespace.all;
    return { streamPrefixes: [...filter.streamPrefixes.map((prefix) => this.namespace.prefix + prefix), headStream] };
  }

  /**
   * The node that answers is a follower that lags behind what another node has returned. To continue would set a checkpoint past events
   * that were never delivered.
   */
  private async waitForNode(end: Position, since: number): Promise<void> {
    if (performance.now() - since > this.patienceMs || this.closing.signal.aborted)
      throw new LogUnavailable(
        'unreachable',
        `the EventStoreDB node that answers does not have the event at ${end} yet; check that its cluster is healthy, or let EVENTSTORE_URL prefer the leader`,
      );
    await sleep(50);
  }
}

function sized(events: readonly NewEvent[], forms: readonly { data: string; metadata: string }[]): SizedEvent[] {
  return forms.map(({ data, metadata }, index) => ({
    event: events[index]!,
    data,
    metadata,
    bytes: Buffer.byteLength(data) + Buffer.byteLength(metadata),
  }));
}
