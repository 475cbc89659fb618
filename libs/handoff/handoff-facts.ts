import type { Actor } from '@leadlog/event-log';
import type { Happened, Tier } from '@leadlog/events';

/**
 * Read model `handoffs`, by lead: decisions, answers and deals between marketing and sales, each stored under the id that it names, so that
 * the order of arrival cannot change it. The state of a lead is derived from it (standing.ts). Times in ms.
 */
export interface HandoffState {
  leadId: string;
  /** As last decided, in the order of the log, like in the scores. */
  tier: Tier;
  /** Since when it is in its tier. */
  since: number;
  /**
   * Hot only by a change of the scoring model or by an imported past: since when, by which publication (its position) or how, and with how
   * many points on the first axis.
   */
  withheld?: { since: number; published?: string; imported?: 'silent' | 'trickle'; score: number };
  /** Latest deliberate act of the customer. */
  act?: number;
  /** Latest act that was imported as any other, and when the last one was recorded. */
  importedAct?: { at: number; recordedAt: number };
  /** Latest inquiry, imported as any other or not. */
  inquired?: number;
  /** By channel. */
  consent?: Consent[];
  /** By id. */
  handoffs?: HandoffFacts[];
  /** By event. */
  ends?: RunEnd[];
  deals?: DealFacts[];
  contacts?: Contact[];
  /** Its person is to be forgotten, or is. */
  erased?: true;
  /** Revisits that marketing has completed, by their action. */
  revisited?: string[];
}

/** What is recorded about one handoff. */
export interface HandoffFacts {
  handoffId: string;
  handed?: Happened & {
    eventId: string;
    leadId: string;
    runId: string;
    acceptBy: string;
    contactBy: string;
    policyVersion?: string;
    business?: 'new' | 'existing';
  };
  assigned?: Happened & { eventId: string; repId: string; teamId?: string };
  /** The first and the last acceptance, because a colleague may take over. */
  firstAccepted?: Happened;
  accepted?: Happened & { repId: string; teamId?: string };
  rejected?: Happened & { reason: string };
  /** Deadlines whose breach is recorded. */
  breached?: { accept?: BreachFact; contact?: BreachFact };
  /** Questions and answers, by event. */
  insights?: Insight[];
}

export interface BreachFact {
  eventId: string;
  dueAt: number;
  /** Destinations that are told. */
  notify?: readonly string[];
}

export interface Insight extends Happened {
  eventId: string;
  kind: 'question' | 'answer';
  /** Who says it; undefined for an answer of whoever was asked. */
  side?: 'sales' | 'marketing';
  by: Actor;
  /** Of a question. */
  text?: string;
  /** Which question an answer names. */
  questionId?: string;
}

/** A return or a disqualification: the lead, as recorded. */
export interface RunEnd extends Happened {
  eventId: string;
  how: 'returned' | 'disqualified';
  leadId: string;
  runId?: string;
  handoffId?: string;
  reason: string;
  /** Of a return: the day on which to look at the lead again. */
  revisitOn?: string;
  note?: string;
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
  /** If it was both won and lost, the last one holds. */
  outcome?: DealOutcome;
  /** What events of other leads report about it, as was told last: that it was opened, and its outcome. */
  told?: { position: number; opened: boolean; outcome?: DealOutcome };
}

export interface DealOutcome extends Happened {
  leadId: string;
  won: boolean;
  reason?: string;
}

/** A call or meeting; a later report corrects an earlier one. */
export interface Contact extends Happened {
  contactId: string;
  startedAt: number;
}
