import {
  earliest,
  latest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  type EventType,
  type Happened,
  type LeadlogEvent,
} from '@leadlog/events';
import { defineProjection, tableOfNames, type Projection } from '@leadlog/projections';
import { localHour, localWeekday } from '@leadlog/time';
import { ANSWERED } from '../kpis/cells/call-cells';
import { evolveSalesFacts, SALES_FACT_TYPES } from '../kpis/sales-facts.projection';
import { followingOf } from './card-following';
import { hasEndedSince, isClosed, openPlans } from './plans';
import { relayNow } from './relay-now';
import {
  cardsKept,
  dealSteps,
  hourCell,
  plannedActions,
  relaysTold,
  runEnds,
  type DealSteps,
  type PlannedAction,
  type RelayTold,
  type WorkFacts,
} from './work-facts';

export const SALES_WORK = 'sales-work';
/** Deals that the rep opened, in a run that has not ended and not closed as far as the lead knows, by the time of the first. */
export const openDealsOf = (repId: string): string => `deals:${repId}`;
/** Appointments of the rep, or relayed to them, that no meeting names, by the time of the last. */
export const appointmentsOf = (repId: string): string => `appointments:${repId}`;
/** Actions that the rep planned and that are not done or over (plans.ts), by the first due time. */
export const plannedBy = (repId: string): string => `planned:${repId}`;
/** Appointments that the rep has accepted from a colleague, by when the last was; until the lead is given back or its deals are closed. */
export const relayedTo = (repId: string): string => `relayed:${repId}`;
/** Cards that the rep follows, by the exchange of the last; until the lead is given back or a deal is closed. */
export const followedBy = (repId: string): string => `cards:${repId}`;

const ownTypes = [
  'NextActionPlanned',
  'NextActionCompleted',
  'DealStageChanged',
  'ClosingAnswered',
  'AppointmentRelayed',
  'RelayAccepted',
  'RelayRejected',
  'BusinessCardExchanged',
  'BusinessCardHandedToMarketing',
  'HandoffRejected',
  'DealShared',
] as const satisfies readonly EventType[];

/**
 * Read model `sales-work`, by lead: what stage and next action are computed from, at the query, so that another sales process changes
 * nothing here. Lists by rep (above): the leads of the rep beside those that were handed off to them. Tallies: calls by weekday and hour.
 */
