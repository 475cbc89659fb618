import { LeadlogError } from '@leadlog/errors';

/**
 * The event log, the single source of truth. A port with two adapters that behave alike (`log.contract.ts` is the specification).
 * Terms: `position` is global and increases in commit order; `revision` is per stream and starts at 0.
 */

export type Position = bigint;

/** The position before the first event of any log. */
export const START: Position = -1n;

export interface Actor {
  kind: 'person' | 'rep' | 'system' | 'integration';
  id: string;
  teamId?: string;
  /** The access key with which the API was asked to do it, or the person who had signed in. No sender of events can say this. */
  by?: string;
}

export interface EventMetadata {
  /** Business time, RFC 3339 with an offset; may be late or out of order. */
  occurredAt: string;
  source: string;
  sourceId: string;
  initiator: 'customer' | 'seller';
  actor: Actor;
  correlationId?: string;
  causationId?: string;
  /** For imported events, which decisions may follow for sales: none, a limited number a day, or all that follow from any other event. */
  decisions?: 'silent' | 'trickle' | 'all';
  schemaVersion: number;
}

export interface NewEvent {
  /** A UUID in canonical lower-case form; the same id in the same stream is the same event. */
  id: string;
  type: string;
  data: object;
  metadata: EventMetadata;
}

export interface RecordedEvent<Type extends string = string, Data = unknown> {
  readonly id: string;
  readonly type: Type;
  readonly stream: string;
  /**
   * The part of the stream's name after the first hyphen. If a log provides it, all events of the stream share one string
   * object, so that a map keyed by subject need not hash and compare its characters for every event.
   */
  readonly streamSubject?: string;
  readonly revision: bigint;
  readonly position: Position;
  /** Log time, milliseconds since 1970 UTC. Never decreases with growing position. */
  readonly recordedAt: number;
  /** `metadata.occurredAt` in milliseconds since 1970 UTC. */
  readonly occurredAt: number;
  readonly data: Data;
  readonly metadata: EventMetadata;
  /** Data and metadata as stored, if the log stores JSON text: for copying an event without parsing it. */
  readonly dataText?: string;
  readonly metadataText?: string;
  /** False if `data` certainly has no member of this name. Lets a log that parses data lazily answer without parsing. */
  mayHave?(member: string): boolean;
}

/** The state in which the stream must be for an append to succeed. */
export type ExpectedRevision = bigint | 'no-stream' | 'any';

export interface Append {
  stream: string;
  /** At least one. All or none are written, contiguously in the stream. */
  events: readonly NewEvent[];
  expected: ExpectedRevision;
}

export interface Appended {
  /** Revision of the last of the events, even if they were already recorded. */
  revision: bigint;
  /** Position of the last of the events, or of the last event of later appends to the same stream that were written together with it. */
  position: Position;
  /** Ids of the given events that the stream already held; they were not written again. */
  repeated: readonly string[];
}

export type AppendOutcome = { ok: true; value: Appended } | { ok: false; error: AppendError };

/** All given members must match. Without members, everything matches. */
export interface EventFilter {
  types?: readonly string[];
  streamPrefixes?: readonly string[];
  /** Called with the name of a stream, at most once while its answer is remembered; events of a refused stream are not even read. */
  accepts?: (stream: string) => boolean;
  /**
   * Events of these types may be left out if their data has no member of these names: a log that can tell without parsing
   * skips them.
   */
  skips?: { types: readonly string[]; without: readonly string[] };
}

export interface LogSlice {
  /** In position order; may be empty. */
  events: readonly RecordedEvent[];
  /** The consumer has now received every match up to and including this position, so it is a safe checkpoint. */
  through: Position;
  /** Nothing newer was in the log when the slice was made. */
  caughtUp: boolean;
}

export interface ReadStreamOptions {
  /** First revision to return. Default: the first revision forwards, the last one backwards. */
  from?: bigint;
  direction?: 'forwards' | 'backwards';
  limit?: number;
}

export interface ReadOptions {
  /** Return events after this position. Default: from the start. */
  after?: Position;
  /** Return events up to and including this position. Default and maximum: the head at the time of the call. */
  until?: Position;
  filter?: EventFilter;
  /** Maximum number of events in a slice. Default: 1,000. */
  sliceSize?: number;
}

export interface SubscribeOptions {
  after?: Position;
  filter?: EventFilter;
  sliceSize?: number;
  /** Ends the iteration without an error when aborted. */
  signal?: AbortSignal;
}

export interface EventPlace {
  id: string;
  stream: string;
}

/**
 * Append to streams and read them, one by one or all together in commit order.
 *
 *     const { position } = await log.append('lead-7', [captured], { expected: 'no-stream' });
 *     for await (const { events, through } of log.subscribe({ after: checkpoint })) await store(events, through);
 */
