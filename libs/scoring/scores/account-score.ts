import type { LeadRole } from '@leadlog/lead';
import type { CompiledModel } from '../model/compile';
import type { Scores } from './tiers';

export interface AccountScore {
  axis: string;
  /** Of the best people, plus `breadth` for each further active one. */
  points: number;
  /** Who is active, the best first, as far as they are named here; the first `top` count with their points. */
  active: { leadId: string; points: number; uncapped: number }[];
  /** How many are. */
  activePeople: number;
  /** Roles that the model asks for and nobody of the account has. */
  missingRoles: LeadRole[];
}

/** Fewer points are no activity any more: they fade and never end. */
const ACTIVE = 1;
const NAMED = 50;

/** `held`: roles that somebody there has; `needed`: where the model names none. Undefined where the model has no score of accounts. */
export function accountScore({ model }: CompiledModel, people: readonly { leadId: string; scores?: Scores; uncapped?: Scores }[], held: readonly LeadRole[], needed: readonly LeadRole[]): AccountScore | undefined {
  if (!model.account) return undefined;
  const { axis, top, breadth, roles = needed } = model.account;
  const active = people
    .flatMap(({ leadId, scores, uncapped }) => ((scores?.[axis] ?? 0) >= ACTIVE ? [{ leadId, points: scores![axis]!, uncapped: uncapped?.[axis] ?? scores![axis]! }] : []))
    .sort((a, b) => b.uncapped - a.uncapped || (a.leadId < b.leadId ? -1 : 1));
  const points = active.slice(0, top).reduce((sum, person) => sum + person.points, 0) + breadth * Math.max(0, active.length - top);
  return { axis, points, active: active.slice(0, NAMED), activePeople: active.length, missingRoles: roles.filter((role) => !held.includes(role)) };
}
