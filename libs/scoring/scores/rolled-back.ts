import type { LeadlogEvent, Tier } from '@leadlog/events';
import type { CompiledModel } from '../model/compile';
import { foldScore, type ScoreState } from './score-state';
import { askedTier, nextChange, scoreAt, tierOf, type TierChange } from './tiers';

/*
 * What a rollback takes back. Scores follow from facts, so another model is enough for them; tiers follow from tiers before (a lead that is hot stays hot
 * down to `leave`), so what the version that is left has decided has to be taken out, and what the version that counts again would have decided meanwhile
 * has to be put in its place. Both follow from the log alone: which decisions, and which stretches of it.
 */

/** The fold of a lead under a model: facts as `foldScore` has them, decisions as if those that were rolled back had never been. Changes `state`. */
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

/** What would have been decided before `until`, had the model been followed. */
function decideUntil(model: CompiledModel, state: ScoreState, since: number, until: number): void {
  for (;;) {
    const change = nextChange(model, state, Math.max(state.f, since));
    if (!change || change.at >= until) return;
    const told = toldTier(state);
    state.f = Math.max(state.f, change.at);
    state.d = { t: change.to, a: change.at, i: state.d?.i ?? '', n: state.d?.n ?? 0, ...(told !== change.to && { told }) };
  }
}

/** The tier that was decided last, by whatever version. */
export const toldTier = (state: ScoreState): Tier => state.d?.told ?? tierOf(state);

/** The decision that is owed, and from which tier: at once where the lead was told another tier than counts, otherwise when the score asks for it. */
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
