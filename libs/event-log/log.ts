/**
 * The event log: the only truth. A port with two adapters that mean the same (`log.contract.ts` is the specification).
 * Terms: `position` is global and grows in commit order; `revision` is per stream and starts at 0.
 */

export type Position = bigint;

/** Before the first event of any log. */
export const START: Position = -1n;

export interface Actor {
  kind: 'person' | 'rep' | 'system' | 'integration';
  id: string;
  teamId?: string;
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
  /** What may follow for sales from an event that was imported: nothing, bit by bit, or all that follows from any other. */
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
   * What stands behind the first hyphen of the stream's name. Where a log gives it, it is the same object for all events of
   * the stream, so that a map of streams' subjects need not hash and compare its characters for every event.
   */
  readonly streamSubject?: string;
  readonly revision: bigint;
  readonly position: Position;
  /** Log time, milliseconds since 1970 UTC. Never goes back along positions. */
  readonly recordedAt: number;
  /** `metadata.occurredAt` in milliseconds since 1970 UTC. */
  readonly occurredAt: number;
  readonly data: Data;
  readonly metadata: EventMetadata;
  /** Data and metadata as the log keeps them, where it keeps JSON texts: for who copies an event and need not look into it. */
  readonly dataText?: string;
  readonly metadataText?: string;
  /** False: `data` surely has no member of this name. For a log that parses data when it is asked for: this is asked without parsing. */
  mayHave?(member: string): boolean;
}

/** What the stream must be like for an append to be done. */
export type ExpectedRevision = bigint | 'no-stream' | 'any';

export interface Append {
  stream: string;
  /** At least one. Written all or none, next to one another in the stream. */
  events: readonly NewEvent[];
  expected: ExpectedRevision;
}

export interface Appended {
  /** Revision of the last of the events, also when they were there before. */
  revision: bigint;
  /** Of the last of the events; where it was written together with later appends to its stream, of the last of those. */
  position: Position;
  /** Ids of the given events that the stream held already; they were not written again. */
  repeated: readonly string[];
}

export type AppendOutcome = { ok: true; value: Appended } | { ok: false; error: AppendError };

/** Every member that is given must match. Without members everything matches. */
export interface EventFilter {
  types?: readonly string[];
  streamPrefixes?: readonly string[];
  /** Asked with the name of a stream, once at most while it is remembered; what it refuses is not even read. */
  accepts?: (stream: string) => boolean;
  /**
   * Events of these types are of no interest when their data have no member of these names, and need not be given then: a log
   * that can tell without parsing them leaves them out.
   */
  skips?: { types: readonly string[]; without: readonly string[] };
}

export interface LogSlice {
  /** In position order; may be empty. */
  events: readonly RecordedEvent[];
  /** The consumer has now been given everything that matches up to and including here. A checkpoint may be set to it. */
  through: Position;
  /** Nothing newer was in the log when the slice was made. */
  caughtUp: boolean;
}

export interface ReadStreamOptions {
  /** First revision to give; forwards from the first, backwards from the last by default. */
  from?: bigint;
  direction?: 'forwards' | 'backwards';
  limit?: number;
}

export interface ReadOptions {
  /** Give events behind this position; from the start by default. */
  after?: Position;
  /** Give events up to and including this position; up to the head at the call by default and at most. */
  until?: Position;
  filter?: EventFilter;
  /** Events a slice holds at most; 1,000 by default. */
  sliceSize?: number;
}

export interface SubscribeOptions {
  after?: Position;
  filter?: EventFilter;
  sliceSize?: number;
  /** Ends the iteration, without an error, as soon as it is aborted. */
  signal?: AbortSignal;
}

export interface EventPlace {
  id: string;
  stream: string;
}

