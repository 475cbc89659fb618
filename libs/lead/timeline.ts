import type { Actor, EventLog } from '@leadlog/event-log';
import {
  dealStream,
  laneOf,
  leadKey,
  leadStreams,
  newestFirst,
  type Lane,
  type LeadlogEvent,
  type Moment,
  type Void,
} from '@leadlog/events';
import { decodeCursor, encodeCursor, type ReadModelView } from '@leadlog/projections';
import { leadStreamsOf, supersededIn, voidedIn, type IndexedEvent, type LeadStreams, type StreamIndex } from './lead-streams';
import type { LeadState } from './leads.projection';
import { summaryOfEvent, type Words } from './timeline-words';

/** The timeline is not a projection: nothing is stored, and the streams of the lead are read on request. */
export interface TimelineEntry {
  eventId: string;
  type: string;
  position: string;
  /** When it happened and when it was recorded, RFC 3339 in UTC. */
  occurredAt: string;
  recordedAt: string;
  lane: Lane;
  actor: Actor;
  summary: Words;
  data: unknown;
  /** The lead for which it was recorded, if that was merged into this one since. */
  mergedLeadId?: string;
  /** Voided: it counts as if it had never happened. */
  voided?: Pick<Void, 'reason' | 'by'>;
  /** Other reports of the same fact, under other event ids, newest first: those that this event corrects or that repeat it. */
  toldAgain?: Telling[];
}

export type Telling = Pick<TimelineEntry, 'eventId' | 'position' | 'occurredAt' | 'recordedAt' | 'summary' | 'data'>;

export interface TimelinePage {
  leadId: string;
  /** Newest first. */
  entries: TimelineEntry[];
  cursor?: string;
}

export interface TimelineQuery {
  /** 1 to 500. Default: 100. */
  limit?: number;
  cursor?: string;
  lane?: Lane;
  timezone: string;
}

/**
 * Everything recorded about a lead and those merged into it, by business time, newest first. `view` of
 * `leads` provides these leads and their deals. Undefined for an unknown lead. Throws InvalidCursor.
 */
export async function timelineOf(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  query: TimelineQuery,
): Promise<TimelinePage | undefined> {
  const survivor = await view.resolve(leadId);
  const [state, family] = await Promise.all([view.get<LeadState>(survivor), view.family(survivor)]);
  const members = new Set([survivor, ...family]);
  const names = [...[...members].flatMap(leadStreams), ...(state?.deals ?? []).map(({ dealId }) => dealStream(dealId))];
  const streams = leadStreamsOf(log);
  const behind = query.cursor === undefined ? undefined : momentOf(query.cursor);
  const wanted = Math.min(Math.max(1, query.limit ?? 100), 500);

  const indexes: StreamIndex[] = [];
  for (const name of names) indexes.push(await streams.indexOf(name));
  const voided = voidedIn(indexes);
  // A deal can have events about several people.
  const isMine = ({ leadId: whose }: IndexedEvent): boolean => members.has(whose ?? '');
  const superseded = supersededIn(indexes, (event) => isMine(event) && !voided.of(event));

  let isKnown = false;
  const candidates: IndexedEvent[] = [];
  for (const { newest } of indexes) {
    let left = wanted + 1;
    for (const event of newest) {
      if (!isMine(event)) continue;
      isKnown = true;
      if (superseded.has(event)) continue;
      if (query.lane !== undefined && event.lane !== query.lane) continue;
      if (behind !== undefined && newestFirst(behind, event) >= 0) continue;
      candidates.push(event);
      if ((left -= 1) === 0) break;
    }
  }
  if (!isKnown) return undefined;
  candidates.sort(newestFirst);
  const shown = candidates.slice(0, wanted);
  const page = await streams.read(shown);
  const others = await othersOf(shown, superseded, streams, query.timezone);
  return {
    leadId: survivor,
    entries: page.map((event) => {
      const toldAgain = others.get(placeOf(event));
      return { ...entryOf(event, survivor, voided.of(event), query.timezone), ...(toldAgain && { toldAgain }) };
    }),
    cursor: candidates.length > wanted ? momentCursor(page.at(-1)!) : undefined,
  };
}

/** A sender that reports one fact again and again must not fill the page with it. */
const MOST_TELLINGS = 20;

/** The other reports of facts on a page, by the index of the event that holds. */
async function othersOf(
  shown: readonly IndexedEvent[],
  superseded: ReadonlyMap<IndexedEvent, IndexedEvent>,
  streams: LeadStreams,
  timezone: string,
): Promise<Map<string, Telling[]>> {
  const others = new Map<string, Telling[]>();
  if (superseded.size === 0) return others;
  const onPage = new Set(shown);
  const byHolder = new Map<IndexedEvent, IndexedEvent[]>();
  for (const [event, holder] of superseded) if (onPage.has(holder)) byHolder.set(holder, [...(byHolder.get(holder) ?? []), event]);
  for (const [holder, events] of byHolder) {
    const read = await streams.read(events.sort(newestFirst).slice(0, MOST_TELLINGS));
    others.set(
      placeOf(holder),
      read.map((event) => toldIn(event, timezone)),
    );
  }
  return others;
}

const placeOf = ({ stream, revision }: Pick<Moment, 'stream' | 'revision'>): string => `${stream} ${revision}`;

function toldIn(event: LeadlogEvent, timezone: string): Telling {
  return {
    eventId: event.id,
    position: String(event.position),
    occurredAt: new Date(event.occurredAt).toISOString(),
    recordedAt: new Date(event.recordedAt).toISOString(),
    summary: summaryOfEvent(event, timezone),
    data: event.data,
  };
}

function entryOf(event: LeadlogEvent, survivor: string, voided: TimelineEntry['voided'], timezone: string): TimelineEntry {
  const recordedFor = leadKey(event);
  return {
    ...toldIn(event, timezone),
    type: event.type,
    lane: laneOf(event),
    actor: event.metadata.actor,
    ...(recordedFor !== survivor && { mergedLeadId: recordedFor }),
    ...(voided && { voided }),
  };
}

/** The end of a page of a history. */
export const momentCursor = ({ occurredAt, stream, revision }: Moment): string => encodeCursor([occurredAt, stream, String(revision)]);

/** Throws InvalidCursor. */
export const momentOf = (cursor: string): Moment =>
  decodeCursor(cursor, (value) => {
    if (!Array.isArray(value)) return undefined;
    const [occurredAt, stream, revision] = value as unknown[];
    if (typeof occurredAt !== 'number' || typeof stream !== 'string' || typeof revision !== 'string' || !/^\d+$/.test(revision))
      return undefined;
    return { occurredAt, stream, revision: BigInt(revision) };
  });
