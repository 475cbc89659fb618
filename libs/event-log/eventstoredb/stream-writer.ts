import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorType, isCommandError } from '@eventstore/db-client';
import { EventTooLarge, LogUnavailable, OutcomeUnknown, WrongExpectedRevision, type Append, type AppendOutcome } from '../log';
import type { WireEvent, Written } from './batch-appends';
import { because, faultOf } from './faults';
import type { NewStreams } from './new-streams';

/** What is known about a stream: its revision when last seen, and the ids that it holds. */
export interface KnownStream {
  revision: bigint | 'no-stream';
  /** Revision of each id. */
  ids: Map<string, bigint>;
}

export interface StreamAccess {
  /** Events after a revision, or of the whole stream. Rejects with LogUnavailable. */
  read(stream: string, behind: bigint | 'no-stream'): Promise<{ id: string; revision: bigint }[]>;
  /** Position of the last event of the whole log, read after the call. Rejects with LogUnavailable. */
  tail(): Promise<bigint>;
  /** Position of one event. Rejects with LogUnavailable. */
  positionOf(stream: string, revision: bigint): Promise<bigint>;
  /** Maximum number of streams written at once. */
  room<T>(work: () => Promise<T>): Promise<T>;
  /** Sends one append as soon as the in-flight limit has room for its bytes. Rejects with an error of the client. */
  send(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream', bytes: number): Promise<Written>;
  patienceMs: number;
  /** Bytes of one append that the server is known to accept; 1 MiB until it reports another limit. */
  appendLimit: number;
  newStreams: NewStreams;
}

const PACK_EVENTS = 500;
/** Conflicts that are resolved in any case: on a slow server, `patience` may end during the first. */
const CONFLICTS = 4;

/** Bytes of an append to the server, including the envelope of each event. */
const packBytes = ({ appendLimit }: StreamAccess) => Math.floor(appendLimit * 0.86);

export interface SizedEvent extends WireEvent {
  /** Bytes of data and metadata, as counted by the server. */
  bytes: number;
}

interface Operation {
  append: Append;
  events: readonly SizedEvent[];
  bytes: number;
  /** Ids sent by an earlier attempt: if found in the stream, that attempt wrote them, so they are not repeats. */
  sent: Set<string>;
  answer: (outcome: AppendOutcome) => void;
}

/**
 * Writes one stream, one append at a time. EventStoreDB guarantees unique ids only with an explicit expected revision, so
 * each append names the revision at which the stream was last seen and looks for its ids among those in the stream. Appends
 * that wait meanwhile are combined into the next one; a conflict means that another process wrote, and the stream is read again.
 */
export class StreamWriter {
  private readonly waiting: Operation[] = [];
  private running: Promise<void> | undefined;
  /** Another process has written since; the known state is incomplete. */
  private behind = false;
  /** The stream was read after the current operations arrived. */
  private looked = false;
  /** Lowest possible revision of the stream, although not all of it can be read: events were truncated or have expired. */
  private atLeast = -1n;
  private refusedAt: bigint | 'no-stream' | undefined;
  /** The stream is assumed to be new; events written to it must come after this position. */
  private assumedBehind: bigint | undefined;

  constructor(
    private readonly stream: string,
    private readonly access: StreamAccess,
    public known: KnownStream | undefined,
    private readonly idle: () => void,
  ) {}

  append(append: Append, events: readonly SizedEvent[]): Promise<AppendOutcome> {
    return new Promise((answer) => {
      const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
      this.waiting.push({ append, events, bytes, sent: new Set(), answer });
      this.running ??= this.run();
    });
  }

  private async run(): Promise<void> {
    // Appends requested in the same turn are combined, along with those that arrive until there is room.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.access.room(() => this.writeSome(this.takePack()));
    this.running = undefined;
    this.idle();
  }

