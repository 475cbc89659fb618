import type { Tier } from '@leadlog/events';
import { TIER_ORDER, type CompiledModel } from '../model/compile';
import { valueAt, type Curve } from './decay';
import { crossings } from './threshold-crossings';
import { curvesOf, type ScoreState } from './score-state';

/** Points by axis name. */
export type Scores = Record<string, number>;

export function clamp(points: number, axis: { cap?: number; floor: number }): number {
  return Math.min(axis.cap ?? Infinity, Math.max(axis.floor, points));
}

/** The score at any time, from the state alone. */
export function scoreAt(model: CompiledModel, state: ScoreState, t: number): Scores {
  return clamped(model, pointsAt(curvesOf(model, state), t));
}

/** Of each axis, before its floor and cap. */
export const pointsAt = (curves: readonly Curve[], t: number): number[] => curves.map((curve) => valueAt(curve, t));

/** Of the points of each axis. */
export function clamped({ model: { axes } }: CompiledModel, points: readonly number[]): Scores {
  return Object.fromEntries(axes.map((axis, index) => [axis.name, clamp(points[index]!, axis)]));
}

/** The same without caps, to distinguish leads whose scores are all at the cap. Never below the floor. */
export function uncapped({ model: { axes } }: CompiledModel, points: readonly number[]): Scores {
  return Object.fromEntries(axes.map(({ name, floor }, index) => [name, Math.max(floor, points[index]!)]));
}

export const tierOf = (state: ScoreState): Tier => state.d?.t ?? 'cold';

/** One of the alternatives, with every axis. */
export const reached = (alternatives: readonly Scores[], scores: Scores): boolean =>
  alternatives.some((one) => Object.entries(one).every(([axis, points]) => scores[axis]! >= points));

/**
 * The tier that the scores require, given the decided one. Up: at once, to the highest tier whose thresholds are all
 * reached. Down: when the tier is left and its dwell is over, to the highest lower tier that is not left as well.
 */
export function askedTier({ model: { tiers } }: CompiledModel, decided: Tier, since: number, scores: Scores, t: number): Tier {
  const at = TIER_ORDER.indexOf(decided);
  for (const tier of TIER_ORDER.slice(0, at)) {
    const rule = tier === 'cold' ? undefined : tiers[tier];
    if (rule && reached(rule.enter, scores)) return tier;
  }
  if (decided === 'cold') return 'cold';
  const rule = tiers[decided];
  if (rule && (t < since + rule.dwell || reached(rule.leave, scores))) return decided;
  for (const tier of TIER_ORDER.slice(at + 1)) {
    const lower = tier === 'cold' ? undefined : tiers[tier];
    if (tier === 'cold' || (lower && reached(lower.leave, scores))) return tier;
  }
  return 'cold';
}

export interface TierChange {
  /** ms; not before the moment the state is as of. */
  at: number;
  to: Tier;
}

/**
 * When, from `from` on, the tier that the score requires first differs from the decided one, if nothing else happens;
 * undefined if never. Between two crossings of thresholds, and the end of the dwell, nothing can change.
 */
export function nextChange(model: CompiledModel, state: ScoreState, from: number = state.f): TierChange | undefined {
  const decided = tierOf(state);
  const since = state.d?.a ?? 0;
  const { axes, tiers } = model.model;
  const curves = curvesOf(model, state);
  const changeAt = (t: number): TierChange | undefined => {
    const to = askedTier(model, decided, since, clamped(model, pointsAt(curves, t)), t);
    return to === decided ? undefined : { at: t, to };
  };
  const now = changeAt(from);
  if (now) return now;

  const moments: number[] = [];
  const watch = (alternatives: readonly Scores[]): void => {
    for (const [name, points] of alternatives.flatMap((one) => Object.entries(one))) {
      const index = axes.findIndex((axis) => axis.name === name);
      // At or below the floor it always holds, so it is never passed.
      if (points > axes[index]!.floor) moments.push(...crossings(curves[index]!, points, from));
    }
  };
  for (const tier of TIER_ORDER.slice(0, TIER_ORDER.indexOf(decided))) {
    // A decaying score never rises, so no higher threshold can be reached by waiting.
    if (tier !== 'cold' && tiers[tier] && curves.some(({ terms }) => terms.some(({ amount }) => amount < 0))) watch(tiers[tier].enter);
  }
  if (decided !== 'cold' && tiers[decided]) {
    watch(tiers[decided].leave);
    if (since + tiers[decided].dwell > from) moments.push(since + tiers[decided].dwell);
  }
  for (const moment of moments.sort((a, b) => a - b)) {
    const change = changeAt(moment);
    if (change) return change;
  }
  return undefined;
}
