import type { Actor, EventLog } from '@leadlog/event-log';
import type { ReadModelView } from '@leadlog/projections';
import { decode } from './decode';
import type { LeadlogEvent } from './event-types';
import type { TouchpointInvalidated } from './events/web';
import { InvalidCursor } from './lead-queries';
import type { LeadState } from './leads';
import { newestFirst, type Moment } from './newest-first';
import { dealStream, leadKey, leadStreams } from './streams';
import { summaryOfEvent, type Words } from './timeline-words';

/** The timeline is no projection: nothing is kept, the lead's streams are read when somebody looks. */
export interface TimelineEntry {
  eventId: string;
  type: string;
  position: string;
  /** When it happened and when it was recorded, RFC 3339 in UTC. */
  occurredAt: string;
  recordedAt: string;
  /** お客様が / 担当者が */
  lane: 'customer' | 'seller';
  actor: Actor;
  summary: Words;
  data: unknown;
  /** The lead it was recorded for, where that has since become part of this one. */
  mergedLeadId?: string;
  /** It counts as never having happened. */
  voided?: { reason: TouchpointInvalidated['reason']; by: string };
}

export interface TimelinePage {
  leadId: string;
  /** What happened last comes first. */
  entries: TimelineEntry[];
  cursor?: string;
}

export interface TimelineQuery {
  /** 1 to 500; 100 by default. */
  limit?: number;
  cursor?: string;
  lane?: 'customer' | 'seller';
  timezone: string;
}

/** Newest revisions of one stream that a timeline goes back to: bounds one request, far beyond what a person does. */
export const STREAM_LIMIT = 10_000;

/**
 * Everything recorded about a lead and those that have become part of it, by business time, newest first. `view` of
 * `leads` says who they are and which deals they have. Undefined for a lead nobody has heard of. Throws InvalidCursor.
 *
 * The streams are in order of recording, so all of them are read before the newest page is known.
 */
export async function timelineOf(log: EventLog, view: ReadModelView, leadId: string, query: TimelineQuery): Promise<TimelinePage | undefined> {
  const survivor = await view.resolve(leadId);
  const [state, family] = await Promise.all([view.get<LeadState>(survivor), view.family(survivor)]);
  const members = new Set([survivor, ...family]);
  const streams = [...[...members].flatMap(leadStreams), ...(state?.deals ?? []).map(({ dealId }) => dealStream(dealId))];

  const events: LeadlogEvent[] = [];
  for (const stream of streams) {
    for await (const page of log.readStream(stream, { direction: 'backwards', limit: STREAM_LIMIT })) {
      // A deal can have events about several people.
      for (const event of page) if (members.has(leadKey(event) ?? '')) events.push(decode(event));
    }
  }
  if (events.length === 0) return undefined;

  const voided = new Map<string, NonNullable<TimelineEntry['voided']>>();
  for (const event of events) {
    if (event.type === 'TouchpointInvalidated') voided.set(event.data.targetEventId, { reason: event.data.reason, by: event.id });
  }

  const behind = query.cursor === undefined ? undefined : placeOf(query.cursor);
  const wanted = Math.min(Math.max(1, query.limit ?? 100), 500);
  const rest = events
    .filter((event) => query.lane === undefined || event.metadata.initiator === query.lane)
    .filter((event) => behind === undefined || newestFirst(behind, event) < 0)
    .sort(newestFirst);
  const page = rest.slice(0, wanted);
  return {
    leadId: survivor,
    entries: page.map((event) => entryOf(event, survivor, voided.get(event.id), query.timezone)),
    cursor: rest.length > page.length ? cursorOf(page.at(-1)!) : undefined,
  };
}

function entryOf(event: LeadlogEvent, survivor: string, voided: TimelineEntry['voided'], timezone: string): TimelineEntry {
  const recordedFor = leadKey(event);
  return {
    eventId: event.id,
    type: event.type,
    position: String(event.position),
    occurredAt: new Date(event.occurredAt).toISOString(),
    recordedAt: new Date(event.recordedAt).toISOString(),
    lane: event.metadata.initiator,
    actor: event.metadata.actor,
    summary: summaryOfEvent(event, timezone),
    data: event.data,
    ...(recordedFor !== survivor && { mergedLeadId: recordedFor }),
    ...(voided && { voided }),
  };
}

const cursorOf = ({ occurredAt, stream, revision }: Moment): string => Buffer.from(JSON.stringify([occurredAt, stream, String(revision)])).toString('base64url');

function placeOf(cursor: string): Moment {
  try {
    const [occurredAt, stream, revision] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof occurredAt === 'number' && typeof stream === 'string' && typeof revision === 'string') return { occurredAt, stream, revision: BigInt(revision) };
  } catch {
    // Told below.
  }
  throw new InvalidCursor(cursor);
}
