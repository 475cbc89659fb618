import {
  earliest,
  latest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  minorDigits,
  type EventType,
  type LeadlogEvent,
} from '@leadlog/events';
import { ATTRIBUTE_TYPES, evolveAttributes, noAttributeFacts } from '@leadlog/lead';
import { defineProjection, addFingerprint, canonicalText, type Projection } from '@leadlog/projections';
import { withRevision } from './deals-of-leads';
import { salesCells } from './cells/sales-cells';
import {
  appointments,
  calls,
  deals,
  DEFAULT_WINDOWS,
  ends,
  handed,
  meetings,
  products,
  quotes,
  relayAnswers,
  relays,
  type AppointmentFact,
  type Credit,
  type DealFact,
  type KpiFacts,
  type KpiWindows,
  type Money,
  type SalesFacts,
} from './fact-shapes';

export interface SalesKpiOptions {
  timezone: string;
  windows?: Partial<KpiWindows>;
}

export const SALES_FACT_TYPES = [
  'CallCompleted',
  'AppointmentBooked',
  'AppointmentChanged',
  'MeetingHeld',
  'DealOpened',
  'ProductProposed',
  'QuoteSubmitted',
  'DealWon',
  'DealLost',
  'LeadReturned',
  'LeadDisqualified',
] as const satisfies readonly EventType[];

const ONLY_OF_KPIS = ['LeadHandedOff', 'AppointmentRelayed', 'RelayAccepted', 'RelayRejected'] as const satisfies readonly EventType[];

/**
 * Read model `sales-kpis`, by lead: the lead's sales facts and attributes, and as tallies the cells that the KPIs sum (sales-cells.ts), as if it shared no
 * deal with another lead; where it does, the query puts in the difference (shared-deals.ts). Other windows or another time zone are another
 * version.
 */
export function salesKpis({ timezone, windows }: SalesKpiOptions): Projection<KpiFacts> {
  const used: KpiWindows = { ...DEFAULT_WINDOWS, ...windows };
  return defineProjection<KpiFacts>({
    name: 'sales-kpis',
    version: `14-${timezone}-${used.callToAppointmentHours}h-${used.firstMeetingDays}d-${used.firstMeetingLossDays}d-${used.returnYieldDays}d`,
    handles: [...SALES_FACT_TYPES, ...ATTRIBUTE_TYPES, ...ONLY_OF_KPIS],
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
      handed: undefined,
      returns: undefined,
      relays: undefined,
      relayAnswers: undefined,
      ...noAttributeFacts(),
    }),
    evolve: (state, event) => evolveKpiFacts(state, event as LeadlogEvent),
    tallies: (state, leadId) => {
      const cells = salesCells([state], timezone, used);
      if (namesDeals(state)) addFingerprint(cells, NAMED_DEALS, leadId, canonicalText(withoutCalls(state)));
      return cells;
    },
  });
}

/** The time zone that a generation of `sales-kpis` was built with; until another is built, its cells are of the days there. */
export const timezoneOf = (version: string): string => version.split('-').slice(1, -4).join('-');

/** The windows that a generation of `sales-kpis` was built with. Until others are built, it is read with these, not with those of the settings. */
export function windowsOf(version: string): KpiWindows {
  const [callToAppointmentHours, firstMeetingDays, firstMeetingLossDays, returnYieldDays] = version
    .split('-')
    .slice(-4)
    .map((window) => parseInt(window, 10)) as [number, number, number, number];
  return { callToAppointmentHours, firstMeetingDays, firstMeetingLossDays, returnYieldDays };
}

/** What tells the query that what may be shared of a lead has changed (shared-deals.ts). */
export const NAMED_DEALS = '~named-deals';

const namesDeals = (state: SalesFacts): boolean => dealsNamedIn(state)[Symbol.iterator]().next().done !== true;

/** Calls are of one lead alone, and most of what there is; but what they have covered is covered for a deal. */
export const withoutCalls = (facts: KpiFacts): KpiFacts => {
  const covering = facts.calls?.filter(({ covered }) => covered !== undefined && covered.length > 0) ?? [];
  return { ...facts, calls: covering.length > 0 ? covering : undefined };
};

export function* dealsNamedIn({ deals: own = [], meetings: held = [], appointments: booked = [] }: SalesFacts): Iterable<string> {
  for (const { dealId } of own) yield dealId;
  for (const { dealId } of held) if (dealId !== undefined) yield dealId;
  for (const { booked: booking } of booked) if (booking?.dealId !== undefined) yield booking.dealId;
}

function evolveKpiFacts(state: KpiFacts, event: LeadlogEvent): KpiFacts {
  const { occurredAt: at, id: eventId } = event;
  const position = Number(event.position);
  switch (event.type) {
    case 'LeadHandedOff': {
      const { handoffId } = event.data;
      state.handed = handed.put(state.handed, earliest(handed.find(state.handed, handoffId), { handoffId, at, position }));
      return state;
    }
    case 'AppointmentRelayed': {
      const { appointmentId, fromRepId, toRepId } = event.data;
      state.relays = relays.put(state.relays, { eventId, at, position, appointmentId, fromRepId, toRepId });
      return state;
    }
    case 'RelayAccepted':
    case 'RelayRejected': {
      const { appointmentId, repId } = event.data;
      const accepted = event.type === 'RelayAccepted';
      state.relayAnswers = relayAnswers.put(state.relayAnswers, { eventId, at, position, appointmentId, accepted, repId });
      return state;
    }
    case 'LeadReturned':
      state.returns = ends.put(state.returns, { eventId, at });
      return evolveSalesFacts(state, event);
    default:
      return evolveAttributes(state, event) ? state : evolveSalesFacts(state, event);
  }
}

