import {
  CUSTOMER_ACTS,
  decisionsOf,
  earliest,
  latest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  sortedBy,
  type LeadlogEvent,
  type Tier,
} from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import type { Consent, Contact, DealFacts, HandoffFacts, HandoffState, Insight, RunEnd } from './handoff-facts';
import { openQuestions } from './questions';
import { isRevisit, revisitOf } from './revisits';
import { breachDue, dueSince, openHandoffs, reassignments, toldBreaches, withdrawnConsents } from './standing';

export type { HandoffState } from './handoff-facts';

const handoffFacts = sortedBy((one: HandoffFacts) => one.handoffId);
const ends = sortedBy((one: RunEnd) => one.eventId);
const consents = sortedBy((one: Consent) => one.channel);
const deals = sortedBy((one: DealFacts) => one.dealId);
const contacts = sortedBy((one: Contact) => one.contactId);
const insights = sortedBy((one: Insight) => one.eventId);
const names = sortedBy((name: string) => name);

const TIER_RANK: Record<Tier, number> = { hot: 2, warm: 1, cold: 0 };

export const TO_HAND_OFF = 'to-hand-off';
export const UNDELIVERED = 'undelivered';
export const OVERDUE = 'overdue';
export const ESCALATED = 'escalated';
export const REASSIGNED = 'reassigned';
export const REVISITS = 'revisits';
export const QUESTIONS = 'questions';
/** Like `to-hand-off`, for leads who have withdrawn their consent for a channel. */
export const REFUSED = 'to-hand-off:refused';
/** Hot by an import that limits handoffs to a number a day; ranked by the time of recording. */
export const TRICKLING = 'trickling';
/** By the position of a publication, or by how it was imported. */
export const withheldBy = (published: string): string => `withheld:${published}`;

/**
 * Lists: `to-hand-off` and `to-hand-off:refused` (hot and armed, ranked by since when; the latter have withdrawn a consent), `inbox`,
 * `inbox:rep:<id>`, `inbox:team:<id>` (with sales, ranked by tier, then by the time of the handoff), `undelivered` (handed off and not
 * answered yet, by time), `overdue` (by the first deadline that nothing has met and whose breach is not recorded), `escalated` (by the last
 * deadline missed of which a destination is told, and how many there are), `reassigned` (open, and given to somebody after the handoff, by
 * when and how many), `withheld:<position of a publication>`, `withheld:silent` and `withheld:trickle` (would be handed off
 * had it or an import not made them hot itself, ranked by score before the cap), `trickling`, `revisits` (returned with a day to look at it
 * again, ranked by that day) and `questions` (asked and not answered, by the first).
 */
export const handoffsProjection: Projection<HandoffState> = defineProjection<HandoffState>({
  name: 'handoffs',
  version: '11',
  handles: [
    ...CUSTOMER_ACTS,
    'LeadTierChanged',
    'ConsentChanged',
    'HandoffReleased',
    'LeadHandedOff',
    'LeadAssigned',
    'HandoffAccepted',
    'HandoffRejected',
    'HandoffSlaBreached',
    'InsightExchanged',
    'LeadReturned',
    'LeadDisqualified',
    'NextActionCompleted',
    'CallCompleted',
    'MeetingHeld',
    'DealOpened',
    'DealWon',
    'DealLost',
    'DealShared',
    'PersonalDataErasureRequested',
    'PersonalDataErased',
  ],
  forgets: ['PersonalDataErased'],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  // All members from the start, including unknown ones: states of one shape are faster to fold.
  initial: (leadId) => ({
    leadId,
    tier: 'cold',
    since: 0,
    withheld: undefined,
    act: undefined,
    importedAct: undefined,
    inquired: undefined,
    consent: undefined,
    handoffs: undefined,
    ends: undefined,
    deals: undefined,
    contacts: undefined,
    revisited: undefined,
    erased: undefined,
  }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const lists: Record<string, number> = {};
    const due = dueSince(state);
    const { withheld } = state;
    const refused = withdrawnConsents(state).length;
    // If one of several consents is granted again, the rank changes, so that the waiting reaction checks again.
    if (due !== undefined) lists[refused > 0 ? REFUSED : TO_HAND_OFF] = due + Math.max(0, refused - 1);
    else if (withheld && dueSince({ ...state, withheld: undefined }) !== undefined) {
      lists[withheldBy(withheld.published ?? withheld.imported ?? '')] = withheld.score;
      if (withheld.imported === 'trickle') lists[TRICKLING] = withheld.since;
    }
    const revisit = state.erased ? undefined : revisitOf(state);
    if (revisit) lists[REVISITS] = revisit.rank;
    if (!state.handoffs) return lists;
    const add = (list: string, rank: number): void => void (lists[list] = Math.max(lists[list] ?? 0, rank));
    for (const { at, repId, teamId, state: stage } of openHandoffs(state)) {
      // Two digits of tier before thirteen of time: by tier, then latest first in descending order.
      const rank = TIER_RANK[state.tier] * 1e14 + at;
      add('inbox', rank);
      if (repId !== undefined) add(`inbox:rep:${repId}`, rank);
      if (teamId !== undefined) add(`inbox:team:${teamId}`, rank);
      if (stage === 'handed-off') add(UNDELIVERED, at);
    }
    // By their number too: of two at the same moment, the second must change the rank, or nobody looks again.
    const addAll = (list: string, times: readonly number[]): void => {
      if (times.length > 0) lists[list] = Math.max(...times) + times.length - 1;
    };
    addAll(
      ESCALATED,
      toldBreaches(state).map(({ dueAt }) => dueAt),
    );
    addAll(
      REASSIGNED,
      reassignments(state).map(({ at }) => at),
    );
    const asked = state.erased ? undefined : openQuestions(state)[0];
    if (asked) lists[QUESTIONS] = asked.at;
    const overdue = breachDue(state)[0];
    if (overdue) lists[OVERDUE] = overdue.dueAt;
    return lists;
  },
});

