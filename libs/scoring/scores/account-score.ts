import type { LeadRole } from '@leadlog/lead';
import type { CompiledModel } from '../model/compile';
import type { Scores } from './tiers';

export interface AccountScore {
  axis: string;
  /** Points of the best people, plus `breadth` for each further active one. */
  points: number;
  /** Active people, best first, up to a limit; the points of the first `top` count. */
  active: { leadId: string; points: number; uncapped: number }[];
  /** Number of active people. */
  activePeople: number;
  /** Roles that the model requires and no one at the account has. */
  missingRoles: LeadRole[];
}

/** Fewer points do not count as activity, because decaying points never reach 0. */
const ACTIVE = 1;
const NAMED = 50;

/** `held`: roles that are filled; `needed`: roles used if the model names none. Undefined if the model has no account score. */
export function accountScore(
  { model }: CompiledModel,
  people: readonly { leadId: string; scores?: Scores; uncapped?: Scores }[],
  held: readonly LeadRole[],
  needed: readonly LeadRole[],
): AccountScore | undefined {
  if (!model.account) return undefined;
  const { axis, top, breadth, roles = needed } = model.account;
  const active = people
    .flatMap(({ leadId, scores, uncapped }) =>
      (scores?.[axis] ?? 0) >= ACTIVE ? [{ leadId, points: scores![axis]!, uncapped: uncapped?.[axis] ?? scores![axis]! }] : [],
    )
    .sort((a, b) => b.uncapped - a.uncapped || (a.leadId < b.leadId ? -1 : 1));
  const points = active.slice(0, top).reduce((sum, person) => sum + person.points, 0) + breadth * Math.max(0, active.length - top);
  return {
    axis,
    points,
    active: active.slice(0, NAMED),
    activePeople: active.length,
    missingRoles: roles.filter((role) => !held.includes(role)),
  };
}