/**
 * One event of SALES_FACT_TYPES; also for the read model of sales work, which keeps these facts with others. `leadId`: to be kept with what
 * belongs to a run.
 */
export function evolveSalesFacts<Facts extends SalesFacts>(state: Facts, event: LeadlogEvent, leadId?: string): Facts {
  const of = leadId === undefined ? {} : { leadId };
  const { occurredAt: at, id } = event;
  const position = Number(event.position);
  if (event.type === 'CallCompleted') {
    const { callId, repId, startedAt, outcome, covered } = event.data;
    const known = calls.find(state.calls, callId);
    const call = latest(known, { callId, at, position, startedAt: Date.parse(startedAt), outcome, by: creditOf(event, [repId]), covered });
    if (call !== known) state.calls = calls.put(state.calls, call);
  } else if (event.type === 'AppointmentBooked') {
    const { appointmentId, repId, dealId, scheduledAt, mode, sourceCallId } = event.data;
    const appointment = appointmentOf(state, appointmentId);
    appointment.booked = earliest(appointment.booked, {
      ...of,
      at,
      position,
      by: creditOf(event, [repId]),
      mode,
      dealId,
      callId: sourceCallId,
    });
    appointment.scheduled = latest(appointment.scheduled, { at, position, for: Date.parse(scheduledAt) });
    appointment.status = latest<NonNullable<AppointmentFact['status']>>(appointment.status, { at, position, is: 'booked' });
  } else if (event.type === 'AppointmentChanged') {
    const { appointmentId, status, newAt } = event.data;
    const appointment = appointmentOf(state, appointmentId);
    appointment.status = latest(appointment.status, { at, position, is: status });
    if (newAt !== undefined) appointment.scheduled = latest(appointment.scheduled, { at, position, for: Date.parse(newAt) });
  } else if (event.type === 'MeetingHeld') {
    const { meetingId, repIds, mode, startedAt, dealId, appointmentId, covered } = event.data;
    const known = meetings.find(state.meetings, meetingId);
    const by = creditOf(event, repIds.length < 2 ? repIds : [...new Set(repIds)].sort());
    const meeting = latest(known, { meetingId, at, position, startedAt: Date.parse(startedAt), mode, by, dealId, appointmentId, covered });
    if (meeting !== known) state.meetings = meetings.put(state.meetings, meeting);
  } else if (event.type === 'DealOpened') {
    const { dealId, repId, amount, products: wanted } = event.data;
    const deal = dealOf(state, dealId);
    deal.opened = earliest(deal.opened, {
      ...of,
      at,
      position,
      by: creditOf(event, [repId]),
      money: amount && moneyOf(amount),
      products: wanted,
    });
  } else if (event.type === 'ProductProposed') {
    const deal = dealOf(state, event.data.dealId);
    for (const productId of event.data.productIds) {
      const known = products.find(deal.products, productId);
      const proposal = earliest(known, { productId, at, position, by: creditOf(event) });
      if (proposal !== known) deal.products = products.put(deal.products, proposal);
    }
  } else if (event.type === 'QuoteSubmitted') {
    const { quoteId, dealId, revision, amount } = event.data;
    const deal = dealOf(state, dealId);
    const known = quotes.find(deal.quotes, quoteId)?.revisions;
    deal.quotes = quotes.put(deal.quotes, { quoteId, revisions: withRevision(known, { revision, at, position, by: creditOf(event) }) });
    deal.quoted = latest(deal.quoted, { at, position, money: moneyOf(amount) });
  } else if (event.type === 'DealWon') {
    const deal = dealOf(state, event.data.dealId);
    deal.outcome = latest(deal.outcome, { at, position, won: true, by: creditOf(event), money: moneyOf(event.data.amount) });
  } else if (event.type === 'DealLost') {
    const deal = dealOf(state, event.data.dealId);
    deal.outcome = latest(deal.outcome, { at, position, won: false, by: creditOf(event) });
  } else if (event.type === 'LeadReturned' || event.type === 'LeadDisqualified') {
    state.ends = ends.put(state.ends, { eventId: id, at });
  }
  return state;
}

function appointmentOf(state: SalesFacts, appointmentId: string): AppointmentFact {
  let appointment = appointments.find(state.appointments, appointmentId);
  if (!appointment)
    state.appointments = appointments.put(
      state.appointments,
      (appointment = { appointmentId, booked: undefined, scheduled: undefined, status: undefined }),
    );
  return appointment;
}

function dealOf(state: SalesFacts, dealId: string): DealFact {
  let deal = deals.find(state.deals, dealId);
  if (!deal)
    state.deals = deals.put(
      state.deals,
      (deal = { dealId, opened: undefined, outcome: undefined, products: undefined, quotes: undefined, quoted: undefined }),
    );
  return deal;
}

const creditOf = ({ metadata: { actor } }: LeadlogEvent, reps = actor.kind === 'rep' ? [actor.id] : []): Credit => ({
  reps,
  team: actor.teamId,
});

const moneyOf = ({ value, currency }: { value: number; currency: string }): Money => ({
  minor: Math.round(value * 10 ** minorDigits(currency)),
  currency,
});
