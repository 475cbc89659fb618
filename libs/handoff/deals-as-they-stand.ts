import { latest } from '@leadlog/events';
import type { DealFacts, HandoffState } from './handoff-facts';

/** A deal of a lead by everything known about it, whichever lead an event names. */
export interface Deal extends Pick<DealFacts, 'dealId' | 'opened' | 'of' | 'outcome'> {
  /** Since when it is a deal of this lead: when it was opened with it, or, if no lead is recorded for the opening, won or lost with it. */
  begin?: DealFacts['opened'];
}

/** A deal that only others report is none of this lead: it may have been one until its own events were voided. */
export const dealsAsTheyStand = ({ deals = [] }: HandoffState): Deal[] =>
  deals.filter(({ opened, outcome }) => opened ?? outcome).map(asItStands);

function asItStands({ dealId, opened, of, outcome: own, told }: DealFacts): Deal {
  const outcome = told?.outcome ? latest(own, told.outcome) : own;
  // Shared facts are recorded after the events that they report, which may be events of this lead.
  const isDecidedHere = own !== undefined && (outcome === own || (own.at === outcome!.at && own.leadId === outcome!.leadId));
  return { dealId, opened, of, outcome, begin: opened ?? (isDecidedHere && !told?.opened ? own : undefined) };
}
