import type { Tier } from '@leadlog/events';
import { scoresFrom } from '../past-scores/archived-scores';
import { TIER_ORDER, type CompiledModel } from '../model/compile';
import { exactStates } from '../past-scores/exact-states';
import type { Histories, History } from '../past-scores/histories';
import type { LiveModel } from '../published/live-model';
import { owedChange } from '../scores/rolled-back';
import { askedTier, scoreAt, type Scores } from '../scores/tiers';
import { givenBack, withSales } from './eligible-leads';

export interface PreviewRequest {
  /** What decides now; undefined before anything was published. */
  live?: CompiledModel;
  draft: CompiledModel;
  /** Whether handoffs follow from this model at all; they do by default. */
  handsOff?: boolean;
  /** When the switch would be, ms. */
  at: number;
  /** Leads named in the answer at most, the ones with the largest change first; the counts are of all. */
  named?: number;
}

export interface TierMove {
  leadId: string;
  from: Tier;
  to: Tier;
  /** Under the draft. */
  scores: Scores;
  /** Under what is live. */
  before?: Scores;
  /** Sales has the lead, and keeps it. */
  withSales?: true;
  /**
   * A rise to hot that would be handed off: nobody in sales has the lead, it is not given up, and where sales has given it back it has
   * acted since.
   */
  handsOff: boolean;
}

export interface Preview {
  at: number;
  position: string;
  model: string;
  version: string;
  leads: number;
  /** Leads by tier as decided now, and as they would be right after the switch. */
  tiers: { now: Record<Tier, number>; then: Record<Tier, number> };
  becomeHot: number;
  leaveHot: number;
  /** Of those that leave hot: sales has them, and keeps them, for a handoff is a fact. */
  staysWithSales: number;
  /** Of those that become hot. */
  handsOff: number;
  /** How many leads go from a tier to another. */
  moves: { from: Tier; to: Tier; leads: number }[];
  named: TierMove[];
  /** Distribution of each axis under both, for a chart: leads by score, in twenty steps. */
  charts: { axis: string; edges: number[]; now?: number[]; then: number[] }[];
}

/**
 * Scores this near to a threshold, relative to it and to the largest points of the model, are computed again as the live fold does, so that
 * the answer is the same to the last lead.
 */
const NEAR = 1e-9;

/** Which leads change tier at the switch if the draft is published now. Nothing is changed by asking. */
export async function preview(histories: Histories, { live, draft, handsOff = true, at, named = 1_000 }: PreviewRequest): Promise<Preview> {
  const history = await histories.asOf();
  const found = await scoresFrom(history, draft, { at });
  const before = new Map(live ? (await scoresFrom(history, live, { at })).map(({ leadId, scores }) => [leadId, scores]) : []);
  const undone = await touchedMeanwhile(history, draft);
  const close = found.filter(({ leadId, scores }) => isNear(draft, scores) || undone.has(leadId)).map(({ leadId }) => leadId);
  const exact = await exactStates(history, draft, close);
  const busy = await withSales(history);
  const unarmed = await givenBack(history);

  const now = counts();
  const then = counts();
  const moves: TierMove[] = [];
  for (const { leadId, scores: archived, decided, since } of found) {
    const state = exact.get(leadId);
    const scores = state ? scoreAt(draft, state, at) : archived;
    const to = state && undone.has(leadId) ? (owedChange(draft, state, at)?.to ?? decided) : askedTier(draft, decided, since, scores, at);
    now[decided] += 1;
    then[to] += 1;
    if (to !== decided)
      moves.push({
        leadId,
        from: decided,
        to,
        scores,
        before: before.get(leadId),
        ...(busy.has(leadId) && { withSales: true as const }),
        handsOff: handsOff && to === 'hot' && !busy.has(leadId) && !unarmed.has(leadId),
      });
  }
  moves.sort((a, b) => steps(b) - steps(a) || sizeOf(b) - sizeOf(a) || (a.leadId < b.leadId ? -1 : 1));
  return {
    at,
    position: history.position,
    model: draft.id,
    version: draft.version,
    leads: found.length,
    tiers: { now, then },
    becomeHot: moves.filter(({ to }) => to === 'hot').length,
    leaveHot: moves.filter(({ from }) => from === 'hot').length,
    staysWithSales: moves.filter((move) => move.from === 'hot' && move.withSales).length,
    handsOff: moves.filter((move) => move.handsOff).length,
    moves: TIER_ORDER.flatMap((from) =>
      TIER_ORDER.map((to) => ({ from, to, leads: moves.filter((move) => move.from === from && move.to === to).length })),
    ).filter(({ leads }) => leads > 0),
    named: moves.slice(0, named),
    charts: draft.model.axes.map(({ name }) =>
      chartOf(
        name,
        found.map(({ scores }) => scores[name]!),
        [...before.values()].flatMap((scores) => scores[name] ?? []),
      ),
    ),
  };
}

/** Leads with something recorded while what is rolled back was live: of them the tier has to be decided as if it had not been. */
async function touchedMeanwhile(history: History, { model }: CompiledModel): Promise<Set<string>> {
  const { stretches = [] } = (model as LiveModel).rolledBack ?? {};
  if (stretches.length === 0) return new Set();
  const rows = await history.rows(
    `SELECT DISTINCT lead FROM archive.counted WHERE lead IS NOT NULL AND (${stretches.map(({ after, through }) => `position > ${after} AND position < ${through}`).join(' OR ')})`,
  );
  return new Set(rows.map(({ lead }) => lead as string));
}

function isNear({ model: { axes, tiers } }: CompiledModel, scores: Scores): boolean {
  // Points of a million may have cancelled out.
  const largest = axes.reduce(
    (most, { rules, sum = {} }) => Math.max(most, ...rules.map(({ points }) => Math.abs(points)), ...Object.values(sum).map(Math.abs)),
    1,
  );
  return [tiers.hot, tiers.warm].some(
    (rule) =>
      rule &&
      [...rule.enter, ...rule.leave].some((one) =>
        Object.entries(one).some(([axis, points]) => Math.abs(scores[axis]! - points) <= NEAR * Math.max(largest ** 2, Math.abs(points))),
      ),
  );
}

const counts = (): Record<Tier, number> => ({ cold: 0, warm: 0, hot: 0 });
const steps = ({ from, to }: TierMove): number => Math.abs(TIER_ORDER.indexOf(from) - TIER_ORDER.indexOf(to));
/** In millionths, so that the last digits of sums in SQL, which differ from run to run, make no order. */
const sizeOf = ({ scores, before }: TierMove): number =>
  Math.round(1e6 * Object.entries(scores).reduce((sum, [axis, points]) => sum + Math.abs(points - (before?.[axis] ?? 0)), 0));

const CHART_STEPS = 20;

function chartOf(axis: string, then: readonly number[], now: readonly number[]): Preview['charts'][number] {
  let least = 0;
  let most = 1;
  for (const points of [...then, ...now]) {
    if (points < least) least = points;
    if (points > most) most = points;
  }
  const step = (most - least) / CHART_STEPS;
  const inSteps = (all: readonly number[]): number[] => {
    const leads = new Array<number>(CHART_STEPS).fill(0);
    for (const points of all) leads[Math.min(CHART_STEPS - 1, Math.floor((points - least) / step))]! += 1;
    return leads;
  };
  return {
    axis,
    edges: Array.from({ length: CHART_STEPS + 1 }, (_, i) => least + i * step),
    ...(now.length > 0 && { now: inSteps(now) }),
    then: inSteps(then),
  };
}