function evolve(state: HandoffState, event: LeadlogEvent): HandoffState {
  const { occurredAt: at, id } = event;
  const position = Number(event.position);
  switch (event.type) {
    case 'LeadTierChanged': {
      const { to, aside, withheld, score, uncapped = score } = event.data;
      if (aside) return state;
      state.tier = to;
      state.since = at;
      state.withheld = withheld && {
        since: Date.parse(withheld.since),
        published: withheld.published,
        imported: withheld.imported,
        score: Object.values(uncapped)[0] ?? 0,
      };
      return state;
    }
    case 'HandoffReleased':
      if (event.data.published === undefined ? state.withheld?.imported : state.withheld?.published === event.data.published)
        state.withheld = undefined;
      return state;
    case 'ConsentChanged': {
      const { channel, status } = event.data;
      state.consent = consents.put(state.consent, latest(consents.find(state.consent, channel), { at, position, channel, status }));
      return state;
    }
    case 'LeadHandedOff': {
      const { handoffId, runId, acceptBy, contactBy, policyVersion, business } = event.data;
      const handoff = handoffOf(state, handoffId);
      handoff.handed = earliest(handoff.handed, {
        at,
        position,
        eventId: id,
        leadId: recordedFor(event),
        runId,
        acceptBy,
        contactBy,
        policyVersion,
        business,
      });
      return state;
    }
    case 'LeadAssigned': {
      const { handoffId, repId, teamId } = event.data;
      if (handoffId === undefined) return state;
      const handoff = handoffOf(state, handoffId);
      handoff.assigned = latest(handoff.assigned, { at, position, eventId: id, repId, teamId });
      return state;
    }
    case 'HandoffAccepted': {
      const { handoffId, repId, teamId = event.metadata.actor.teamId } = event.data;
      const handoff = handoffOf(state, handoffId);
      handoff.firstAccepted = earliest(handoff.firstAccepted, { at, position });
      handoff.accepted = latest(handoff.accepted, { at, position, repId, teamId });
      return state;
    }
    case 'HandoffRejected': {
      const handoff = handoffOf(state, event.data.handoffId);
      handoff.rejected = earliest(handoff.rejected, { at, position, reason: event.data.reason });
      return state;
    }
    case 'HandoffSlaBreached': {
      const handoff = handoffOf(state, event.data.handoffId);
      const { accept, contact } = handoff.breached ?? {};
      const { step, dueAt, notify } = event.data;
      const breach = { eventId: id, dueAt: Date.parse(dueAt), notify };
      handoff.breached = step === 'accept' ? { accept: breach, contact } : { accept, contact: breach };
      return state;
    }
    case 'InsightExchanged': {
      const { handoffId, kind, text, side, questionId } = event.data;
      const handoff = handoffOf(state, handoffId);
      const { by: _key, ...by } = event.metadata.actor;
      handoff.insights = insights.put(handoff.insights, {
        at,
        position,
        eventId: id,
        kind,
        side: side ?? (by.kind === 'rep' || kind === 'question' ? 'sales' : undefined),
        by,
        text: kind === 'question' ? text : undefined,
        questionId,
      });
      return state;
    }
    case 'NextActionCompleted':
      if (isRevisit(event.data.actionId)) state.revisited = names.put(state.revisited, event.data.actionId);
      return state;
    case 'LeadReturned': {
      const { runId, handoffId, reason, revisitOn, note } = event.data;
      // A day that was over when it was imported is history.
      const passed = decisionsOf(event) !== undefined && revisitOn !== undefined && overEverywhere(revisitOn) < event.recordedAt;
      state.ends = ends.put(state.ends, {
        at,
        position,
        eventId: id,
        how: 'returned',
        leadId: recordedFor(event),
        runId,
        handoffId,
        reason,
        revisitOn: passed ? undefined : revisitOn,
        note,
      });
      return state;
    }
    case 'LeadDisqualified':
      state.ends = ends.put(state.ends, {
        at,
        position,
        eventId: id,
        how: 'disqualified',
        leadId: recordedFor(event),
        reason: event.data.reason,
      });
      return state;
    case 'CallCompleted':
      return contacted(state, { at, position, contactId: `call ${event.data.callId}`, startedAt: Date.parse(event.data.startedAt) });
    case 'MeetingHeld':
      return contacted(state, { at, position, contactId: `meeting ${event.data.meetingId}`, startedAt: Date.parse(event.data.startedAt) });
    case 'DealOpened': {
      const { dealId, handoffId, runId } = event.data;
      const deal = dealOf(state, dealId);
      deal.opened = earliest(deal.opened, { at, position, leadId: recordedFor(event) });
      if (handoffId !== undefined || runId !== undefined) deal.of = latest(deal.of, { at, position, handoffId, runId });
      return state;
    }
    case 'DealWon':
    case 'DealLost': {
      const deal = dealOf(state, event.data.dealId);
      const reason = event.type === 'DealLost' ? event.data.reason : undefined;
      deal.outcome = latest(deal.outcome, { at, position, leadId: recordedFor(event), won: event.type === 'DealWon', reason });
      return state;
    }
    case 'DealShared': {
      const { dealId, opened, state: how, closedWith = '', closedAt, reason } = event.data;
      const deal = dealOf(state, dealId);
      if (deal.told && deal.told.position > position) return state;
      const outcome =
        closedAt === undefined ? undefined : { at: Date.parse(closedAt), position, leadId: closedWith, won: how === 'won', reason };
      deal.told = { position, opened, outcome };
      return state;
    }
    case 'PersonalDataErasureRequested':
    case 'PersonalDataErased':
      // A lead merged into this one may be forgotten while this one is not: another person, or one who came back.
      if (recordedFor(event) === state.leadId) state.erased = true;
      return state;
    default: {
      const decisions = decisionsOf(event);
      if (event.type === 'InquiryReceived' && (decisions === undefined || decisions === 'all'))
        state.inquired = Math.max(state.inquired ?? 0, at);
      if (decisions === undefined) state.act = Math.max(state.act ?? 0, at);
      else if (decisions === 'all')
        state.importedAct = {
          at: Math.max(state.importedAct?.at ?? 0, at),
          recordedAt: Math.max(state.importedAct?.recordedAt ?? 0, event.recordedAt),
        };
      return state;
    }
  }
}

