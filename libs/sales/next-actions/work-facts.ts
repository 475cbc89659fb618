import { sortedBy, type Happened } from '@leadlog/events';
import type { SalesFacts } from '../kpis/fact-shapes';

/** What was planned, by its id; a later report corrects an earlier one. */
export interface PlannedAction {
  actionId: string;
  planned?: Happened & { template: string; dueAt: number; reason: string; dealId?: string; repId?: string };
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
}

/** A question between marketing and sales, or an answer. */
export interface Insight extends Happened {
  eventId: string;
  handoffId: string;
  kind: 'question' | 'answer';
  by: 'sales' | 'marketing';
  text: string;
}

/** What is recorded of one lead that sales works on. Kept, like its sales facts, so that the order of arrival cannot change it. */
export interface WorkFacts extends SalesFacts {
  planned?: PlannedAction[];
  steps?: DealSteps[];
  insights?: Insight[];
}

export const plannedActions = sortedBy((one: PlannedAction) => one.actionId);
export const dealSteps = sortedBy((one: DealSteps) => one.dealId);
export const insights = sortedBy((one: Insight) => one.eventId);

/** Calls that were answered, by when: what tells the best hour to call. */
export const hourCell = (metric: 'called' | 'answered', weekday: number, hour: number): string =>
  `hour|${metric}|${weekday}|${String(hour).padStart(2, '0')}`;
export const HOUR_CELLS = 'hour|';
