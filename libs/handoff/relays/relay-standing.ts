import { latest } from '@leadlog/events';
import { answeredRelays } from '@leadlog/lead';
import type { DealEnd, RelayDeal, RelayedAppointment, RelaysState } from './relay-facts';

export const RELAY_STATES = ['waiting', 'accepted', 'rejected'] as const;

/** An appointment that one rep gave to another, and what came of it. Times in ms. */
export interface Relay {
  /** Of AppointmentRelayed. */
  eventId: string;
  appointmentId: string;
  fromRepId: string;
  toRepId: string;
  /** Who has it by this relay: the one who accepted it, else the one to whom it was relayed. */
  repId: string;
  state: (typeof RELAY_STATES)[number];
  at: number;
  note?: string;
  answeredAt?: number;
  reason?: string;
  scheduledAt?: number;
  /** The first meeting for the appointment after the relay, if that stands. */
  held?: { meetingId: string; at: number };
  /** The deal of the meeting, or of the booking, once it is closed. */
  deal?: { dealId: string; state: 'won' | 'lost'; at: number };
}

/** The relays of a lead, by time. The last relay of an appointment that was not rejected has the meeting and the deal. */
export function relaysOf({ appointments = [], meetings = [], deals = [] }: RelaysState): Relay[] {
  return appointments
    .flatMap((appointment) => {
      const told = chainOf(appointment);
      const carrier = told.findLast(({ state }) => state !== 'rejected');
      if (!carrier) return told;
      const held = meetings
        .filter(({ appointmentId, startedAt }) => appointmentId === appointment.appointmentId && startedAt >= carrier.at)
        .sort((a, b) => a.startedAt - b.startedAt || (a.meetingId < b.meetingId ? -1 : 1))[0];
      const dealId = held?.dealId ?? appointment.booked?.dealId;
      const end = held && endOf(deals.find((one) => one.dealId === dealId));
      if (held) carrier.held = { meetingId: held.meetingId, at: held.startedAt };
      if (end) carrier.deal = { dealId: dealId!, state: end.won ? 'won' : 'lost', at: end.at };
      return told;
    })
    .sort((a, b) => a.at - b.at || (a.appointmentId < b.appointmentId ? -1 : 1));
}

const endOf = (deal: RelayDeal | undefined): DealEnd | undefined => (deal?.told?.end ? latest(deal.own, deal.told.end) : deal?.own);

function chainOf({ appointmentId, scheduled, relays = [], answers = [] }: RelayedAppointment): Relay[] {
  return answeredRelays(relays, answers).map(({ relay: { eventId, at, fromRepId, toRepId, note }, answer }): Relay => ({
    eventId,
    appointmentId,
    fromRepId,
    toRepId,
    repId: answer?.how === 'accepted' ? answer.repId : toRepId,
    state: answer?.how ?? 'waiting',
    at,
    ...(note !== undefined && { note }),
    ...(answer && { answeredAt: Math.max(answer.at, at) }),
    ...(answer?.reason !== undefined && { reason: answer.reason }),
    ...(scheduled && { scheduledAt: scheduled.for }),
  }));
}