export function salesWork({ timezone }: { timezone: string }): Projection<WorkFacts> {
  return defineProjection<WorkFacts>({
    name: SALES_WORK,
    // The facts of KPIs are part of it: with another fold of theirs, this one has another number too.
    version: `4-${timezone}`,
    handles: [...SALES_FACT_TYPES, ...ownTypes, 'PersonalDataErased'],
    forgets: ['PersonalDataErased'],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: () => ({
      calls: undefined,
      appointments: undefined,
      meetings: undefined,
      deals: undefined,
      ends: undefined,
      planned: undefined,
      steps: undefined,
      relays: undefined,
      cards: undefined,
      over: undefined,
    }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    lists: listsOf,
    tallies: ({ calls = [] }) => {
      const cells = tableOfNames();
      for (const { startedAt, outcome } of calls) {
        if (outcome === 'wrongNumber') continue;
        const place = [localWeekday(startedAt, timezone), localHour(startedAt, timezone)] as const;
        const [called, answered] = [hourCell('called', ...place), hourCell('answered', ...place)];
        cells[called] = (cells[called] ?? 0) + 1;
        if (ANSWERED.has(outcome)) cells[answered] = (cells[answered] ?? 0) + 1;
      }
      return cells;
    },
  });
}

export function listsOf(facts: WorkFacts): Record<string, number> {
  const { deals = [], appointments = [], meetings: held = [], ends = [], relays } = facts;
  const lists = tableOfNames();
  const add = (list: string, rank: number, which: (...ranks: number[]) => number): void => {
    lists[list] = which(lists[list] ?? rank, rank);
  };
  for (const { dealId, opened } of deals)
    if (opened && !isClosed(facts, dealId) && !hasEndedSince(facts, opened))
      for (const rep of opened.by.reps) add(openDealsOf(rep), opened.at, Math.min);
  const named = new Set(held.map(({ appointmentId }) => appointmentId));
  const isOpen = deals.some(({ opened, outcome }) => opened && !outcome);
  const over = isOpen ? -Infinity : Math.max(...ends.map(({ at }) => at), ...deals.map(({ outcome }) => outcome?.at ?? -Infinity));
  for (const { appointmentId, booked, scheduled, status } of appointments) {
    if (!booked || !scheduled) continue;
    const relay = relayNow(relays, appointmentId);
    if (status?.is !== 'cancelled' && status?.is !== 'noShow' && !named.has(appointmentId))
      for (const rep of new Set([...booked.by.reps, ...(relay ? [relay.holder] : []), ...(relay?.waiting ? [relay.waiting.toRepId] : [])]))
        add(appointmentsOf(rep), scheduled.for, Math.max);
    if (relay?.since !== undefined && relay.since > over) add(relayedTo(relay.holder), relay.since, Math.max);
  }
  const following = followingOf(facts, over);
  if (following) add(followedBy(following.repId), following.exchangedAt, Math.max);
  for (const { repId, dueAt } of openPlans(facts)) if (repId !== undefined) add(plannedBy(repId), dueAt, Math.min);
  return lists;
}

function evolve(state: WorkFacts, event: LeadlogEvent): WorkFacts {
  const when: Happened = { at: event.occurredAt, position: Number(event.position) };
  const leadId = leadKey(event)!;
  switch (event.type) {
    case 'NextActionPlanned': {
      const { actionId, template, dueAt, reason, dealId } = event.data;
      const action = actionOf(state, actionId);
      const { actor } = event.metadata;
      const repId = actor.kind === 'rep' ? actor.id : undefined;
      action.planned = latest(action.planned, { ...when, leadId, template, dueAt: Date.parse(dueAt), reason, dealId, repId });
      return state;
    }
    case 'NextActionCompleted': {
      const action = actionOf(state, event.data.actionId);
      action.completed = latest(action.completed, when);
      return state;
    }
    case 'DealStageChanged': {
      const steps = stepsOf(state, event.data.dealId);
      steps.told = latest(steps.told, { ...when, stage: event.data.to });
      return state;
    }
    case 'ClosingAnswered': {
      const { dealId, answer, decideBy } = event.data;
      const steps = stepsOf(state, dealId);
      steps.asked = earliest(steps.asked, when);
      steps.answered = latest(steps.answered, { ...when, answer, decideBy });
      return state;
    }
    case 'AppointmentRelayed':
    case 'RelayAccepted':
    case 'RelayRejected': {
      state.relays = relaysTold.put(state.relays, { ...when, eventId: event.id, type: event.type, data: event.data } as RelayTold);
      return state;
    }
    case 'BusinessCardExchanged':
    case 'BusinessCardHandedToMarketing': {
      const { cardId, repId } = event.data;
      let card = cardsKept.find(state.cards, cardId);
      if (!card) state.cards = cardsKept.put(state.cards, (card = { cardId, exchanged: undefined, handed: undefined }));
      if (event.type === 'BusinessCardExchanged') card.exchanged = earliest(card.exchanged, { ...when, repId });
      else card.handed = earliest(card.handed, { ...when, repId, keepFollowing: event.data.keepFollowing });
      return state;
    }
    case 'ProductProposed':
    case 'QuoteSubmitted': {
      const steps = stepsOf(state, event.data.dealId);
      if (event.type === 'ProductProposed') steps.proposed = latest(steps.proposed, when);
      steps.offered = latest(steps.offered, when);
      return evolveSalesFacts(state, event, leadId);
    }
    case 'DealShared': {
      const { dealId, state: how } = event.data;
      const steps = stepsOf(state, dealId);
      if ((steps.shared?.position ?? -1) < when.position) steps.shared = { position: when.position, closed: how !== 'open' };
      return state;
    }
    case 'HandoffRejected':
    case 'LeadReturned':
    case 'LeadDisqualified':
      state.over = runEnds.put(state.over, { leadId, at: Math.max(when.at, runEnds.find(state.over, leadId)?.at ?? -Infinity) });
      return evolveSalesFacts(state, event, leadId);
    default:
      return evolveSalesFacts(state, event, leadId);
  }
}

function actionOf(state: WorkFacts, actionId: string): PlannedAction {
  let action = plannedActions.find(state.planned, actionId);
  if (!action) state.planned = plannedActions.put(state.planned, (action = { actionId, planned: undefined, completed: undefined }));
  return action;
}

function stepsOf(state: WorkFacts, dealId: string): DealSteps {
  let steps = dealSteps.find(state.steps, dealId);
  if (!steps)
    state.steps = dealSteps.put(
      state.steps,
      (steps = {
        dealId,
        proposed: undefined,
        offered: undefined,
        asked: undefined,
        answered: undefined,
        told: undefined,
        shared: undefined,
      }),
    );
  return steps;
}
