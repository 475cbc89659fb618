import type { EventLog } from '@leadlog/event-log';
import type { Tier } from '@leadlog/lead';
import type { ReadModelView } from '@leadlog/projections';
import { TIER_ORDER } from './compile';
import type { ScoringModel } from './model';
import type { ScoreState } from './score-state';
import { compiledOf } from './scores';
import { scoreAt, tierOf, type Scores } from './tiers';
import { coolsAt, explain, type Explanation } from './why';

export interface LeadScore {
  leadId: string;
  tier: Tier;
  tierSince?: number;
  scores: Scores;
  coolsAt?: number;
  lastActivityAt?: number;
}

/** `view` of `scores`. In the order of the ids; undefined where nothing is known. */
export async function scoresNow(view: ReadModelView, leadIds: readonly string[], now: number): Promise<(LeadScore | undefined)[]> {
  const states = await view.many<ScoreState>(leadIds);
  return states.map((state, index) => state && scoreOf(view, leadIds[index]!, state, now));
}

function scoreOf(view: ReadModelView, leadId: string, state: ScoreState, now: number): LeadScore {
  const model = compiledOf(view.spec as ScoringModel);
  return {
    leadId,
    tier: tierOf(state),
    tierSince: state.d?.a,
    scores: scoreAt(model, state, now),
    coolsAt: coolsAt(model, state, now),
    lastActivityAt: state.l === 0 ? undefined : state.l,
  };
}

/** Why a lead has its score at `at`: now with everything that is known, at a past time with what was recorded by then. Undefined: no such lead. */
export async function why(view: ReadModelView, log: EventLog, leadId: string, now: number, at?: number): Promise<Explanation | undefined> {
  const survivor = await view.resolve(leadId);
  const state = await view.get<ScoreState>(survivor);
  if (!state) return undefined;
  const family = await view.family(survivor);
  const model = compiledOf(view.spec as ScoringModel);
  return explain({ log, model, leadId: survivor, family, streams: state.x, at: at ?? now, ...(at === undefined ? { through: view.through } : { asOf: true }) });
}

/** Leads looked at for one tier at most: the ones with the latest acts. */
const LOOKED_AT = 2_000;

/**
 * Leads by tier (hot first, or one tier only), then by their score now on the first axis, then by the last act of the
 * customer. Scores move by themselves, so they are sorted at the question; of a larger tier the leads with the latest acts.
 */
export async function leadsByTier(view: ReadModelView, now: number, options: { tier?: Tier; limit: number }): Promise<LeadScore[]> {
  const axis = compiledOf(view.spec as ScoringModel).model.axes[0]?.name ?? '';
  const found: LeadScore[] = [];
  for (const tier of options.tier ? [options.tier] : TIER_ORDER) {
    if (found.length >= options.limit) break;
    const entries = await view.list(`tier:${tier}`, { direction: 'descending', limit: LOOKED_AT });
    const scores = (await scoresNow(view, entries.map(({ key }) => key), now)).filter((score) => score !== undefined);
    scores.sort((a, b) => b.scores[axis]! - a.scores[axis]! || (b.lastActivityAt ?? 0) - (a.lastActivityAt ?? 0) || (a.leadId < b.leadId ? -1 : 1));
    found.push(...scores);
  }
  return found.slice(0, options.limit);
}
