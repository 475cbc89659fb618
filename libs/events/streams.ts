import type { RecordedEvent } from '@leadlog/event-log';

/** Touchpoints and facts about a lead: many, no invariants. */
export const activityStream = (leadId: string): string => `activity-${leadId}`;
/** Decisions and commands about a lead: few, with invariants. */
export const leadStream = (leadId: string): string => `lead-${leadId}`;
export const dealStream = (dealId: string): string => `deal-${dealId}`;
export const accountStream = (accountId: string): string => `account-${accountId}`;
/** `hash`: of the kind and the value of an identity. */
export const identityStream = (hash: string): string => `identity-${hash}`;
export const modelStream = (modelId: string): string => `model-${modelId}`;
/** Places kept with a rep who takes only so many handoffs. */
export const repStream = (repId: string): string => `rep-${repId}`;
/** All access keys there are. */
export const ACCESS_STREAM = 'access-keys';
/** Who read people in bulk, changed something, or was refused that, in one month of UTC, so that no stream grows for ever. */
export const auditStream = (at: number): string => `${AUDIT_STREAMS}${new Date(at).toISOString().slice(0, 7)}`;
export const AUDIT_STREAMS = 'audit-';
/** All people who may sign in. */
export const PEOPLE_STREAM = 'access-people';
/** `day`: of UTC, YYYYMMDD. What was made for signing in on that day, and what became of it. */
export const sessionsStream = (day: string): string => `access-sessions-${day}`;
export const processStream = (processId: string): string => `process-${processId}`;

/** Streams that always hold events of a lead; the engine remembers the deal streams that hold others. */
export const leadStreams = (leadId: string): string[] => [activityStream(leadId), leadStream(leadId)];

/**
 * The lead that an event concerns: `data.leadId`. The names of the two lead streams hold it too, and reading it there
 * avoids parsing data for events of which a fold needs nothing else.
 */
export function leadKey(event: RecordedEvent): string | undefined {
  const { stream } = event;
  if (stream.startsWith('activity-') || stream.startsWith('lead-')) return event.streamSubject ?? leadOfStream(stream);
  const { leadId } = event.data as { leadId?: unknown };
  return typeof leadId === 'string' ? leadId : undefined;
}

/** The lead that all events of a stream concern, if its name holds it (events of a deal hold it themselves). */
export function leadOfStream(stream: string): string | undefined {
  if (stream.startsWith('activity-')) return stream.slice(9);
  return stream.startsWith('lead-') ? stream.slice(5) : undefined;
}
