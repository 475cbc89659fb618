import type { EventData, LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';

/* What happens in stories: in June 2026, of which the first is a Monday. */

export const at = (day: number, time = '10:00'): string => `2026-06-${String(day).padStart(2, '0')}T${time}:00+09:00`;

export const handedOff = (leadId: string, day: number, repId = 'rep-1'): LeadlogEvent[] => [
  recorded(
    'LeadHandedOff',
    { leadId, handoffId: `ho-${leadId}-1`, runId: `run-${leadId}-1`, acceptBy: at(day, '14:00'), contactBy: at(day + 1) },
    { at: at(day) },
  ),
  recorded('LeadAssigned', { leadId, handoffId: `ho-${leadId}-1`, repId, teamId: 'inside-1', method: 'weighted' }, { at: at(day) }),
];
export const accepted = (leadId: string, when: string, repId = 'rep-1'): LeadlogEvent =>
  recorded('HandoffAccepted', { leadId, handoffId: `ho-${leadId}-1`, repId }, { at: when });
export const called = (
  leadId: string,
  when: string,
  outcome: 'noAnswer' | 'reached' | 'refused',
  callId = `call-${leadId}-${when}`,
  covered?: string[],
): LeadlogEvent => recorded('CallCompleted', { leadId, callId, repId: 'rep-1', startedAt: when, outcome, covered }, { at: when });
export const booked = (leadId: string, when: string, forWhen: string, dealId?: string): LeadlogEvent =>
  recorded(
    'AppointmentBooked',
    {
      leadId,
      appointmentId: `apt-${leadId}-${forWhen}`,
      repId: 'rep-1',
      scheduledAt: forWhen,
      ...(dealId && { dealId }),
      sourceCallId: undefined,
    },
    { at: when },
  );
export const met = (leadId: string, when: string, dealId?: string, more: Partial<EventData['MeetingHeld']> = {}): LeadlogEvent =>
  recorded(
    'MeetingHeld',
    {
      leadId,
      meetingId: `mtg-${leadId}-${when}`,
      repIds: ['rep-1'],
      startedAt: when,
      dealId,
      appointmentId: undefined,
      covered: undefined,
      ...more,
    },
    { at: when },
  );
export const opened = (leadId: string, dealId: string, when: string, repId = 'rep-1'): LeadlogEvent =>
  recorded('DealOpened', { leadId, dealId, repId, runId: undefined, handoffId: undefined }, { at: when });
const rep = (id: string) => ({ metadata: { actor: { kind: 'rep' as const, id } } });
/** In yen. */
export const won = (leadId: string, dealId: string, when: string, value: number, repId = 'rep-1'): LeadlogEvent =>
  recorded('DealWon', { leadId, dealId, amount: { value, currency: 'JPY' } }, { at: when, ...rep(repId) });
export const lost = (leadId: string, dealId: string, when: string, repId = 'rep-1'): LeadlogEvent =>
  recorded('DealLost', { leadId, dealId }, { at: when, ...rep(repId) });
export const quoted = (leadId: string, dealId: string, when: string, revision = 1): LeadlogEvent =>
  recorded('QuoteSubmitted', { leadId, dealId, quoteId: `q-${dealId}`, revision }, { at: when });
export const answered = (
  leadId: string,
  dealId: string,
  when: string,
  answer: 'yes' | 'no' | 'undecided',
  decideBy?: string,
): LeadlogEvent => recorded('ClosingAnswered', { leadId, dealId, answer, decideBy }, { at: when });

/** An appointment made by `booked` for that time. */
const appointment = (leadId: string, forWhen: string) => ({ leadId, appointmentId: `apt-${leadId}-${forWhen}` });
export const returned = (leadId: string, when: string): LeadlogEvent =>
  recorded('LeadReturned', { leadId, runId: `run-${leadId}-1`, revisitOn: undefined }, { at: when });
export const relayed = (leadId: string, forWhen: string, when: string, toRepId = 'rep-2', fromRepId = 'rep-1'): LeadlogEvent =>
  recorded('AppointmentRelayed', { ...appointment(leadId, forWhen), fromRepId, toRepId, note: '役員も同席' }, { at: when });
export const relayAccepted = (leadId: string, forWhen: string, when: string, repId = 'rep-2'): LeadlogEvent =>
  recorded('RelayAccepted', { ...appointment(leadId, forWhen), repId }, { at: when });
export const relayRejected = (leadId: string, forWhen: string, when: string, repId = 'rep-2'): LeadlogEvent =>
  recorded('RelayRejected', { ...appointment(leadId, forWhen), repId, reason: '予定あり' }, { at: when });
export const cardOf = (leadId: string, when: string, repId = 'rep-1'): LeadlogEvent =>
  recorded('BusinessCardExchanged', { leadId, cardId: `card-${leadId}`, repId }, { at: when });
export const cardHanded = (leadId: string, when: string, keepFollowing: boolean, repId = 'rep-1'): LeadlogEvent =>
  recorded('BusinessCardHandedToMarketing', { leadId, cardId: `card-${leadId}`, repId, keepFollowing }, { at: when });
/** Of marketing, about the first handoff of the lead, and the answer of its rep. */
export const asked = (leadId: string, when: string, id?: string): LeadlogEvent =>
  recorded(
    'InsightExchanged',
    { leadId, handoffId: `ho-${leadId}-1`, kind: 'question', side: 'marketing', text: '商談の感触は？' },
    { at: when, id },
  );
export const told = (leadId: string, when: string, questionId?: string): LeadlogEvent =>
  recorded(
    'InsightExchanged',
    { leadId, handoffId: `ho-${leadId}-1`, kind: 'answer', side: 'sales', text: '良好', questionId },
    { at: when },
  );
