import type { Actor, EventLog } from '@leadlog/event-log';
import {
  catalogue,
  dealStream,
  leadKey,
  leadStreams,
  newestFirst,
  personalPartOf,
  PERSONAL_OF_PROFILE,
  type EventType,
  type LeadlogEvent,
  type Void,
} from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import { leadStreamsOf, voidedIn } from '../lead-streams';
import type { LeadState } from '../leads.projection';
import { momentCursor, momentOf } from '../timeline';

/** What was recorded about a person, with who said so. */
export interface ToldOfPerson {
  eventId: string;
  type: string;
  position: string;
  /** RFC 3339 in UTC. */
  occurredAt: string;
  recordedAt: string;
  /** The system that sent it, and who did it. */
  source: string;
  actor: Actor;
  data: unknown;
  /** The part of `data` that is personal; undefined if none is. */
  personal?: unknown;
  /** The lead for which it was recorded, if that was merged into this one since. */
  mergedLeadId?: string;
  voided?: Pick<Void, 'reason' | 'by'>;
}

export interface PersonalDataQuery {
  /** 1 to 500. Default: 100. */
  limit?: number;
  cursor?: string;
  /** Only events of this type. */
  type?: EventType;
}

export interface PersonalDataPage {
  leadId: string;
  /** Newest first. Also what was voided, and each report of a fact that was reported again. */
  items: ToldOfPerson[];
  cursor?: string;
}

/**
 * Everything recorded about a person: that of the lead and of those merged into it. `view` of `leads`. Undefined for an unknown lead.
 * Throws InvalidCursor.
 */
export async function toldOfPerson(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  { limit = 100, cursor, type }: PersonalDataQuery,
): Promise<PersonalDataPage | undefined> {
  const person = await personOf(log, view, leadId);
  if (!person) return undefined;
  const { survivor, events, voided, streams } = person;
  const behind = cursor === undefined ? undefined : momentOf(cursor);
  const wanted = Math.min(Math.max(1, limit), 500);
  const candidates = events.filter(
    (event) => (type === undefined || event.type === type) && (behind === undefined || newestFirst(behind, event) < 0),
  );
  const shown = candidates.slice(0, wanted);
  const read = await streams.read(shown);
  return {
    leadId: survivor,
    items: read.map((event) => told(event, survivor, voided.of(event))),
    cursor: candidates.length > wanted ? momentCursor(shown.at(-1)!) : undefined,
  };
}

async function personOf(log: EventLog, view: ReadModelView, leadId: string) {
  const survivor = await view.resolve(leadId);
  const [state, family] = await Promise.all([view.get<LeadState>(survivor), view.family(survivor)]);
  const members = new Set([survivor, ...family]);
  const streams = leadStreamsOf(log);
  const indexes = [];
  for (const name of [...[...members].flatMap(leadStreams), ...(state?.deals ?? []).map(({ dealId }) => dealStream(dealId))])
    indexes.push(await streams.indexOf(name));
  // A deal can have events about several people.
  const events = indexes.flatMap(({ newest }) => newest.filter((event) => members.has(event.leadId ?? ''))).sort(newestFirst);
  return events.length === 0 ? undefined : { survivor, state, events, voided: voidedIn(indexes), streams };
}

function told(event: LeadlogEvent, survivor: string, voided: Pick<Void, 'reason' | 'by'> | undefined): ToldOfPerson {
  const { metadata } = event;
  const recordedFor = leadKey(event);
  return {
    eventId: event.id,
    type: event.type,
    position: String(event.position),
    occurredAt: new Date(event.occurredAt).toISOString(),
    recordedAt: new Date(event.recordedAt).toISOString(),
    source: metadata.source,
    actor: metadata.actor,
    data: event.data,
    personal: personalPartOf(event.data, catalogue.get(event.type)!.personal),
    ...(recordedFor !== survivor && { mergedLeadId: recordedFor }),
    ...(voided && { voided: { reason: voided.reason, by: voided.by } }),
  };
}

/** A field of the profile as it is known now, and the event that said so. */
export interface KnownField {
  field: string;
  value: string | number;
  personal: boolean;
  eventId: string;
  occurredAt: string;
  source: string;
}

/** The profile of a person, field by field, with its sources; in the order of the fields. Undefined for an unknown lead. */
export async function profileSources(log: EventLog, view: ReadModelView, leadId: string): Promise<KnownField[] | undefined> {
  const person = await personOf(log, view, leadId);
  if (!person) return undefined;
  const layers = person.state?.profile ?? [];
  const saying = new Set(layers.map(({ position }) => position));
  const read = await person.streams.read(person.events.filter(({ position }) => saying.has(Number(position))));
  const sources = new Map(read.map((event) => [Number(event.position), event]));
  const fields = layers.flatMap(({ position, set }) =>
    Object.entries(set).flatMap(([field, value]): KnownField[] => {
      const event = sources.get(position);
      if (!event) return [];
      const personal = (PERSONAL_OF_PROFILE as readonly string[]).includes(field);
      const occurredAt = new Date(event.occurredAt).toISOString();
      return [{ field, value, personal, eventId: event.id, occurredAt, source: event.metadata.source }];
    }),
  );
  return fields.sort((a, b) => (a.field < b.field ? -1 : 1));
}
