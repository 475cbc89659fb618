import { LRUCache } from 'lru-cache';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import { decode, factIds, laneOf, leadKey, newestFirst, tellingOf, Voided, type Lane, type LeadlogEvent, type Moment, type TouchpointInvalidated } from '@leadlog/events';
import { supersededAmong, type Telling } from '@leadlog/projections';

/** What a page of a lead's history is chosen by, without what the event says. */
export interface IndexedEvent extends Moment {
  id: string;
  type: string;
  position: bigint;
  lane: Lane;
  /** The lead it was recorded for. */
  leadId: string | undefined;
  telling?: Telling;
}

export interface StreamIndex {
  /** What happened last comes first. */
  newest: readonly IndexedEvent[];
  /** Those that tell a fact which may be told again. */
  tellings: readonly IndexedEvent[];
  voids: readonly (TouchpointInvalidated & { by: string })[];
  next: bigint;
}

/** Of all streams that are kept; each is some hundred bytes. */
const KEPT_EVENTS = 100_000;
/** A gap that is read over rather than asked around. */
const GAP = 16n;

const EMPTY: StreamIndex = { newest: [], tellings: [], voids: [], next: 0n };
const known = new WeakMap<EventLog, LeadStreams>();

/** One for each log of a process. */
export function leadStreamsOf(log: EventLog): LeadStreams {
  let streams = known.get(log);
  if (!streams) known.set(log, (streams = new LeadStreams(log)));
  return streams;
}

/**
 * Streams are in order of recording, pages of a history in order of business time: which events are on a page is known only once all have been
 * looked at. What was looked at is kept, and since an event never changes only what came since is read again; of the events themselves only those of the page.
 */
export class LeadStreams {
  private readonly indexes = new LRUCache<string, StreamIndex>({ maxSize: KEPT_EVENTS, sizeCalculation: ({ newest }) => newest.length + 1 });

  constructor(private readonly log: EventLog) {}

  async indexOf(stream: string): Promise<StreamIndex> {
    const before = this.indexes.get(stream) ?? EMPTY;
    const more: IndexedEvent[] = [];
    const voids = [...before.voids];
    let next = before.next;
    for await (const page of this.log.readStream(stream, { from: next })) {
      for (const event of page) {
        more.push(indexed(event));
        if (event.type === 'TouchpointInvalidated') {
          voids.push({ ...(event.data as TouchpointInvalidated), by: event.id });
        }
        next = event.revision + 1n;
      }
    }
    if (next === before.next) return before;
    // What is sorted already costs next to nothing to sort again.
    const index = { newest: [...more.reverse(), ...before.newest].sort(newestFirst), tellings: [...before.tellings, ...more.filter(({ telling }) => telling)], voids, next };
    this.indexes.set(stream, index);
    return index;
  }

  /** In the order in which they are given. */
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
  for (const { voids } of indexes) for (const one of voids) voided.add(one, one.by);
  return voided;
}

/** Of events of one person those that tell a fact of which another one holds → that one. `counts`: whether an event is the person's, and not voided. */
export const supersededIn = (indexes: readonly StreamIndex[], counts: (event: IndexedEvent) => boolean): Map<IndexedEvent, IndexedEvent> =>
  supersededAmong(indexes.flatMap(({ tellings }) => tellings.filter(counts)), ({ telling }) => telling);

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