export interface EventLog {
  /** True if a read whose filter accepts few streams costs about as much as those streams hold. False if every read scans the whole log. */
  readonly findsByStream: boolean;
  /**
   * Resolves once the events are durable. An event whose id the stream already holds is never written again, whatever
   * `expected` is, even after a restart. With an explicit `expected`, a mix of old and new events is a
   * WrongExpectedRevision. Rejects with an AppendError.
   */
  append(stream: string, events: readonly NewEvent[], options: { expected: ExpectedRevision }): Promise<Appended>;
  /** Many appends in one call, applied in order. The failure of one does not affect the others. Never rejects with an AppendError. */
  appendMany(appends: readonly Append[]): Promise<AppendOutcome[]>;
  /**
   * The events of one stream in non-empty pages, because awaiting each event by itself takes as long as reading it. Yields nothing if there
   * is no such stream.
   */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]>;
  /** A bounded read in position order: replay, rebuild. The last slice has `through === until`. */
  read(options?: ReadOptions): AsyncIterable<LogSlice>;
  /** Catches up from `after`, then continues live. Pull-based: nothing is read ahead of the consumer. */
  subscribe(options?: SubscribeOptions): AsyncIterable<LogSlice>;
  /** The places of the newest events, last first. Looks at `limit` events, including those that others wrote to the same log. */
  newestPlaces(limit: number): AsyncIterable<readonly EventPlace[]>;
  /**
   * The places of events recorded after a position by any process, including future ones; ends when the log is closed. For a log that
   * several processes write to.
   */
  followPlaces?(after: Position): AsyncIterable<readonly EventPlace[]>;
  /** Position of the last event; START if there is none. */
  head(): Promise<Position>;
  close(): Promise<void>;
}

/** 1 MiB, for data and metadata of one event as JSON. Also the default limit of an EventStoreDB server. */
export const MAX_EVENT_BYTES = 1_048_576;

export type AppendError = WrongExpectedRevision | EventTooLarge | OutcomeUnknown | LogUnavailable | LogOverloaded;

export class WrongExpectedRevision extends LeadlogError {
  readonly kind = 'conflict';

  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** `no-stream` if the stream does not exist. */
    readonly actual: bigint | 'no-stream',
  ) {
    super(`stream ${stream}: expected revision ${expected}, but it is at ${actual}; read the stream again and decide again`);
  }
}

export class EventTooLarge extends LeadlogError {
  readonly kind = 'invalid';

  constructor(
    readonly eventId: string,
    readonly bytes: number,
    readonly limit: number = MAX_EVENT_BYTES,
    /** If more than one: the number of events in one all-or-nothing append that have `bytes` together. */
    readonly together: number = 1,
  ) {
    super(
      together === 1
        ? `event ${eventId} has ${bytes} bytes, the limit is ${limit}; send large content as a reference`
        : `the ${together} events of one append (the largest is ${eventId}) have ${bytes} bytes, the limit is ${limit}; append them in parts`,
      { exactly: 'too-large', errors: [{ pointer: '', expected: `at most ${limit} bytes`, got: `${bytes} bytes` }] },
    );
  }
}

/**
 * The connection broke during an append, which may or may not have been written. Retry with the same ids and the same expected revision.
 */
export class OutcomeUnknown extends LeadlogError {
  readonly kind = 'unavailable';

  constructor(reason: string) {
    super(
      `the log did not answer (${reason}); the append may or may not have been written: retry it with the same ids and expected revision`,
    );
  }
}

/** Nothing was written: disk full, file locked or corrupt, server unreachable. Works again once the cause is fixed. */
export class LogUnavailable extends LeadlogError {
  readonly kind = 'unavailable';

  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
  }
}

/** Too many appends are waiting; nothing was written. Retry after `retryAfterSeconds`. */
export class LogOverloaded extends LeadlogError {
  readonly kind = 'busy';

  constructor(
    readonly waiting: number,
    override readonly retryAfterSeconds = 1,
  ) {
    super(`${waiting} appends are already waiting; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
  }
}

export function matches(filter: EventFilter | undefined, event: Pick<RecordedEvent, 'type' | 'stream' | 'mayHave'>): boolean {
  if (filter?.types && !filter.types.includes(event.type)) return false;
  if (filter?.accepts && !filter.accepts(event.stream)) return false;
  const skips = filter?.skips;
  if (skips && event.mayHave && skips.types.includes(event.type) && !skips.without.some((member) => event.mayHave!(member))) return false;
  if (filter?.streamPrefixes && !filter.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) return false;
  return true;
}

/** Injection token of the event log. */
export const EVENT_LOG = 'EventLog';
