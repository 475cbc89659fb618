import { mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as eventLoopTurn, setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import {
  LogOverloaded,
  LogUnavailable,
  OutcomeUnknown,
  matches,
  START,
  WrongExpectedRevision,
  type Append,
  type Appended,
  type AppendError,
  type AppendOutcome,
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
import { writtenForm, type WrittenForm } from '../written-form';
import { LogConnection, streamName, type StreamName } from './log-connection';
import { LOCK_PATIENCE_MS, logFault } from './log-faults';
import { StoredEvent } from './stored-event';

const POLL_MS = 10;
const DEFAULT_SLICE = 1_000;
const STREAM_PAGE = 500;
const PLACES_PAGE = 5_000;
/** Streams looked up in one query. */
const STREAMS_PAGE = 5_000;
const MOST_TURNS = 4;
/** Rows examined at a time if a filter passes few of them; keeps the event loop free. */
const SCAN = 10_000;

export interface SqliteEventLogOptions {
  file: string;
  /** Opens for reading only; the file must exist, and appends fail. */
  readOnly?: boolean;
  clock?: () => number;
  /** Maximum number of appends that wait for their commit; more are refused with LogOverloaded. */
  maxWaiting?: number;
  /** How long to wait for a lock of another process. Default: 5,000 ms. */
  lockPatienceMs?: number;
}

/**
 * The event log in one SQLite file.
 *
 * Commits are grouped without a timer: all appends requested in one turn of the event loop go into one durable
 * transaction and are answered only after its COMMIT. Positions are assigned inside the exclusive write transaction, so
 * their order is the order of commits, even between processes, and a reader that resumes by position misses nothing.
 */
export class SqliteEventLog implements EventLog {
  readonly findsByStream = true;
  private connection: LogConnection | undefined;
  private readonly queue: Waiting[] = [];
  private waiting = 0;
  private writing: Promise<void> | undefined;
  private closed = false;
  private readonly channel: BroadcastChannel;
  private readonly listeners = new Set<() => void>();
  private readonly clock: () => number;
  private readonly maxWaiting: number;
  private readonly lockPatienceMs: number;

  /** Throws LogUnavailable if the file cannot be used. */
  static open(options: SqliteEventLogOptions): SqliteEventLog {
    if (!options.readOnly) mkdirSync(dirname(options.file), { recursive: true });
    return new SqliteEventLog(options);
  }

  private constructor(private readonly options: SqliteEventLogOptions) {
    this.clock = options.clock ?? Date.now;
    this.maxWaiting = options.maxWaiting ?? 100_000;
    this.lockPatienceMs = options.lockPatienceMs ?? LOCK_PATIENCE_MS;
    try {
      this.connection = new LogConnection(options.file, options.readOnly);
    } catch (error) {
      throw this.translated(error);
    }
    this.channel = new BroadcastChannel(`leadlog-event-log:${realpathSync(options.file)}`);
    (this.channel as unknown as { unref(): void }).unref();
    this.channel.onmessage = () => this.notify();
  }

  async append(stream: string, events: readonly NewEvent[], { expected }: { expected: ExpectedRevision }): Promise<Appended> {
    const [outcome] = await this.appendMany([{ stream, events, expected }]);
    if (!outcome!.ok) throw outcome!.error;
    return outcome!.value;
  }

  async appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    if (this.closed) return appends.map(() => failed(new LogUnavailable('closed', 'the event log is closed')));
    if (appends.length === 0) return [];
    const empty = appends.find((append) => append.events.length === 0);
    if (empty) throw new RangeError(`append to ${empty.stream}: expected at least one event, got none`);
    if (this.waiting > 0 && this.waiting + appends.length > this.maxWaiting)
      return appends.map(() => failed(new LogOverloaded(this.waiting)));
    // Here and not in the transaction, which is shared with other callers whose appends must not fail with these.
    const texts = appends.map(writtenForm);
    this.waiting += appends.length;
    return new Promise((answer, refuse) => {
      this.queue.push({ appends, texts, answer, refuse });
      this.writing ??= this.writeAll();
    });
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    const isBackwards = options.direction === 'backwards';
    const [from, most] = isBackwards
      ? [0, options.from === undefined ? -1 : Number(options.from) + 1]
      : [Number(options.from ?? 0n), options.limit ?? -1];
    const wanted = await this.available((connection) => connection.positionsOf(stream, from, most));
    if (isBackwards) wanted.reverse();
    const end = Math.min(wanted.length, options.limit ?? Infinity);
    const name = streamName(stream);
    for (let at = 0; at < end; at += STREAM_PAGE) {
      const page = wanted.slice(at, Math.min(end, at + STREAM_PAGE));
      const rows = await this.available((connection) => connection.readPositions(page));
      if (options.direction === 'backwards') rows.reverse();
      // So that a long stream does not keep others waiting.
      if (at > 0) await eventLoopTurn();
      yield rows.map((row) => new StoredEvent(row, name));
    }
  }

  async *read(options: ReadOptions = {}): AsyncIterable<LogSlice> {
    const head = await this.head();
    // Never past the head: a checkpoint there would skip the next events.
    const until = options.until === undefined || options.until > head ? head : options.until;
    let through = options.after ?? START;
    if (options.filter?.accepts && through < until) {
      yield* this.readAccepted(through, until, options);
      return;
    }
    while (through < until) {
      const slice = await this.slice(through, until, options);
      through = slice.through;
      yield { ...slice, caughtUp: through >= until };
      // Reading is synchronous; others get their turn between slices.
      await eventLoopTurn();
    }
  }

  async *subscribe(options: SubscribeOptions = {}): AsyncIterable<LogSlice> {
    const { signal } = options;
    let through = options.after ?? START;
    while (!signal?.aborted && !this.closed) {
      const head = await this.head();
      if (through < head) {
        const slice = await this.slice(through, head, options);
        through = slice.through;
        // Aborted while reading: the consumer has not received the slice, so it may be read again later.
        if (signal?.aborted) return;
        yield { ...slice, caughtUp: through >= head };
        await eventLoopTurn();
      } else {
        await this.newsAfter(through, signal);
      }
    }
  }

  async *newestPlaces(limit: number): AsyncIterable<readonly EventPlace[]> {
    let before = Number.MAX_SAFE_INTEGER;
    for (let left = limit; left > 0;) {
      const wanted = Math.min(left, PLACES_PAGE);
      const places = await this.available((connection) => connection.placesBefore(before, wanted));
      if (places.length > 0) yield places;
      if (places.length < wanted) return;
      before = places.at(-1)!.position;
      left -= places.length;
      await eventLoopTurn();
    }
  }

  async head(): Promise<Position> {
    return this.available((connection) => BigInt(connection.head()));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.writing;
    this.notify();
    this.channel.close();
    this.connection?.close();
    this.connection = undefined;
  }

  // ---- writing

  private async writeAll(): Promise<void> {
    try {
      while (this.queue.length > 0) {
        // As long as each turn brings more appends, a few turns share a COMMIT, which costs more than the turns.
        for (let turn = 0, waiting = 0; turn < MOST_TURNS && this.queue.length > waiting; turn += 1) {
          waiting = this.queue.length;
          await eventLoopTurn();
        }
        const group = this.queue.splice(0);
        await this.writeGroup(group);
        for (const { appends } of group) this.waiting -= appends.length;
      }
    } finally {
      this.writing = undefined;
    }
  }

  private async writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.available((connection) =>
        connection.transaction(
          (recordedAt) =>
            group.map(({ appends, texts }) => appends.map((append, index) => this.write(connection, append, texts[index]!, recordedAt))),
          this.clock(),
        ),
      );
      // Only now, because COMMIT has returned and the events are on disk.
      group.forEach(({ answer }, index) => answer(answers[index]!));
      this.channel.postMessage(null);
      this.notify();
    } catch (error) {
      for (const { appends, answer, refuse } of group) {
        if (error instanceof LogUnavailable || error instanceof OutcomeUnknown) answer(appends.map(() => failed(error)));
        else refuse(error);
      }
    }
  }

  private write(connection: LogConnection, append: Append, texts: WrittenForm, recordedAt: number): AppendOutcome {
    if ('error' in texts) return failed(texts.error);
    const { stream, events, expected } = append;
    const actual = connection.revisionOf(stream);
    const found = actual === undefined ? [] : events.map((event) => connection.find(stream, event.id));
    const repeated = events.filter((_event, index) => found[index] !== undefined).map((event) => event.id);
    if (repeated.length === events.length) {
      const [position, revision] = found.at(-1)!;
      return { ok: true, value: { revision: BigInt(revision), position: BigInt(position), repeated } };
    }
    const now = actual === undefined ? ('no-stream' as const) : BigInt(actual);
    if (expected !== 'any' && (expected !== now || repeated.length > 0)) return failed(new WrongExpectedRevision(stream, expected, now));
    let last: { position: number; revision: number } | undefined;
    const written = new Set<string>(repeated);
    events.forEach((event, index) => {
      if (written.has(event.id)) return;
      written.add(event.id);
      const { data, metadata, occurredAt } = texts.events[index]!;
      last = connection.insert(stream, event.id, event.type, recordedAt, occurredAt, data, metadata);
    });
    // The last of the given events may already have been recorded; then its old position is the answer.
    const [position, revision] = found.at(-1) ?? [last!.position, last!.revision];
    return { ok: true, value: { revision: BigInt(revision), position: BigInt(position), repeated } };
  }

  // ---- reading

  private async slice(after: Position, until: Position, options: ReadOptions): Promise<Omit<LogSlice, 'caughtUp'>> {
    const { filter, sliceSize = DEFAULT_SLICE } = options;
    const found: StoredEvent[] = [];
    let at = Number(after);
    const end = Number(until);
    while (at < end && found.length < sliceSize) {
      const from = at;
      // A page is bounded by position, so that a filter that passes nothing still advances `through`, a page at a time.
      const pageEnd = filter ? Math.min(end, from + SCAN) : end;
      const limit = sliceSize - found.length;
      const rows = await this.available((connection) => connection.readRange(from, pageEnd, filter, limit));
      for (const row of rows) {
        const event = new StoredEvent(row, this.connection!.streamName(row[2]));
        if (matches(filter, event)) found.push(event);
      }
      at = rows.length === limit ? rows.at(-1)![0] : pageEnd;
      if (filter && found.length === 0 && at < end) break;
    }
    return { events: found, through: BigInt(at) };
  }

  /** The events that `accepts` passes, found by stream: a refused event costs nothing, however often the log is read. */
  private async *readAccepted(
    after: Position,
    until: Position,
    { filter, sliceSize = DEFAULT_SLICE }: ReadOptions,
  ): AsyncIterable<LogSlice> {
    const found: Float64Array[] = [];
    // `accepts` is called once for all events of a stream.
    const rest = { ...filter, accepts: undefined };
    const names = new Map<number, StreamName>();
    for (let last = 0; ;) {
      const page = await this.available((connection) => connection.streamsAfter(last, STREAMS_PAGE));
      if (page.length === 0) break;
      last = page.at(-1)![0];
      const accepted = page.filter(([, name]) => filter!.accepts!(name));
      for (const [number, name] of accepted) names.set(number, streamName(name));
      const numbers = accepted.map(([number]) => number);
      found.push(await this.available((connection) => connection.positionsIn(numbers, Number(after), Number(until))));
      await eventLoopTurn();
    }
    const positions = joined(found).sort();
    for (let at = 0; at < positions.length; at += sliceSize) {
      const wanted = Array.from(positions.subarray(at, at + sliceSize));
      const rows = await this.available((connection) => connection.readPositions(wanted, filter?.skips));
      const events = rows.map((row) => new StoredEvent(row, names.get(row[2])!)).filter((event) => matches(rest, event));
      if (at + sliceSize < positions.length) yield { events, through: BigInt(wanted.at(-1)!), caughtUp: false };
      else yield { events, through: until, caughtUp: true };
      await eventLoopTurn();
    }
    if (positions.length === 0) yield { events: [], through: until, caughtUp: true };
  }

  private async newsAfter(through: Position, signal: AbortSignal | undefined): Promise<void> {
    let wake: () => void = () => undefined;
    const news = new Promise<void>((resolve) => (wake = resolve));
    this.listeners.add(wake);
    signal?.addEventListener('abort', wake);
    // Other processes cannot notify this one; reading the head costs microseconds.
    const poll = setInterval(() => {
      try {
        if (this.connection && BigInt(this.connection.head()) > through) wake();
      } catch {
        wake();
      }
    }, POLL_MS);
    poll.unref();
    try {
      // Catches events written between the last read and the registration of the listener.
      if ((await this.head()) > through || this.closed || signal?.aborted) return;
      await news;
    } finally {
      clearInterval(poll);
      this.listeners.delete(wake);
      signal?.removeEventListener('abort', wake);
    }
  }

  private notify(): void {
    for (const wake of [...this.listeners]) wake();
  }

  // ---- faults

  /** Waits for a lock without blocking the event loop; after a broken connection the next call opens a new one. */
  private async available<T>(work: (connection: LogConnection) => T): Promise<T> {
    const giveUpAt = Date.now() + this.lockPatienceMs;
    for (;;) {
      try {
        if (!this.connection) {
          if (this.closed) throw new LogUnavailable('closed', 'the event log is closed');
          this.connection = new LogConnection(this.options.file, this.options.readOnly);
        }
        return work(this.connection);
      } catch (error) {
        const fault = this.translated(error);
        if (fault instanceof OutcomeUnknown || (fault instanceof LogUnavailable && (fault.reason === 'corrupt' || fault.reason === 'io'))) {
          this.connection?.close();
          this.connection = undefined;
        }
        if (!(fault instanceof LogUnavailable) || fault.reason !== 'locked' || Date.now() > giveUpAt) throw fault;
        await sleep(5);
      }
    }
  }

  private translated(error: unknown): unknown {
    return logFault(error, this.options.file, this.lockPatienceMs);
  }
}

interface Waiting {
  appends: readonly Append[];
  texts: readonly WrittenForm[];
  answer: (outcomes: AppendOutcome[]) => void;
  refuse: (error: unknown) => void;
}

function failed(error: AppendError): AppendOutcome {
  return { ok: false, error };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
