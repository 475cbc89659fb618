import { LRUCache } from 'lru-cache';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import {
  decode,
  factIds,
  laneOf,
  leadKey,
  newestFirst,
  tellingOf,
  Voided,
  voidIn,
  type Lane,
  type LeadlogEvent,
  type Moment,
  type Void,
} from '@leadlog/events';
import { supersededAmong, type Telling } from '@leadlog/projections';

/** What is needed to select a page of a lead's history, without the content of the event. */
export interface IndexedEvent extends Moment {
  id: string;
  type: string;
  position: bigint;
  lane: Lane;
  /** The lead for which it was recorded. */
  leadId: string | undefined;
  telling?: Telling;
}

export interface StreamIndex {
  /** Newest first. */
  newest: readonly IndexedEvent[];
  /** Events that report a fact which may be reported again. */
  tellings: readonly IndexedEvent[];
  voids: readonly Void[];
  next: bigint;
}

/** Maximum number of entries over all cached streams; each takes some hundred bytes. */
const KEPT_EVENTS = 100_000;
/** A gap that is cheaper to read than to skip with another call. */
const GAP = 16n;

const EMPTY: StreamIndex = { newest: [], tellings: [], voids: [], next: 0n };
const known = new WeakMap<EventLog, LeadStreams>();

/** One cache for each log of a process. */
export function leadStreamsOf(log: EventLog): LeadStreams {
  let streams = known.get(log);
  if (!streams) known.set(log, (streams = new LeadStreams(log)));
  return streams;
}

/**
 * Streams are in order of recording, pages of a history in order of business time, so the events of a page are known only once all have
 * been examined. The results are cached, and because events never change, only newer events are read afterwards, plus the events of the
 * page itself.
 */
export class LeadStreams {
  private readonly indexes = new LRUCache<string, StreamIndex>({
    maxSize: KEPT_EVENTS,
    sizeCalculation: ({ newest }) => newest.length + 1,
  });

  constructor(private readonly log: EventLog) {}

  async indexOf(stream: string): Promise<StreamIndex> {
    const before = this.indexes.get(stream) ?? EMPTY;
    const more: IndexedEvent[] = [];
    const voids = [...before.voids];
    let next = before.next;
    for await (const page of this.log.readStream(stream, { from: next })) {
      for (const event of page) {
        more.push(indexed(event));
        const found = voidIn(event);
        if (found) voids.push(found);
        next = event.revision + 1n;
      }
    }
    if (next === before.next) return before;
    // Sorting a sorted list costs almost nothing.
    const index = {
      newest: [...more.reverse(), ...before.newest].sort(newestFirst),
      tellings: [...before.tellings, ...more.filter(({ telling }) => telling)],
      voids,
      next,
    };
    this.indexes.set(stream, index);
    return index;
  }

  /** In the given order. */
  async read(wanted: readonly IndexedEvent[]): Promise<LeadlogEvent[]> {
    const events = new Map<string, LeadlogEvent>();
    for (const [stream, revisions] of grouped(wanted)) {
      for (const [from, to] of spansOf(revisions)) {
        for await (const page of this.log.readStream(stream, { from, limit: Number(to - from) + 1 })) {
          for (const event of page) if (revisions.has(event.revision)) events.set(`${stream} ${event.revision}`, decode(event));
        }
      }
    }
    return wanted.flatMap(({ stream, revision }) => events.get(`${stream} ${revision}`) ?? []);
  }
}

export function voidedIn(indexes: readonly StreamIndex[]): Voided {
  const voided = new Voided();
  for (const { voids } of indexes) for (const one of voids) voided.add(one);
  return voided;
}

/**
 * Superseded events of one person → the event that holds for the same fact. `counts`: whether an event belongs to the person and is not
 * voided.
 */
export const supersededIn = (indexes: readonly StreamIndex[], counts: (event: IndexedEvent) => boolean): Map<IndexedEvent, IndexedEvent> =>
  supersededAmong(
    indexes.flatMap(({ tellings }) => tellings.filter(counts)),
    ({ telling }) => telling,
  );

function indexed(event: RecordedEvent): IndexedEvent {
  const { id, type, stream, revision, position, occurredAt } = event;
  const one: IndexedEvent = { id, type, stream, revision, position, occurredAt, lane: laneOf(event), leadId: leadKey(event) };
  if (factIds.has(type)) one.telling = tellingOf(event);
  return one;
}

function grouped(wanted: readonly IndexedEvent[]): Map<string, Set<bigint>> {
  const streams = new Map<string, Set<bigint>>();
  for (const { stream, revision } of wanted) streams.set(stream, (streams.get(stream) ?? new Set<bigint>()).add(revision));
  return streams;
}

function spansOf(revisions: ReadonlySet<bigint>): [bigint, bigint][] {
  const spans: [bigint, bigint][] = [];
  for (const revision of [...revisions].sort((a, b) => (a < b ? -1 : 1))) {
    const last = spans.at(-1);
    if (last && revision - last[1] <= GAP) last[1] = revision;
    else spans.push([revision, revision]);
  }
  return spans;
}
