import { sortedBy, type LeadlogEvent } from '@leadlog/events';

/** What was found of a person besides the events that their keys had sealed. */
export interface Purged {
  /** Jobs in which something was left out. */
  jobs: number;
  /** Builds of read models that were dropped. */
  generations: number;
  /** Events recorded in clear. */
  clearEvents: number;
}

/** One erasure of a person, as far as it is told by the events folded so far. Times in ms. */
export interface Erasure {
  /** For whom it was requested: the lead that the person was then. */
  leadId: string;
  requested?: { requestId: string; at: number; leadIds: string[]; streams: string[] };
  /** Position from which on nothing personal of theirs can be read. */
  erased?: number;
  completed?: { at: number } & Purged;
}

const erasures = sortedBy((one: Erasure) => one.leadId);

/** Those that are asked for and not done yet, ranked by when they were asked for. */
export const ERASING = 'erasing';

/** The types that `withErasureEvent` knows. */
export const ERASURE_TYPES = ['PersonalDataErasureRequested', 'PersonalDataErased', 'PersonalDataErasureCompleted'] as const;

/** Each event has its own place, so the order of arrival changes nothing. May change what is known. */
export function withErasureEvent(known: Erasure[] | undefined, event: LeadlogEvent): Erasure[] | undefined {
  if (event.type === 'PersonalDataErasureRequested') {
    const { leadId, requestId, leadIds, streams } = event.data;
    return erasures.put(known, { ...ofLead(known, leadId), requested: { requestId, at: event.occurredAt, leadIds, streams } });
  }
  if (event.type === 'PersonalDataErasureCompleted') {
    const { leadId, jobs, generations, clearEvents } = event.data;
    return erasures.put(known, { ...ofLead(known, leadId), completed: { at: event.occurredAt, jobs, generations, clearEvents } });
  }
  // Deals and identities are told before the lead itself.
  if (event.type !== 'PersonalDataErased' || !event.stream.startsWith('activity-')) return known;
  const one = ofLead(known, event.data.leadId);
  return erasures.put(known, { ...one, erased: Math.max(one.erased ?? 0, Number(event.position)) });
}

const ofLead = (known: Erasure[] | undefined, leadId: string): Erasure =>
  erasures.find(known, leadId) ?? { leadId, requested: undefined, erased: undefined, completed: undefined };

export const erasureOf = (known: Erasure[] | undefined, leadId: string): Erasure | undefined => erasures.find(known, leadId);

/** The first one asked for that is not done. */
export const unfinished = (known: Erasure[] = []): (Erasure & Required<Pick<Erasure, 'requested'>>) | undefined =>
  known
    .flatMap((one) => (one.requested && !one.completed ? [{ ...one, requested: one.requested }] : []))
    .sort((a, b) => a.requested.at - b.requested.at || (a.leadId < b.leadId ? -1 : 1))[0];
