import type { LeadlogEvent, Tier } from '@leadlog/events';
import type { CompiledModel } from '../model/compile';
import { foldScore, type ScoreState } from './score-state';
import { askedTier, nextChange, scoreAt, tierOf, type TierChange } from './tiers';

/*
 * What a rollback reverts. Scores depend only on facts, so changing the model is enough for them; tiers depend on earlier tiers (a hot lead
 * stays hot down to `leave`), so the decisions of the abandoned version must be removed and replaced by those that the restored version
 * would have made meanwhile. Both can be computed from the log alone: which decisions, and which sections of it.
 */

/** The fold of a lead under a model: facts as in `foldScore`, decisions as if rolled-back ones had never been made. Changes `state`. */
export function foldLead(model: CompiledModel, state: ScoreState, event: LeadlogEvent): ScoreState {
  const { undone } = model;
  if (!undone) return foldScore(model, state, event);
  if (event.type === 'LeadTierChanged') {
    if (event.data.modelId !== model.id || !undone.isUndone(event.data.version, event.position)) return foldScore(model, state, event);
    const { t = 'cold', a = 0, n = 0 } = state.d ?? {};
    state.d = { t, a, i: event.id, n: n + 1, ...(event.data.to !== t && { told: event.data.to }) };
    return state;
  }
  const since = undone.undecidedSince(event.position);
  if (since !== undefined) decideUntil(model, state, since, event.recordedAt);
  return foldScore(model, state, event);
}

/** The decisions that the model would have made before `until`. */
function decideUntil(model: CompiledModel, state: ScoreState, since: number, until: number): void {
  for (;;) {
    const change = nextChange(model, state, Math.max(state.f, since));
    if (!change || change.at >= until) return;
    const told = toldTier(state);
    state.f = Math.max(state.f, change.at);
    state.d = { t: change.to, a: change.at, i: state.d?.i ?? '', n: state.d?.n ?? 0, ...(told !== change.to && { told }) };
  }
}

/** The last decided tier, by any version. */
export const toldTier = (state: ScoreState): Tier => state.d?.told ?? tierOf(state);

/**
 * The pending decision, and from which tier: due at once if the recorded tier differs from the one that counts, otherwise when the score
 * requires it.
 */
export function owedChange(model: CompiledModel, state: ScoreState, from = state.f): (TierChange & { from: Tier }) | undefined {
  const told = state.d?.told;
  if (told === undefined) {
    const change = nextChange(model, state, from);
    return change && { ...change, from: tierOf(state) };
  }
  const { t, a } = state.d!;
  const to = askedTier(model, t, a, scoreAt(model, state, from), from);
  return { at: from, to, from: to === told ? t : told };
}
