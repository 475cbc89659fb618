import { sortedBy, type LeadlogEvent, type PersonalDataErasureCompleted } from '@leadlog/events';

/** What was found of a person besides the events that their keys had sealed. */
export interface Purged {
  /** Jobs in which something was left out. */
  jobs: number;
  /** Builds of read models that were dropped. */
  generations: number;
  /** Events recorded in clear. */
  clearEvents: number;
  /** Whose files were not written anew. */
  notRewritten?: PersonalDataErasureCompleted['notRewritten'];
}

/** One erasure of a person, as far as it is told by the events folded so far. Times in ms. */
export interface Erasure {
  /** For whom it was requested: the lead that the person was then. */
  leadId: string;
  requested?: { requestId: string; at: number; leadIds: string[]; streams: string[] };
  /** Position from which on nothing personal of theirs can be read. */
  erased?: number;
  /** The files of the key store still hold the keys. */
  keysInFiles?: true;
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
    const { leadId, jobs, generations, clearEvents, notRewritten } = event.data;
    return erasures.put(known, {
      ...ofLead(known, leadId),
      completed: { at: event.occurredAt, jobs, generations, clearEvents, ...(notRewritten && { notRewritten }) },
    });
  }
  // Deals and identities are told before the lead itself.
  if (event.type !== 'PersonalDataErased' || !event.stream.startsWith('activity-')) return known;
  const one = ofLead(known, event.data.leadId);
  return erasures.put(known, {
    ...one,
    erased: Math.max(one.erased ?? 0, Number(event.position)),
    ...(event.data.keysInFiles && { keysInFiles: true }),
  });
}

const ofLead = (known: Erasure[] | undefined, leadId: string): Erasure =>
  erasures.find(known, leadId) ?? { leadId, requested: undefined, erased: undefined, completed: undefined };

/** Of the leads that are one person, those that are not to be forgotten: they were merged with the others after that was asked for. */
export function notAskedFor(known: Erasure[] = [], family: readonly string[]): string[] {
  const asked = new Set(known.flatMap(({ requested }) => requested?.leadIds ?? []));
  return family.filter((leadId) => !asked.has(leadId));
}

/** How far a person is forgotten. */
export interface ErasureOfPerson extends Partial<Purged> {
  /** `requested`: something may still be read; `erased`: no more, but it is still kept somewhere; `completed`: it is kept nowhere. */
  state: 'requested' | 'erased' | 'completed';
  requestId: string;
  requestedAt: number;
  completedAt?: number;
  leadIds: string[];
  /** Position that every read model has to reach before it is completed. */
  erased?: number;
}

/** What the erasures of the leads that are one person come to. Undefined if nobody has asked for one that is due to all of them. */
export function erasureOfPerson(known: Erasure[] = [], family: readonly string[]): ErasureOfPerson | undefined {
  const asked = known.flatMap((one) => (one.requested ? [{ ...one, requested: one.requested }] : []));
  const missing = notAskedFor(known, family).length > 0;
  const first = unfinished(known) ?? (missing ? undefined : asked.sort((a, b) => b.requested.at - a.requested.at)[0]);
  if (!first) return undefined;
  const done = asked.flatMap(({ completed }) => completed ?? []);
  const told = asked.flatMap(({ erased }) => erased ?? []);
  const common = {
    requestId: first.requested.requestId,
    requestedAt: first.requested.at,
    leadIds: [...new Set([...family, ...asked.flatMap(({ requested }) => requested.leadIds)])],
  };
  if (missing || told.length < asked.length) return { state: 'requested', ...common };
  if (done.length < asked.length) return { state: 'erased', ...common, erased: Math.max(...told) };
  const sum = (of: 'jobs' | 'generations' | 'clearEvents'): number => done.reduce((all, one) => all + one[of], 0);
  const notRewritten = [...new Set(done.flatMap((one) => one.notRewritten ?? []))];
  return {
    state: 'completed',
    ...common,
    completedAt: Math.max(...done.map(({ at }) => at)),
    jobs: sum('jobs'),
    generations: sum('generations'),
    clearEvents: sum('clearEvents'),
    ...(notRewritten.length > 0 && { notRewritten }),
  };
}

/** The first one asked for that is not done. */
export const unfinished = (known: Erasure[] = []): (Erasure & Required<Pick<Erasure, 'requested'>>) | undefined =>
  known
    .flatMap((one) => (one.requested && !one.completed ? [{ ...one, requested: one.requested }] : []))
    .sort((a, b) => a.requested.at - b.requested.at || (a.leadId < b.leadId ? -1 : 1))[0];
