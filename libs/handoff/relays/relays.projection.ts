import { earliest, latest, leadCorrections, leadKey, leadOfStream, leadStreams, sortedBy, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import type { RelayAnswer, RelayDeal, RelayedAppointment, RelayMeeting, RelaysState, RelayTold } from './relay-facts';
import { relaysOf } from './relay-standing';

const appointments = sortedBy((one: RelayedAppointment) => one.appointmentId);
const relays = sortedBy((one: RelayTold) => one.eventId);
const answers = sortedBy((one: RelayAnswer) => one.eventId);
const meetings = sortedBy((one: RelayMeeting) => one.meetingId);
const deals = sortedBy((one: RelayDeal) => one.dealId);

export const RELAYS = 'relays';
export const relaysOfRep = (repId: string): string => `rep:${repId}`;
export const withAppointment = (appointmentId: string): string => `appointment:${appointmentId}`;

/**
 * Lists: `relays` and `rep:<repId>` (leads with relays, by the latest; those of a rep are from or to them), `appointment:<id>` (who has such an
 * appointment).
 */
export const relaysProjection: Projection<RelaysState> = defineProjection<RelaysState>({
  name: 'relays',
  version: '2',
  handles: [
    'AppointmentBooked',
    'AppointmentChanged',
    'AppointmentRelayed',
    'RelayAccepted',
    'RelayRejected',
    'MeetingHeld',
    'DealWon',
    'DealLost',
    'DealShared',
    'PersonalDataErased',
  ],
  forgets: ['PersonalDataErased'],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  initial: () => ({ appointments: undefined, meetings: undefined, deals: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const lists: Record<string, number> = {};
    for (const { appointmentId, booked } of state.appointments ?? []) if (booked) lists[withAppointment(appointmentId)] = booked.at;
    const add = (list: string, at: number): void => void (lists[list] = Math.max(lists[list] ?? at, at));
    for (const { appointmentId, at, fromRepId, toRepId, repId } of relaysOf(state)) {
      add(RELAYS, at);
      for (const rep of new Set([fromRepId, toRepId, repId])) add(relaysOfRep(rep), at);
      add(withAppointment(appointmentId), at);
    }
    return lists;
  },
});

function evolve(state: RelaysState, event: LeadlogEvent): RelaysState {
  const { occurredAt: at, id: eventId } = event;
  const happened = { at, position: Number(event.position) };
  switch (event.type) {
    case 'AppointmentBooked': {
      const { appointmentId, repId, dealId, scheduledAt } = event.data;
      const one = appointmentOf(state, appointmentId);
      one.booked = earliest(one.booked, { ...happened, leadId: leadKey(event)!, repId, dealId });
      one.scheduled = latest(one.scheduled, { ...happened, for: Date.parse(scheduledAt) });
      return state;
    }
    case 'AppointmentChanged': {
      const { appointmentId, newAt } = event.data;
      if (newAt === undefined) return state;
      const one = appointmentOf(state, appointmentId);
      one.scheduled = latest(one.scheduled, { ...happened, for: Date.parse(newAt) });
      return state;
    }
    case 'AppointmentRelayed': {
      const { appointmentId, fromRepId, toRepId, note } = event.data;
      const one = appointmentOf(state, appointmentId);
      one.relays = relays.put(one.relays, { ...happened, eventId, leadId: leadKey(event)!, fromRepId, toRepId, note });
      return state;
    }
    case 'RelayAccepted':
    case 'RelayRejected': {
      const { appointmentId, repId } = event.data;
      const one = appointmentOf(state, appointmentId);
      const how = event.type === 'RelayAccepted' ? 'accepted' : 'rejected';
      const reason = event.type === 'RelayRejected' ? event.data.reason : undefined;
      one.answers = answers.put(one.answers, { ...happened, eventId, how, repId, reason });
      return state;
    }
    case 'MeetingHeld': {
      const { appointmentId, meetingId, startedAt, dealId } = event.data;
      const told = { ...happened, meetingId, appointmentId, startedAt: Date.parse(startedAt), dealId };
      state.meetings = meetings.put(state.meetings, latest(meetings.find(state.meetings, meetingId), told));
      return state;
    }
    case 'DealWon':
    case 'DealLost': {
      const deal = dealOf(state, event.data.dealId);
      deal.own = latest(deal.own, { ...happened, won: event.type === 'DealWon' });
      return state;
    }
    case 'DealShared': {
      const { dealId, state: how, closedAt } = event.data;
      const deal = dealOf(state, dealId);
      if (deal.told && deal.told.position > happened.position) return state;
      const { position } = happened;
      deal.told = { position, end: closedAt === undefined ? undefined : { at: Date.parse(closedAt), position, won: how === 'won' } };
      return state;
    }
    default:
      return state;
  }
}

function appointmentOf(state: RelaysState, appointmentId: string): RelayedAppointment {
  let one = appointments.find(state.appointments, appointmentId);
  if (!one) {
    one = { appointmentId, booked: undefined, scheduled: undefined, relays: undefined, answers: undefined };
    state.appointments = appointments.put(state.appointments, one);
  }
  return one;
}

function dealOf(state: RelaysState, dealId: string): RelayDeal {
  let deal = deals.find(state.deals, dealId);
  if (!deal) state.deals = deals.put(state.deals, (deal = { dealId, own: undefined, told: undefined }));
  return deal;
}