  private takePack(): Operation[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const operation of this.waiting) {
      events += operation.events.length;
      bytes += operation.bytes;
      if (count > 0 && (events > PACK_EVENTS || bytes > packBytes(this.access))) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async writeSome(operations: Operation[]): Promise<void> {
    const giveUpAt = performance.now() + this.access.patienceMs;
    const answerAll = (error: AppendOutcome & { ok: false }) => operations.forEach(({ answer }) => answer(error));
    /** An attempt may or may not have been written. */
    let unsure = false;
    let conflicts = 0;
    let mayAssume = operations.every(({ append }) => typeof append.expected !== 'bigint');
    for (let pause = 50; ; pause = Math.min(1_000, 2 * pause)) {
      let inHand: SizedEvent[] = [];
      try {
        await this.look(mayAssume);
        mayAssume = false;
        const plan = this.planned(operations, this.known!);
        if (plan === 'look-again') continue;
        let position: bigint | undefined;
        for (const part of this.parts(operations, plan.events)) {
          inHand = part;
          position = await this.write(part, this.known!);
          markSent(operations, part);
        }
        return await this.answer(operations, plan.outcomes, position);
      } catch (error) {
        const fault =
          error instanceof LogUnavailable
            ? 'unavailable'
            : error instanceof EventTooLarge
              ? 'too-large'
              : error instanceof WasThere
                ? 'conflict'
                : faultOf(error);
        const late = performance.now() + pause > giveUpAt;
        if (fault === 'conflict') {
          this.sawConflict(error);
          if (!late || (conflicts += 1) < CONFLICTS) continue;
          const outpaced = `stream ${this.stream}: other processes write to it faster than this one can`;
          return answerAll({
            ok: false,
            error: unsure ? new OutcomeUnknown(outpaced) : new LogUnavailable('unreachable', `${outpaced}; nothing was written, try again`),
          });
        }
        this.known = undefined;
        if (fault === 'too-large') {
          if (this.learnsLimit(error)) continue;
          // One by one, so that only the append that is too large fails.
          if (operations.length > 1) for (const operation of operations) await this.writeSome([operation]);
          else answerAll({ ok: false, error: error instanceof EventTooLarge ? error : this.tooLarge(operations[0]!) });
          return;
        }
        if (fault === 'deleted')
          return answerAll({
            ok: false,
            error: new LogUnavailable('io', `stream ${this.stream} was tombstoned; nothing more can be written to it`),
          });
        if (fault === 'refused')
          return answerAll({
            ok: false,
            error: new LogUnavailable('io', `EventStoreDB refuses access (${because(error)}); check user and password in EVENTSTORE_URL`),
          });
        if (inHand.length > 0) unsure = true;
        markSent(operations, inHand);
        if (late || fault === 'unavailable')
          return answerAll({ ok: false, error: unsure || !(error instanceof LogUnavailable) ? new OutcomeUnknown(because(error)) : error });
        await sleep(pause);
      }
    }
  }

  private async look(mayAssume: boolean): Promise<void> {
    if (this.known && !this.behind) return;
    if (!this.known && mayAssume && this.access.newStreams.areLikely()) {
      this.assumedBehind = await this.access.tail();
      this.known = { revision: 'no-stream', ids: new Map() };
      return;
    }
    this.assumedBehind = undefined;
    const known = this.known ?? { revision: 'no-stream' as const, ids: new Map<string, bigint>() };
    for (const { id, revision } of await this.access.read(this.stream, known.revision)) {
      known.ids.set(id, revision);
      known.revision = revision;
    }
    if (this.atLeast > (known.revision === 'no-stream' ? -1n : known.revision)) known.revision = this.atLeast;
    this.known = known;
    this.behind = false;
    this.looked = true;
  }

  /** The result of each operation, and the events to write for it. */
  private planned(
    operations: readonly Operation[],
    { revision: base, ids }: KnownStream,
  ): { events: SizedEvent[]; outcomes: Planned[] } | 'look-again' {
    const events: SizedEvent[] = [];
    const added = new Set<string>();
    const outcomes: Planned[] = [];
    const holds = (id: string) => ids.has(id) || added.has(id);
    for (const { append, events: given, sent } of operations) {
      const last = append.events.at(-1)!.id;
      const repeated = append.events.filter(({ id }) => added.has(id) || (ids.has(id) && !sent.has(id))).map(({ id }) => id);
      if (append.events.every(({ id }) => holds(id))) {
        outcomes.push({ last, repeated, writes: [] });
        continue;
      }
      const now = events.length === 0 ? base : (base === 'no-stream' ? -1n : base) + BigInt(events.length);
      if (append.expected !== 'any' && (append.expected !== now || repeated.length > 0)) {
        if (!this.looked) {
          this.behind = true;
          return 'look-again';
        }
        outcomes.push({ error: new WrongExpectedRevision(this.stream, append.expected, now) });
        continue;
      }
      const writes: string[] = [];
      for (const one of given) {
        if (holds(one.event.id)) continue;
        added.add(one.event.id);
        events.push(one);
        writes.push(one.event.id);
      }
      outcomes.push({ last, repeated, writes });
    }
    this.looked = false;
    return { events, outcomes };
  }

  /**
   * One append, or several if more than fits into one was given with any revision. Those are not one transaction: after a crash in
   * between, repeating the same append writes what is missing.
   */
  private parts(operations: readonly Operation[], events: readonly SizedEvent[]): SizedEvent[][] {
    if (events.length === 0) return [];
    const most = packBytes(this.access);
    const total = events.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= most || operations.length > 1 || operations[0]!.append.expected !== 'any') return [[...events]];
    // Searched before the first part is written.
    const tooLarge = events.find(({ bytes }) => bytes > this.access.appendLimit);
    if (tooLarge) throw new EventTooLarge(tooLarge.event.id, tooLarge.bytes, this.access.appendLimit);
    const parts: SizedEvent[][] = [];
    let size = Infinity;
    for (const event of events) {
      if (size + event.bytes > most || parts.at(-1)!.length >= PACK_EVENTS) {
        parts.push([]);
        size = 0;
      }
      size += event.bytes;
      parts.at(-1)!.push(event);
    }
    return parts;
  }

