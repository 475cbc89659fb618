import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorType, NO_STREAM, isCommandError, jsonEvent, type AppendResult, type EventStoreDBClient, type EventData } from '@eventstore/db-client';
import { EventTooLarge, LogUnavailable, OutcomeUnknown, WrongExpectedRevision, type Append, type AppendOutcome, type NewEvent } from '../log';
import { because, faultOf, within } from './faults';

/** What is known of a stream: where it stood when we last saw it, and which ids it holds. */
export interface KnownStream {
  revision: bigint | 'no-stream';
  /** Revision of each id. */
  ids: Map<string, bigint>;
}

export interface StreamAccess {
  client: EventStoreDBClient;
  /** Events behind a revision, or of the whole stream. Rejects with LogUnavailable. */
  read(stream: string, behind: bigint | 'no-stream'): Promise<{ id: string; revision: bigint }[]>;
  /** Position of one event. Rejects with LogUnavailable. */
  positionOf(stream: string, revision: bigint): Promise<bigint>;
  /** So many appends are on their way at most. */
  slot<T>(work: () => Promise<T>): Promise<T>;
  patienceMs: number;
}

const PACK_EVENTS = 500;
/** Below the 1 MiB that a server takes by default, with room for what goes around each event. */
const PACK_BYTES = 900_000;

interface Operation {
  append: Append;
  bytes: number;
  /** Ids that an earlier try has sent: found in the stream, they are ours and no repeats. */
  sent: Set<string>;
  answer: (outcome: AppendOutcome) => void;
}

/**
 * Writes one stream, one append at a time. EventStoreDB keeps ids once for sure only with an explicit expected revision, so
 * each append names the revision at which the stream was last seen and looks for its ids among those the stream holds. What
 * waits meanwhile goes together in the next append; a conflict means that another process wrote, and we look again.
 */
export class StreamWriter {
  private readonly waiting: Operation[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly stream: string,
    private readonly access: StreamAccess,
    public known: KnownStream | undefined,
    private readonly idle: () => void,
  ) {}

  append(append: Append, bytes: number): Promise<AppendOutcome> {
    return new Promise((answer) => {
      this.waiting.push({ append, bytes, sent: new Set(), answer });
      this.running ??= this.run();
    });
  }

  private async run(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.writeSome(this.takePack());
    this.running = undefined;
    this.idle();
  }

