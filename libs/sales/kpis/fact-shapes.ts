import { sortedBy, type CallOutcome, type Happened } from '@leadlog/events';

/** Windows of the formulas. Days are those of the tenant's calendar, the last one whole. */
export interface KpiWindows {
  /** Before a booking that names no call: how far back the call may be. */
  callToAppointmentHours: number;
  /** After the scheduled time: how late a first meeting may be and still count as held. */
  firstMeetingDays: number;
  /** After the first meeting: how long a loss before a second meeting counts. */
  firstMeetingLossDays: number;
}

export const DEFAULT_WINDOWS: KpiWindows = { callToAppointmentHours: 24, firstMeetingDays: 14, firstMeetingLossDays: 60 };

/** Who gets the credit, as the event says. A deal's rep stands in where an event names none. */
export interface Credit {
  reps: string[];
  team?: string;
}

export interface Money {
  /** In the currency's smallest unit, so that sums are exact. */
  minor: number;
  currency: string;
}

export type CallFact = Happened & { callId: string; startedAt: number; outcome: CallOutcome; by: Credit };
export type MeetingFact = Happened & { meetingId: string; startedAt: number; mode: 'onsite' | 'remote'; by: Credit; dealId?: string; appointmentId?: string };
export type BookingFact = Happened & { by: Credit; dealId?: string; callId?: string };
export type ProposalFact = Happened & { productId: string; by: Credit };
export type RevisionFact = Happened & { revision: number; by: Credit };

export interface AppointmentFact {
  appointmentId: string;
  /** The first; a later one under the same id moves it, and is not new. */
  booked?: BookingFact;
  /** As agreed last. */
  scheduled?: Happened & { for: number };
  status?: Happened & { is: 'booked' | 'rescheduled' | 'cancelled' | 'noShow' };
}

export interface DealFact {
  dealId: string;
  opened?: Happened & { by: Credit; money?: Money };
  /** Of two answers the last one holds. */
  outcome?: Happened & { won: boolean; by: Credit; money?: Money };
  /** Of each product the first. */
  products?: ProposalFact[];
  quotes?: QuoteFact[];
  /** The amount quoted last. */
  quoted?: Happened & { money: Money };
}

export interface QuoteFact {
  quoteId: string;
  /** The first event of each, by number. */
  revisions: RevisionFact[];
}

/**
 * The sales facts of one lead, in lists sorted by their business ids; which event stands for a fact depends on times and
 * ids only, so that the order of arrival cannot change it. Absent where there are none: most leads have few.
 */
export interface SalesFacts {
  calls?: CallFact[];
  appointments?: AppointmentFact[];
  meetings?: MeetingFact[];
  /** What the events that name this lead say; a deal may be named by those of others too. */
  deals?: DealFact[];
  /** Given back to marketing or given up; a run ends there. */
  ends?: { eventId: string; at: number }[];
}

export const calls = sortedBy((call: CallFact) => call.callId);
export const appointments = sortedBy((appointment: AppointmentFact) => appointment.appointmentId);
export const meetings = sortedBy((meeting: MeetingFact) => meeting.meetingId);
export const deals = sortedBy((deal: DealFact) => deal.dealId);
export const products = sortedBy((proposal: ProposalFact) => proposal.productId);
export const quotes = sortedBy((quote: QuoteFact) => quote.quoteId);
export const ends = sortedBy((end: NonNullable<SalesFacts['ends']>[number]) => end.eventId);
