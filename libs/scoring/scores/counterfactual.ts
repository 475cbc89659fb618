import type { Tier } from '@leadlog/events';
import { TIER_ORDER, type CompiledModel, type CompiledRule } from '../model/compile';
import { valueAt } from './decay';
import { copyToCount, count, curvesOf, profileHolds, type ScoreState } from './score-state';
import { clamped, reached, tierOf, type Scores } from './tiers';

/** What would be enough for a warmer tier if it happened now. */
export interface Counterfactual {
  tier: Tier;
  /** The fewest new events; among equal numbers, those that exceed the missing points the least. */
  acts: { ruleId: string; on: string; times: number }[];
  /** Profile rules that would have to apply. */
  profile: { ruleId: string }[];
  /** Scores after that. */
  scores: Scores;
}

const MOST_ACTS = 20;

/**
 * The smallest change to the next warmer tier at `at`: new acts now, as many as it takes of one rule, or of two where two axes are behind,
 * with a rule of the profile that does not hold yet where that is less. Windows that are full already, caps of axes and diminishing points
 * are counted in, because the acts are folded as acts of that rule. (A real one may give points by other rules too.) Undefined where the
 * tier is the warmest, and where nothing is enough.
 */
export function smallestChange(model: CompiledModel, state: ScoreState, at: number): Counterfactual | undefined {
  const tier = TIER_ORDER.slice(0, TIER_ORDER.indexOf(tierOf(state)))
    .reverse()
    .find((warmer) => warmer !== 'cold' && model.model.tiers[warmer]);
  if (!tier || tier === 'cold') return undefined;
  const { enter } = model.model.tiers[tier]!;
  let best: Omit<Counterfactual, 'tier'> | undefined;
  for (const wish of wishes(model)) {
    const most = best === undefined ? MOST_ACTS : sizeOf(best);
    if (wish.acts.length + wish.profile.length > most) continue;
    const found = changeBy(model, state, at, wish, enter, most);
    if (
      found &&
      (!best || sizeOf(found) < sizeOf(best) || (sizeOf(found) === sizeOf(best) && over(found.scores, enter) < over(best.scores, enter)))
    )
      best = found;
  }
  return best && { tier, ...best };
}

interface Wish {
  acts: readonly CompiledRule[];
  profile: readonly number[];
}

/** Only these rules are tried: those that give the most points. */
const MOST_RULES = 30;
const MOST_RULES_OF_TWO = 6;

/** One rule about events or about the profile, one of each, or two about events of different axes. */
function* wishes({ byType, profileRules }: CompiledModel): Iterable<Wish> {
  const acts = [...byType.values()].flat().filter(({ rule }) => rule.points > 0 && rule.recorded?.through === undefined);
  acts.sort((a, b) => b.rule.points - a.rule.points);
  const profile = profileRules.map((_, i) => i).filter((i) => profileRules[i]!.rule.points > 0);
  profile.sort((a, b) => profileRules[b]!.rule.points - profileRules[a]!.rule.points);
  for (const act of acts.slice(0, MOST_RULES)) yield { acts: [act], profile: [] };
  for (const one of profile.slice(0, MOST_RULES)) yield { acts: [], profile: [one] };
  const best = acts.slice(0, MOST_RULES_OF_TWO);
  for (const act of best) for (const one of profile.slice(0, MOST_RULES_OF_TWO)) yield { acts: [act], profile: [one] };
  for (const act of best) for (const other of best) if (act.axis < other.axis) yield { acts: [act, other], profile: [] };
}

/** Undefined if it is not enough, or takes more than `most`. Of two rules, the first is used as far as it helps, then the other. */
function changeBy(
  model: CompiledModel,
  before: ScoreState,
  at: number,
  { acts, profile }: Wish,
  enter: readonly Scores[],
  most: number,
): Omit<Counterfactual, 'tier'> | undefined {
  if (profile.some((i) => profileHolds(model, before, model.profileRules[i]!.needs).holds)) return undefined;
  const state = copyToCount(before, acts);
  const times = acts.map(() => 0);
  let points = pointsOf(model, state, at, profile);
  let scores = clamped(model, points);
  for (const [i, act] of acts.entries()) {
    const own = enter.map((one) => Object.fromEntries(Object.entries(one).filter(([axis]) => raises(model, act, axis))));
    while (!reached(own, scores)) {
      if (times.reduce((sum, one) => sum + one, profile.length) >= most) return undefined;
      count(state, act, at);
      const more = pointsOf(model, state, at, profile);
      // A full window. An axis at its floor is another matter: it may rise above it with the next.
      if (more.every((one, axis) => one <= points[axis]!)) break;
      times[i]! += 1;
      points = more;
      scores = clamped(model, points);
    }
  }
  if (!reached(enter, scores)) return undefined;
  return {
    acts: acts.flatMap(({ rule }, i) => (times[i] === 0 ? [] : [{ ruleId: rule.id, on: rule.on, times: times[i]! }])),
    profile: profile.map((i) => ({ ruleId: model.profileRules[i]!.rule.id })),
    scores,
  };
}

const raises = ({ model, weights }: CompiledModel, act: CompiledRule, axis: string): boolean =>
  weights[model.axes.findIndex(({ name }) => name === axis)]!.some((one) => one.axis === act.axis && one.weight > 0);

/** Of each axis, before floor and cap. */
const pointsOf = (model: CompiledModel, state: ScoreState, at: number, profile: readonly number[]): number[] =>
  curvesOf(model, state, profile).map((curve) => valueAt(curve, at));

const sizeOf = ({ acts, profile }: Omit<Counterfactual, 'tier'>): number =>
  acts.reduce((sum, { times }) => sum + times, 0) + profile.length;
const over = (scores: Scores, enter: readonly Scores[]): number =>
  Math.min(...enter.map((one) => Object.entries(one).reduce((sum, [axis, points]) => sum + Math.max(0, scores[axis]! - points), 0)));
