import type { LeadlogEvent } from '@leadlog/lead';
import { earliest, latest, leadCorrections, leadKey, leadOfStream, leadStreams, minorDigits } from '@leadlog/lead';
import { defineProjection, type Projection } from '@leadlog/projections';
import { salesCells } from './sales-cells';
import { DEFAULT_WINDOWS, type KpiWindows, type Credit, type Money, type AppointmentFact, type DealFact, type SalesFacts } from './fact-shapes';

export interface SalesKpiOptions {
  timezone: string;
  windows?: Partial<KpiWindows>;
}

/**
 * Read model `sales-kpis`, by lead: the lead's sales facts, and as tallies the cells that the KPIs sum (sales-cells.ts).
 * Other windows or another time zone are another version.
 */
export function salesKpis({ timezone, windows }: SalesKpiOptions): Projection<SalesFacts> {
  const used: KpiWindows = { ...DEFAULT_WINDOWS, ...windows };
  return defineProjection<SalesFacts>({
    name: 'sales-kpis',
    version: `1-${timezone}-${used.callToAppointmentHours}h-${used.firstMeetingDays}d-${used.firstMeetingLossDays}d`,
    handles: [
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
    ],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: () => ({}),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    tallies: (state) => salesCells(state, timezone, used),
  });
}

function evolve(state: SalesFacts, event: LeadlogEvent): SalesFacts {
  const { occurredAt: at, id } = event;
  // Only the types of `handles` arrive here.
  if (event.type === 'CallCompleted') {
    const { callId, repId, startedAt, outcome } = event.data;
    const calls = (state.calls ??= {});
    calls[callId] = latest(calls[callId], { at, id, startedAt: Date.parse(startedAt), outcome, by: creditOf(event, [repId]) });
  } else if (event.type === 'AppointmentBooked') {
    const { appointmentId, repId, dealId, scheduledAt, sourceCallId } = event.data;
    const appointment = ((state.appointments ??= {})[appointmentId] ??= {});
    appointment.booked = earliest(appointment.booked, { at, id, by: creditOf(event, [repId]), dealId, callId: sourceCallId });
    appointment.scheduled = latest(appointment.scheduled, { at, id, for: Date.parse(scheduledAt) });
    appointment.status = latest<NonNullable<AppointmentFact['status']>>(appointment.status, { at, id, is: 'booked' });
  } else if (event.type === 'AppointmentChanged') {
    const { appointmentId, status, newAt } = event.data;
    const appointment = ((state.appointments ??= {})[appointmentId] ??= {});
    appointment.status = latest(appointment.status, { at, id, is: status });
    if (newAt !== undefined) appointment.scheduled = latest(appointment.scheduled, { at, id, for: Date.parse(newAt) });
  } else if (event.type === 'MeetingHeld') {
    const { meetingId, repIds, mode, startedAt, dealId, appointmentId } = event.data;
    const meetings = (state.meetings ??= {});
    meetings[meetingId] = latest(meetings[meetingId], {
      at, id, startedAt: Date.parse(startedAt), mode, by: creditOf(event, [...new Set(repIds)].sort()), dealId, appointmentId,
    });
  } else if (event.type === 'DealOpened') {
    const { dealId, repId, amount } = event.data;
    const deal = dealOf(state, dealId);
    deal.opened = earliest(deal.opened, { at, id, by: creditOf(event, [repId]), money: amount && moneyOf(amount) });
  } else if (event.type === 'ProductProposed') {
    const products = (dealOf(state, event.data.dealId).products ??= {});
    for (const product of event.data.productIds) products[product] = earliest(products[product], { at, id, by: creditOf(event) });
  } else if (event.type === 'QuoteSubmitted') {
    const { quoteId, dealId, revision, amount } = event.data;
    const revisions = ((state.quotes ??= {})[quoteId] ??= {});
    revisions[revision] = earliest(revisions[revision], { at, id, by: creditOf(event), dealId });
    const deal = dealOf(state, dealId);
    deal.quoted = latest(deal.quoted, { at, id, money: moneyOf(amount) });
  } else if (event.type === 'DealWon') {
    const deal = dealOf(state, event.data.dealId);
    deal.outcome = latest(deal.outcome, { at, id, won: true, by: creditOf(event), money: moneyOf(event.data.amount) });
  } else if (event.type === 'DealLost') {
    const deal = dealOf(state, event.data.dealId);
    deal.outcome = latest(deal.outcome, { at, id, won: false, by: creditOf(event) });
  } else if (event.type === 'LeadReturned' || event.type === 'LeadDisqualified') {
    (state.ends ??= {})[id] = at;
  }
  return state;
}

const dealOf = (state: SalesFacts, dealId: string): DealFact => ((state.deals ??= {})[dealId] ??= {});

const creditOf = ({ metadata: { actor } }: LeadlogEvent, reps = actor.kind === 'rep' ? [actor.id] : []): Credit => ({
  reps,
  ...(actor.teamId !== undefined && { team: actor.teamId }),
});

const moneyOf = ({ value, currency }: { value: number; currency: string }): Money => ({
  minor: Math.round(value * 10 ** minorDigits(currency)),
  currency,
});
