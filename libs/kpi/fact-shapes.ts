import type { CallOutcome, Happened } from '@leadlog/lead';

/** Windows of the formulas. */
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

export type CallFact = Happened & { startedAt: number; outcome: CallOutcome; by: Credit };
export type MeetingFact = Happened & { startedAt: number; mode: 'onsite' | 'remote'; by: Credit; dealId?: string; appointmentId?: string };
export type BookingFact = Happened & { by: Credit; dealId?: string; callId?: string };
export type ProposalFact = Happened & { by: Credit };
export type RevisionFact = Happened & { by: Credit };

export interface AppointmentFact {
  /** The first; a later one under the same id moves it, and is not new. */
  booked?: BookingFact;
  /** As agreed last. */
  scheduled?: Happened & { for: number };
  status?: Happened & { is: 'booked' | 'rescheduled' | 'cancelled' | 'noShow' };
}

export interface DealFact {
  opened?: Happened & { by: Credit; money?: Money };
  /** Of two answers the last one holds. */
  outcome?: Happened & { won: boolean; by: Credit; money?: Money };
  /** By product, the first. */
  products?: Record<string, ProposalFact>;
  /** The amount quoted last. */
  quoted?: Happened & { money: Money };
}

/**
 * The sales facts of one lead. Facts stand under their business id; which event stands for a fact depends on times and
 * ids only, so that the order of arrival cannot change it. Absent where there are none: most leads have few.
 */
export interface SalesFacts {
  calls?: Record<string, CallFact>;
  appointments?: Record<string, AppointmentFact>;
  meetings?: Record<string, MeetingFact>;
  deals?: Record<string, DealFact>;
  /** By quote, by revision: the first event of each. */
  quotes?: Record<string, Record<string, RevisionFact & { dealId: string }>>;
  /** Given back to marketing or given up; a run ends there. By event. */
  ends?: Record<string, number>;
}
