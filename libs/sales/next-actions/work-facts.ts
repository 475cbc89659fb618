import { sortedBy, type Happened } from '@leadlog/events';
import type { RelayFact } from '@leadlog/lead';
import type { CallFact, DealFact, MeetingFact, SalesFacts } from '../kpis/fact-shapes';

/** What was planned, by its id; a later report corrects an earlier one. */
export interface PlannedAction {
  actionId: string;
  planned?: Happened & { leadId?: string; template: string; dueAt: number; reason: string; dealId?: string; repId?: string };
  completed?: Happened;
}

/** What the facts of KPIs do not say of a deal. */
export interface DealSteps {
  dealId: string;
  /** The last proposal, also of a product that was proposed before. */
  proposed?: Happened;
  /** The last proposal or quote, revisions included. */
  offered?: Happened;
  /** The first time that the customer was asked, and the last answer. */
  asked?: Happened;
  answered?: Happened & { answer: 'yes' | 'no' | 'undecided'; decideBy?: string };
  /** As an SFA has it. */
  told?: Happened & { stage: string };
  /** Whether the events of other leads close it, as this one was told last. */
  shared?: { position: number; closed: boolean };
}

export type OpenDeal = DealFact & Required<Pick<DealFact, 'opened'>>;

/** What was told of the relays of an appointment. */
export type RelayTold = Happened & { eventId: string } & RelayFact;

/** A business card: the first exchange and the first hand-over to marketing. */
export interface CardKept {
  cardId: string;
  exchanged?: Happened & { repId: string };
  handed?: Happened & { repId: string; keepFollowing: boolean };
}

/** When the run of a lead last ended otherwise than by a deal: rejected, returned or disqualified. */
export interface RunOver {
  /** Under which it is recorded. */
  leadId: string;
  at: number;
}

/** What is recorded of one lead that sales works on. Kept, like its sales facts, so that the order of arrival cannot change it. */
export interface WorkFacts extends SalesFacts {
  planned?: PlannedAction[];
  steps?: DealSteps[];
  relays?: RelayTold[];
  cards?: CardKept[];
  over?: RunOver[];
}

export const plannedActions = sortedBy((one: PlannedAction) => one.actionId);
export const dealSteps = sortedBy((one: DealSteps) => one.dealId);
export const relaysTold = sortedBy((one: RelayTold) => one.eventId);
export const cardsKept = sortedBy((one: CardKept) => one.cardId);
export const runEnds = sortedBy((one: RunOver) => one.leadId);

const FIRST_KNOWN = Date.UTC(1900, 0, 1);

/** Nothing begins later than it is reported, whatever was typed: a meeting in the year 9999 is no reason to wait until then. */
export function asReported<Fact extends CallFact | MeetingFact>(fact: Fact): Fact {
  const startedAt = Math.max(FIRST_KNOWN, Math.min(fact.startedAt, fact.at));
  return startedAt === fact.startedAt ? fact : { ...fact, startedAt };
}

/** Calls that were answered, by when: what tells the best hour to call. */
export const hourCell = (metric: 'called' | 'answered', weekday: number, hour: number): string =>
  `hour|${metric}|${weekday}|${String(hour).padStart(2, '0')}`;
export const HOUR_CELLS = 'hour|';