export interface EventLog {
  /** A read whose filter accepts few streams costs about what those hold; otherwise every read goes through everything. */
  readonly findsByStream: boolean;
  /**
   * Resolves once the events are durable. An event whose id the stream already holds is not written again, whatever
   * `expected` says, also after a restart; with an explicit `expected`, a mix of old and new events is a
   * WrongExpectedRevision. Rejects with an AppendError.
   */
  append(stream: string, events: readonly NewEvent[], options: { expected: ExpectedRevision }): Promise<Appended>;
  /** Many appends in one go, applied in order; the failure of one does not touch another. Never rejects for an AppendError. */
  appendMany(appends: readonly Append[]): Promise<AppendOutcome[]>;
  /** The events of one stream in pages, none of them empty: waiting for each event by itself takes as long as reading it. Nothing when there is no such stream. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]>;
  /** A bounded read in position order: replay, rebuild. The last slice has `through === until`. */
  read(options?: ReadOptions): AsyncIterable<LogSlice>;
  /** Catches up from `after`, then goes on live. Pulled: nothing is read ahead of a consumer that does not ask. */
  subscribe(options?: SubscribeOptions): AsyncIterable<LogSlice>;
  /** Where the newest events stand, the last first; `limit` are looked at, those of others in the same log included. */
  newestPlaces(limit: number): AsyncIterable<readonly EventPlace[]>;
  /** Where events stand that are recorded behind a position, whoever appends them, also those to come; ends when the log is closed. For a log to which several processes bring events. */
  followPlaces?(after: Position): AsyncIterable<readonly EventPlace[]>;
  /** Position of the last event, START when there is none. */
  head(): Promise<Position>;
  close(): Promise<void>;
}

/** 1 MiB: data and metadata of one event as JSON, in bytes. The default limit of an EventStoreDB server too. */
export const MAX_EVENT_BYTES = 1_048_576;

export type AppendError = WrongExpectedRevision | EventTooLarge | OutcomeUnknown | LogUnavailable | LogOverloaded;

export class WrongExpectedRevision extends Error {
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** `no-stream` when the stream does not exist. */
    readonly actual: bigint | 'no-stream',
  ) {
    super(`stream ${stream}: expected revision ${expected}, but it is at ${actual}; read the stream again and decide again`);
    this.name = 'WrongExpectedRevision';
  }
}

export class EventTooLarge extends Error {
  constructor(
    readonly eventId: string,
    readonly bytes: number,
    readonly limit: number = MAX_EVENT_BYTES,
    /** More than one when it is not the event alone: so many of one append, which must be written all or none, have `bytes` together. */
    readonly together: number = 1,
  ) {
    super(
      together === 1
        ? `event ${eventId} has ${bytes} bytes, the limit is ${limit}; send large content as a reference`
        : `the ${together} events of one append (the largest is ${eventId}) have ${bytes} bytes, the limit is ${limit}; append them in parts`,
    );
    this.name = 'EventTooLarge';
  }
}

/** The connection broke while an append was on its way: it may or may not be there. Retry with the same ids and the same expected revision. */
export class OutcomeUnknown extends Error {
  constructor(reason: string) {
    super(`the log did not answer (${reason}); the append may or may not have been written: retry it with the same ids and expected revision`);
    this.name = 'OutcomeUnknown';
  }
}

/** Nothing was written: disk full, file locked or corrupt, server away. It works again when the cause is gone. */
export class LogUnavailable extends Error {
  constructor(
    readonly reason: 'disk-full' | 'locked' | 'corrupt' | 'closed' | 'io' | 'unreachable',
    detail: string,
  ) {
    super(detail);
    this.name = 'LogUnavailable';
  }
}

/** Too many appends are waiting; nothing was written. Ask again after `retryAfterSeconds`. */
export class LogOverloaded extends Error {
  constructor(
    readonly waiting: number,
    readonly retryAfterSeconds = 1,
  ) {
    super(`${waiting} appends are already waiting; try again in ${retryAfterSeconds} s`);
    this.name = 'LogOverloaded';
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
