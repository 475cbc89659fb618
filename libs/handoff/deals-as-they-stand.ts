import { latest } from '@leadlog/events';
import type { DealFacts, HandoffState } from './handoff-facts';

/** A deal of a lead by all that is known of it, whichever lead an event names. */
export interface Deal extends Pick<DealFacts, 'dealId' | 'opened' | 'of' | 'outcome'> {
  /** From when on it is a deal of this lead: it was opened with it, or, where nobody says so with whom, decided with it. */
  begin?: DealFacts['opened'];
}

export const dealsAsTheyStand = ({ deals = [] }: HandoffState): Deal[] => deals.map(asItStands);

function asItStands({ dealId, opened, of, outcome: own, openedElsewhere, shared }: DealFacts): Deal {
  const outcome = shared ? latest(own, shared) : own;
  // What is shared is recorded after what it tells of, which may be our own.
  const isDecidedHere = own !== undefined && (outcome === own || (own.at === outcome!.at && own.leadId === outcome!.leadId));
  return { dealId, opened, of, outcome, begin: opened ?? (isDecidedHere && !openedElsewhere ? own : undefined) };
}
