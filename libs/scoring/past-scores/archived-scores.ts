import type { Tier } from '@leadlog/events';
import type { CompiledModel } from '../model/compile';
import { clamp, type Scores } from '../scores/tiers';
import type { History, Row } from './histories';
import { scoreSql } from './score-sql';

/** A lead as a model sees it at one moment. */
export interface ArchivedScore {
  leadId: string;
  scores: Scores;
  /** As last decided by this model; cold if there were no decisions. */
  decided: Tier;
  /** ms; 0 where there were none. */
  since: number;
  /** How often each rule gives its points, where it was asked for: rules about events by index, then rules about the profile. */
  units?: number[];
}

export interface ScoresAt {
  /** ms. */
  at: number;
  /** Leave out what happened later than `at`, as for a moment of the past. */
  happened?: boolean;
  units?: boolean;
}

/** The scores of all leads under a model, from the archive. */
export async function scoresFrom(history: History, model: CompiledModel, { at, happened, units }: ScoresAt): Promise<ArchivedScore[]> {
  const rows = await history.rows(scoreSql(model, { columns: history.columns, at, happened, units }));
  return rows.map((row) => ({
    leadId: row['lead'] as string,
    scores: Object.fromEntries(model.model.axes.map((axis, i) => [axis.name, clamp(row[`a${i}`] as number, axis)])),
    decided: (row['tier'] as Tier | null) ?? 'cold',
    since: (row['since'] as number | null) ?? 0,
    ...(units && { units: unitsOf(model, row) }),
  }));
}

function unitsOf(model: CompiledModel, row: Row): number[] {
  const units: number[] = [];
  for (const rules of model.byType.values()) for (const { index } of rules) units[index] = row[`r${index}`] as number;
  const places = model.model.axes
    .flatMap(({ rules }) => rules)
    .map((rule, index) => ('profile' in rule ? index : -1))
    .filter((index) => index >= 0);
  places.forEach((index, i) => (units[index] = row[`p${i}`] === true ? 1 : 0));
  return units;
}

/**
 * How near a lead is to hot: 1 is exactly at the threshold, 0.5 is halfway on the axis that is furthest behind; the nearest alternative
 * counts. Picks for sales are taken from the top. For a model without a hot tier, the first axis.
 */
export function readiness({ model }: CompiledModel, scores: Scores): number {
  const enter = model.tiers.hot?.enter;
  if (!enter) return scores[model.axes[0]?.name ?? ''] ?? 0;
  const way = Math.max(...enter.map((one) => Math.min(...Object.entries(one).map(([axis, points]) => wayTo(points, scores[axis]!)))));
  // Sums in SQL differ in the last digits from run to run, which must not affect the order of leads.
  return Math.round(way * 1e9) / 1e9;
}

/** A threshold of nothing or less has no half of the way: there a point counts as a whole way. */
const wayTo = (points: number, score: number): number => (points > 0 ? score / points : 1 + score - points);
