import type { Happened, Tier } from '@leadlog/events';

/**
 * Read model `handoffs`, by lead: what was decided, answered and dealt between marketing and sales, each under what it names, so that the
 * order of arrival cannot change it. Where a lead stands follows from that (standing.ts). Times in ms.
 */
export interface HandoffState {
  leadId: string;
  /** As decided last, in the order of the log, as the scores have it. */
  tier: Tier;
  /** Since when it is in its tier. */
  since: number;
  /** Hot by a change of the scoring model alone, or by a past that was imported: since when, by which publication (its position) or how, with how many points on the first axis. */
  withheld?: { since: number; published?: string; imported?: 'silent' | 'trickle'; score: number };
  /** Latest act of the customer that counts as one. */
  act?: number;
  /** Latest act that was imported as any other, and when the last one was recorded. */
  importedAct?: { at: number; recordedAt: number };
  /** By channel. */
  consent?: Consent[];
  /** By id. */
  handoffs?: HandoffFacts[];
  /** By event. */
  ends?: RunEnd[];
  deals?: DealFacts[];
  contacts?: Contact[];
}

/** What is told of one handoff. */
export interface HandoffFacts {
  handoffId: string;
  handed?: Happened & { eventId: string; leadId: string; runId: string; acceptBy: string; contactBy: string };
  assigned?: Happened & { repId: string; teamId?: string };
  /** The first acceptance, and the last: a colleague may take over. */
  firstAccepted?: Happened;
  accepted?: Happened & { repId: string; teamId?: string };
  rejected?: Happened & { reason: string };
  /** Deadlines whose breach is recorded. */
  breached?: { accept?: true; contact?: true };
}

/** A return, or a lead that was given up: of which lead as recorded. */
export interface RunEnd extends Happened {
  eventId: string;
  how: 'returned' | 'disqualified';
  leadId: string;
  runId?: string;
  handoffId?: string;
  reason: string;
}

export interface Consent extends Happened {
  channel: string;
  status: 'granted' | 'withdrawn';
}

export interface DealFacts {
  dealId: string;
  /** The first opening. */
  opened?: Happened & { leadId: string };
  /** The last opening that names a handoff or a run. */
  of?: Happened & { handoffId?: string; runId?: string };
  /** Of two answers the last one holds. */
  outcome?: DealOutcome;
  /** What the events of other leads say of it: that it was opened, and its outcome. */
  openedElsewhere?: true;
  shared?: DealOutcome;
}

export interface DealOutcome extends Happened {
  leadId: string;
  won: boolean;
  reason?: string;
}

/** A call or meeting; one that is told again is corrected by it. */
export interface Contact extends Happened {
  contactId: string;
  startedAt: number;
}
