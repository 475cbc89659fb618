import type { LeadState } from '@leadlog/lead';
import { dealsAsTheyStand } from './deals-as-they-stand';
import type { HandoffState } from './handoffs.projection';
import { handoffsOf, openHandoffs, runOf } from './standing';

export const LIFE_STATES = ['captured', 'nurturing', 'hot', 'handed-off', 'accepted', 'in-deal', 'won', 'disqualified'] as const;
export type LifeStage = (typeof LIFE_STATES)[number];

/** Where a lead is in its life, and who has it. */
export interface Life {
  state: LifeStage;
  /** From 1; one that was given back, lost or won begins another. */
  run: number;
  /** Of the handoff that is open; of several the last. */
  handoffId?: string;
  repId?: string;
  teamId?: string;
}

/** Read models `handoffs` and `leads`; the first knows nothing of a lead about which nothing was decided or sold. */
export function lifeOf(state: HandoffState | undefined, lead: LeadState | undefined): Life {
  const run = state ? runOf(state) : 1;
  if (isDisqualified(state)) return { state: 'disqualified', run };
  const open = state ? openHandoffs(state).at(-1) : undefined;
  if (open) return { state: open.state as LifeStage, run, handoffId: open.handoffId, repId: open.repId, teamId: open.teamId };
  const deals = (state ? dealsAsTheyStand(state) : []).flatMap(({ opened, outcome }) => (outcome ?? opened ? [{ at: (outcome ?? opened)!.at, state: outcome ? (outcome.won ? 'won' : 'lost') : 'open' }] : [])).sort((a, b) => a.at - b.at);
  // Returns and other answers that came after a deal are what holds.
  const over = Math.max(...(state ? handoffsOf(state) : []).flatMap(({ state: how, endedAt }) => (how === 'won' ? [] : (endedAt ?? []))), ...(state?.ends ?? []).map(({ at }) => at));
  if (deals.some((deal) => deal.state === 'open' && deal.at > over)) return { state: 'in-deal', run };
  const last = deals.at(-1);
  if (last?.state === 'won' && last.at >= over) return { state: 'won', run };
  if (state?.tier === 'hot') return { state: 'hot', run };
  return { state: isOnlyCaptured(state, lead) ? 'captured' : 'nurturing', run };
}

/** Given up under the name that is in force: that a duplicate was says nothing about the person it turned out to be. */
export const isDisqualified = (state: HandoffState | undefined): boolean => (state?.ends ?? []).some(({ how, leadId }) => how === 'disqualified' && leadId === state!.leadId);

/** Nothing has come of the lead since it became one, and nobody has done anything about it. */
function isOnlyCaptured(state: HandoffState | undefined, lead: LeadState | undefined): boolean {
  if (!lead?.capture || (state && (state.since > 0 || state.handoffs || state.ends))) return false;
  const { capture, lastActivityAt, lastSellerActAt } = lead;
  return (lastActivityAt === undefined || lastActivityAt <= capture.at) && (lastSellerActAt === undefined || lastSellerActAt <= capture.at);
}
