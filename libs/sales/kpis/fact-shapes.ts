import { sortedBy, type CallOutcome, type Happened } from '@leadlog/events';
import type { AttributeFacts } from '@leadlog/lead';

/** Time windows of the formulas, in calendar days of the tenant, including the whole last day. */
export interface KpiWindows {
  /** Before a booking that names no call: how far back the call may be. */
  callToAppointmentHours: number;
  /** After the scheduled time: how late a first meeting may be and still count as held. */
  firstMeetingDays: number;
  /** After the first meeting: how long a loss before a second meeting counts. */
  firstMeetingLossDays: number;
  /** After a return: how late a new handoff may be and still count as its yield. */
  returnYieldDays: number;
}

export const DEFAULT_WINDOWS: KpiWindows = {
  callToAppointmentHours: 24,
  firstMeetingDays: 14,
  firstMeetingLossDays: 60,
  returnYieldDays: 365,
};

/** Who is credited, as given by the event. If an event names no rep, the rep of the deal is credited. */
export interface Credit {
  reps: string[];
  team?: string;
}

export interface Money {
  /** In the currency's smallest unit, so that sums are exact. */
  minor: number;
  currency: string;
}

export type CallFact = Happened & { callId: string; startedAt: number; outcome: CallOutcome; by: Credit; covered?: string[] };
export type MeetingFact = Happened & {
  meetingId: string;
  startedAt: number;
  mode: 'onsite' | 'remote';
  by: Credit;
  dealId?: string;
  appointmentId?: string;
  /** Items of the flow of the sales process. */
  covered?: string[];
};
/** `leadId`: under which it is recorded; kept where that matters. */
export type BookingFact = Happened & { leadId?: string; by: Credit; mode: 'onsite' | 'remote'; dealId?: string; callId?: string };
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
  opened?: Happened & { leadId?: string; by: Credit; money?: Money; products?: readonly string[] };
  /** If both were recorded, the last one holds. */
  outcome?: Happened & { won: boolean; by: Credit; money?: Money };
  /** The first proposal of each product. */
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
  /** From the events that name this lead; events of others may name the deal too. */
  deals?: DealFact[];
  /** Returned to marketing or disqualified, which ends a run. */
  ends?: { eventId: string; at: number }[];
}

export type RelayFact = Happened & { eventId: string; appointmentId: string; fromRepId: string; toRepId: string };
export type RelayAnswerFact = Happened & { eventId: string; appointmentId: string; accepted: boolean; repId: string };

/** The sales facts of a lead, those by which KPIs split leads, and what else only KPIs count. */
export interface KpiFacts extends SalesFacts, AttributeFacts {
  handed?: (Happened & { handoffId: string })[];
  returns?: { eventId: string; at: number }[];
  relays?: RelayFact[];
  relayAnswers?: RelayAnswerFact[];
}

export const calls = sortedBy((call: CallFact) => call.callId);
export const appointments = sortedBy((appointment: AppointmentFact) => appointment.appointmentId);
export const meetings = sortedBy((meeting: MeetingFact) => meeting.meetingId);
export const deals = sortedBy((deal: DealFact) => deal.dealId);
export const products = sortedBy((proposal: ProposalFact) => proposal.productId);
export const quotes = sortedBy((quote: QuoteFact) => quote.quoteId);
export const ends = sortedBy((end: NonNullable<SalesFacts['ends']>[number]) => end.eventId);
export const handed = sortedBy((one: NonNullable<KpiFacts['handed']>[number]) => one.handoffId);
export const relays = sortedBy((one: RelayFact) => one.eventId);
export const relayAnswers = sortedBy((one: RelayAnswerFact) => one.eventId);