/** A day (YYYY-MM-DD) ends last twelve hours west of Greenwich; where the tenant is, no fold knows. */
const overEverywhere = (day: string): number => Date.parse(day) + 36 * 3_600_000;

/** The lead named by the event, which may have been merged into the one for which it is folded. */
const recordedFor = (event: LeadlogEvent): string => leadKey(event)!;

function handoffOf(state: HandoffState, handoffId: string): HandoffFacts {
  let handoff = handoffFacts.find(state.handoffs, handoffId);
  if (!handoff) {
    handoff = {
      handoffId,
      handed: undefined,
      assigned: undefined,
      firstAccepted: undefined,
      accepted: undefined,
      rejected: undefined,
      breached: undefined,
      insights: undefined,
    };
    state.handoffs = handoffFacts.put(state.handoffs, handoff);
  }
  return handoff;
}

function dealOf(state: HandoffState, dealId: string): DealFacts {
  let deal = deals.find(state.deals, dealId);
  if (!deal)
    state.deals = deals.put(state.deals, (deal = { dealId, opened: undefined, of: undefined, outcome: undefined, told: undefined }));
  return deal;
}

function contacted(state: HandoffState, contact: Contact): HandoffState {
  const known = contacts.find(state.contacts, contact.contactId);
  if (latest(known, contact) === contact) state.contacts = contacts.put(state.contacts, contact);
  return state;
}
