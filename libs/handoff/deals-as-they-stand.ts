import { latest } from '@leadlog/events';
import type { DealFacts, HandoffState } from './handoff-facts';

/** A deal of a lead by everything known about it, whichever lead an event names. */
export interface Deal extends Pick<DealFacts, 'dealId' | 'opened' | 'of' | 'outcome'> {
  /** Since when it is a deal of this lead: when it was opened with it, or, if no lead is recorded for the opening, won or lost with it. */
  begin?: DealFacts['opened'];
}

export const dealsAsTheyStand = ({ deals = [] }: HandoffState): Deal[] => deals.map(asItStands);

function asItStands({ dealId, opened, of, outcome: own, openedElsewhere, shared }: DealFacts): Deal {
  const outcome = shared ? latest(own, shared) : own;
  // Shared facts are recorded after the events that they report, which may be events of this lead.
  const isDecidedHere = own !== undefined && (outcome === own || (own.at === outcome!.at && own.leadId === outcome!.leadId));
  return { dealId, opened, of, outcome, begin: opened ?? (isDecidedHere && !openedElsewhere ? own : undefined) };
}