  private takePack(): Operation[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const operation of this.waiting) {
      events += operation.append.events.length;
      bytes += operation.bytes;
      if (count > 0 && (events > PACK_EVENTS || bytes > PACK_BYTES)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async writeSome(operations: Operation[]): Promise<void> {
    const giveUpAt = performance.now() + this.access.patienceMs;
    const answerAll = (error: AppendOutcome & { ok: false }) => operations.forEach(({ answer }) => answer(error));
    let sent = false;
    for (let pause = 50; ; pause = Math.min(1_000, 2 * pause)) {
      try {
        await this.look();
        const fresh = this.known!;
        const plan = this.planned(operations, fresh);
        if (plan === 'look-again') continue;
        if (plan.events.length > 0) {
          sent = true;
          plan.outcomes.forEach((outcome, index) => 'writes' in outcome && outcome.writes.forEach((id) => operations[index]!.sent.add(id)));
          const result = await this.send(plan.events, fresh.revision);
          const last = result.nextExpectedRevision;
          // Not base + n: a deleted stream goes on from where it was.
          const first = last - BigInt(plan.events.length - 1);
          plan.events.forEach(({ id }, index) => fresh.ids.set(id, first + BigInt(index)));
          fresh.revision = last;
          await this.answer(operations, plan.outcomes, positionOf(result));
        } else await this.answer(operations, plan.outcomes, undefined);
        return;
      } catch (error) {
        const fault = error instanceof LogUnavailable ? 'unavailable' : faultOf(error);
        if (fault === 'conflict') {
          this.behind = true;
          pause = 25;
          continue;
        }
        this.known = undefined;
        if (fault === 'too-large') {
          // One by one, the one that is too large fails alone.
          if (operations.length > 1) for (const operation of operations) await this.writeSome([operation]);
          else answerAll({ ok: false, error: tooLarge(operations[0]!, error) });
          return;
        }
        if (fault === 'deleted') return answerAll({ ok: false, error: new LogUnavailable('io', `stream ${this.stream} was tombstoned; nothing can be written to it any more`) });
        if (fault === 'refused') return answerAll({ ok: false, error: new LogUnavailable('io', `EventStoreDB refuses us (${because(error)}); check user and password in EVENTSTORE_URL`) });
        if (performance.now() + pause > giveUpAt || fault === 'unavailable')
          return answerAll({ ok: false, error: sent || !(error instanceof LogUnavailable) ? new OutcomeUnknown(because(error)) : error });
        await sleep(pause);
      }
    }
  }

  /** Another process has written since; what is known is not all. */
  private behind = false;

  private async look(): Promise<void> {
    if (this.known && !this.behind) return;
    const known = this.known ?? { revision: 'no-stream' as const, ids: new Map<string, bigint>() };
    for (const { id, revision } of await this.access.read(this.stream, known.revision)) {
      known.ids.set(id, revision);
      known.revision = revision;
    }
    this.known = known;
    this.behind = false;
    this.looked = true;
  }

  /** The stream was read since the operations in hand came. */
  private looked = false;

  /** What each operation will answer, and the events to write for it. */
  private planned(operations: readonly Operation[], { revision: base, ids }: KnownStream): { events: NewEvent[]; outcomes: Planned[] } | 'look-again' {
    const events: NewEvent[] = [];
    const added = new Set<string>();
    const outcomes: Planned[] = [];
    const holds = (id: string) => ids.has(id) || added.has(id);
    for (const { append, sent } of operations) {
      const repeated = append.events.filter(({ id }) => added.has(id) || (ids.has(id) && !sent.has(id))).map(({ id }) => id);
      if (append.events.every(({ id }) => holds(id))) {
        outcomes.push({ last: append.events.at(-1)!.id, repeated, writes: [] });
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
      for (const event of append.events) {
        if (holds(event.id)) continue;
        added.add(event.id);
        events.push(event);
        writes.push(event.id);
      }
      outcomes.push({ last: append.events.at(-1)!.id, repeated, writes });
    }
    this.looked = false;
    return { events, outcomes };
  }

  private send(events: readonly NewEvent[], revision: bigint | 'no-stream'): Promise<AppendResult> {
    const proposed = events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: metadata as unknown as Record<string, unknown> })) as EventData[];
    const expectedRevision = revision === 'no-stream' ? NO_STREAM : revision;
    return this.access.slot(() => within(this.access.patienceMs, () => this.access.client.appendToStream(this.stream, proposed, { expectedRevision })));
  }

  private async answer(operations: readonly Operation[], outcomes: readonly Planned[], written: bigint | undefined): Promise<void> {
    for (const [index, { answer }] of operations.entries()) {
      const outcome = outcomes[index]!;
      if ('error' in outcome) {
        answer({ ok: false, error: outcome.error });
        continue;
      }
      const revision = this.known!.ids.get(outcome.last)!;
      // What was there before has a place of its own; what was written now is at or before the end of the append.
      const before = written === undefined || !outcome.writes.includes(outcome.last);
      try {
        answer({ ok: true, value: { revision, position: before ? await this.access.positionOf(this.stream, revision) : written, repeated: outcome.repeated } });
      } catch (error) {
        answer({ ok: false, error: error instanceof LogUnavailable ? error : new OutcomeUnknown(because(error)) });
      }
    }
  }
}

type Planned = { last: string; repeated: string[]; writes: string[] } | { error: WrongExpectedRevision };

function positionOf({ position }: AppendResult): bigint {
  return position!.commit > position!.prepare ? position!.commit : position!.prepare;
}

function tooLarge({ append, bytes }: Operation, error: unknown): EventTooLarge {
  const limit = error instanceof Error && isCommandError(error) && error.type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED ? Number(error.maxAppendSize) : undefined;
  return new EventTooLarge(append.events[0]!.id, bytes, limit || undefined);
}
