import type { LeadState } from '@leadlog/lead';
import { dealsAsTheyStand } from './deals-as-they-stand';
import type { HandoffState } from './handoff-facts';
import { dueSince, handoffsOf, openHandoffs, runOf } from './standing';

export const LIFE_STATES = ['captured', 'nurturing', 'hot', 'handed-off', 'accepted', 'in-deal', 'won', 'disqualified'] as const;
export type LifeStage = (typeof LIFE_STATES)[number];

/** The stage of a lead in its life, and who holds it. */
export interface Life {
  state: LifeStage;
  /** From 1; a return, loss or win begins the next run. */
  run: number;
  /** Of the open handoff; if there are several, of the last. */
  handoffId?: string;
  repId?: string;
  teamId?: string;
  /** Since when it should be with sales, and is not yet. */
  waitingSince?: string;
  /** It was given back, and until then it takes an inquiry. */
  pausedUntil?: string;
}

/** Read models `handoffs` and `leads`; the first holds nothing about a lead without decisions or sales. `pausedUntil`: ms, if that is ahead. */
export function lifeOf(state: HandoffState | undefined, lead: LeadState | undefined, pausedUntil?: number): Life {
  const run = state ? runOf(state) : 1;
  if (isDisqualified(state)) return { state: 'disqualified', run };
  const open = state ? openHandoffs(state).at(-1) : undefined;
  if (open) return { state: open.state as LifeStage, run, handoffId: open.handoffId, repId: open.repId, teamId: open.teamId };
  const deals = (state ? dealsAsTheyStand(state) : [])
    .flatMap(({ opened, outcome }) =>
      (outcome ?? opened) ? [{ at: (outcome ?? opened)!.at, state: outcome ? (outcome.won ? 'won' : 'lost') : 'open' }] : [],
    )
    .sort((a, b) => a.at - b.at);
  // Returns and other answers after a deal take precedence.
  const over = Math.max(
    ...(state ? handoffsOf(state) : []).flatMap(({ state: how, endedAt }) => (how === 'won' ? [] : (endedAt ?? []))),
    ...(state?.ends ?? []).map(({ at }) => at),
  );
  if (deals.some((deal) => deal.state === 'open' && deal.at > over)) return { state: 'in-deal', run };
  const last = deals.at(-1);
  if (last?.state === 'won' && last.at >= over) return { state: 'won', run };
  if (state?.tier === 'hot') {
    const since = dueSince(state);
    if (since === undefined) return { state: 'hot', run };
    const paused = pausedUntil !== undefined && { pausedUntil: new Date(pausedUntil).toISOString() };
    return { state: 'hot', run, waitingSince: new Date(since).toISOString(), ...paused };
  }
  return { state: isOnlyCaptured(state, lead) ? 'captured' : 'nurturing', run };
}

/** Disqualified under the surviving id: the disqualification of a merged duplicate does not apply to the person. */
export const isDisqualified = (state: HandoffState | undefined): boolean =>
  (state?.ends ?? []).some(({ how, leadId }) => how === 'disqualified' && leadId === state!.leadId);

/** Neither the customer nor the seller has acted since the lead was captured. */
function isOnlyCaptured(state: HandoffState | undefined, lead: LeadState | undefined): boolean {
  if (!lead?.capture || (state && (state.since > 0 || state.handoffs || state.ends))) return false;
  const { capture, lastActivityAt, lastSellerActAt } = lead;
  return (lastActivityAt === undefined || lastActivityAt <= capture.at) && (lastSellerActAt === undefined || lastSellerActAt <= capture.at);
}