  private async write(events: readonly SizedEvent[], known: KnownStream): Promise<bigint> {
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    const { revision, position } = await this.access.send(this.stream, events, known.revision, bytes);
    if (this.assumedBehind !== undefined) {
      const isNew = position > this.assumedBehind;
      this.access.newStreams.saw(isNew);
      if (!isNew) throw new WasThere();
      this.assumedBehind = undefined;
    }
    // Not the base plus their number, because a deleted stream continues from its old revision.
    const first = revision - BigInt(events.length - 1);
    events.forEach(({ event }, index) => known.ids.set(event.id, first + BigInt(index)));
    known.revision = revision;
    return position;
  }

  private async answer(operations: readonly Operation[], outcomes: readonly Planned[], written: bigint | undefined): Promise<void> {
    for (const [index, { answer }] of operations.entries()) {
      const outcome = outcomes[index]!;
      if ('error' in outcome) {
        answer({ ok: false, error: outcome.error });
        continue;
      }
      const revision = this.known!.ids.get(outcome.last)!;
      // Events that existed before have their own positions; those written now are at or before the end of the append.
      const before = written === undefined || !outcome.writes.includes(outcome.last);
      try {
        answer({
          ok: true,
          value: { revision, position: before ? await this.access.positionOf(this.stream, revision) : written, repeated: outcome.repeated },
        });
      } catch (error) {
        answer({ ok: false, error: error instanceof LogUnavailable ? error : new OutcomeUnknown(because(error)) });
      }
    }
  }

  private sawConflict(error: unknown): void {
    if (this.assumedBehind !== undefined) {
      if (!(error instanceof WasThere)) this.access.newStreams.saw(false);
      // Read from the start.
      this.assumedBehind = this.known = undefined;
      return;
    }
    const actual =
      error instanceof Error && isCommandError(error) && error.type === ErrorType.WRONG_EXPECTED_VERSION ? error.actualVersion : undefined;
    // The stream was read since, and its revision is higher than the events that can be read.
    if (this.refusedAt === this.known!.revision && typeof actual === 'bigint') this.atLeast = actual;
    this.refusedAt = this.known!.revision;
    this.behind = true;
  }

  /** True if the server reported a lower limit than assumed: the next attempt will be smaller. */
  private learnsLimit(error: unknown): boolean {
    const limit =
      error instanceof Error && isCommandError(error) && error.type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED
        ? Number(error.maxAppendSize)
        : 0;
    if (!(limit > 0 && limit < this.access.appendLimit)) return false;
    this.access.appendLimit = limit;
    return true;
  }

  private tooLarge({ events, bytes }: Operation): EventTooLarge {
    const largest = events.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const { appendLimit } = this.access;
    return largest.bytes > appendLimit || events.length === 1
      ? new EventTooLarge(largest.event.id, largest.bytes, appendLimit)
      : new EventTooLarge(largest.event.id, bytes, appendLimit, events.length);
  }
}

/** The append repeated the first events of its stream; the server shows that only by returning their old position. */
// eslint-disable-next-line no-restricted-syntax -- It never leaves this file.
class WasThere extends Error {}

function markSent(operations: readonly Operation[], events: readonly SizedEvent[]): void {
  const ids = new Set(events.map(({ event }) => event.id));
  for (const { append, sent } of operations) for (const { id } of append.events) if (ids.has(id)) sent.add(id);
}

type Planned = { last: string; repeated: string[]; writes: string[] } | { error: WrongExpectedRevision };
