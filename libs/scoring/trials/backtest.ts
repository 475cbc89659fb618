import { counted } from '@leadlog/events';
import { readiness, scoresFrom } from '../past-scores/archived-scores';
import type { CompiledModel } from '../model/compile';
import type { Histories, History } from '../past-scores/histories';
import { clamp, reached } from '../scores/tiers';
import { leadsToChooseFrom } from './eligible-leads';
import { fitLogistic, probabilityOf } from './logistic-regression';
import { cutoffsOf, LEAST_CASES, Outcomes, spanOf, TooLittleHistory, type PastOptions } from './past-months';
import { auc, calibration, median, outcomesOf, picks, share, type Calibration, type Ranked } from './ranking-quality';

const DAY = 86_400_000;

export interface BacktestRequest extends PastOptions {
  /** By name (`live`, `draft`); two or more are compared side by side. */
  versions: readonly { name: string; model: CompiledModel }[];
  /**
   * Number of leads that sales takes at each cut-off. Default: the average number of handoffs in such a period, or of opened deals if there
   * were no handoffs.
   */
  capacity?: number;
  /** IANA; where months begin. */
  timezone: string;
  /** These cut-offs (ms) instead. */
  cutoffs?: readonly number[];
  /** 0 to 1. */
  onProgress?: (part: number) => void;
}

/** How a version did at one cut-off. */
export interface CutoffResult {
  /** ms. */
  at: number;
  /** Leads known by then that were not with sales. */
  leads: number;
  /** Of those, with the outcome within the horizon. */
  outcomes: number;
  /** Leads that it would have considered hot (thresholds to enter reached). */
  hot: number;
  hotOutcomes: number;
  picked: number;
  pickedOutcomes: number;
  auc?: number;
}

export interface VersionResult {
  name: string;
  model: string;
  version: string;
  /** Over the cut-offs, each pair of leads within its own; weighted by pairs. */
  auc?: number;
  /** Of the picks, the share with the outcome. */
  precision?: number;
  /** Precision over the share of all leads with the outcome: how many times better than choosing blindly. */
  lift?: number;
  /** Of all outcomes, the share among the picks. */
  recall?: number;
  hot: { leads: number; outcomes: number; share?: number };
  /** Chances predicted from those cut-offs alone of which all was known by then, against what came. Undefined where there were none. */
  calibration?: Calibration;
  /** From the cut-off to the outcome of picks. */
  medianLeadTimeDays?: number;
  cutoffs: CutoffResult[];
  /** The picks of the last cut-off, the first first. */
  picks: { leadId: string; rank: number; outcome: boolean }[];
}

export interface Backtest {
  position: string;
  outcome: string;
  horizonDays: number;
  capacity: number;
  leads: number;
  outcomes: number;
  /** Number of times that a lead was left out because it had already bought. */
  customersLeftOut: number;
  /** Number of ignored cut-offs, with fewer than 50 leads to choose from. */
  cutoffsIgnored: number;
  versions: VersionResult[];
  /** In plain language, with the numbers. */
  summary: string[];
}

interface AtCutoff {
  at: number;
  leadIds: string[];
  customers: number;
  /** By version. */
  ranks: Float64Array[];
  hot: boolean[][];
}

/**
 * For each past month: how the versions would have ranked the leads by what was known then, compared with what then happened. Only the
 * outcomes are from later.
 */
export async function backtest(histories: Histories, request: BacktestRequest): Promise<Backtest> {
  const { versions, timezone, outcome, horizonDays, includeCustomers, onProgress } = request;
  const now = await histories.asOf();
  const {
    cutoffs: chosen,
    ignored,
    moreByOccurred,
  } = request.cutoffs ? { cutoffs: request.cutoffs, ignored: 0, moreByOccurred: '' } : cutoffsOf(request, await spanOf(now), timezone);
  const outcomes = await Outcomes.of(histories, request);
  if (!request.cutoffs && outcomes.leadsAfter(chosen) === 0) {
    throw new TooLittleHistory(
      `expected leads with the outcome "${outcome}" within ${counted(horizonDays, 'day')} after a cut-off, got none; lengthen the horizon, or use an earlier outcome (accepted, deal)${moreByOccurred}`,
    );
  }
  const capacity = request.capacity ?? (await usualCapacity(now, chosen[0]!, request.every === 'week' ? 7 : 30));
  const looked: AtCutoff[] = [];
  for (const at of chosen) {
    looked.push(await rankedAt(histories, versions, at, request));
    onProgress?.(looked.length / (chosen.length + 1));
  }
  // Some of the leads known by then were with sales, disqualified or customers.
  const found = request.cutoffs ? looked : looked.filter(({ leadIds }) => leadIds.length >= LEAST_CASES);
  const cutoffs = found.map(({ at }) => at);
  if (found.every(({ leadIds }) => leadIds.length === 0)) {
    const most = Math.max(...looked.map(({ leadIds }) => leadIds.length));
    throw new TooLittleHistory(
      `expected at least ${LEAST_CASES} leads to choose from at a cut-off, got ${most} at most; the others were with sales or disqualified${includeCustomers ? '' : ', or had already bought (includeCustomers, or --include-customers, includes them)'}${moreByOccurred}`,
    );
  }
  const results = versions.map(({ name, model }, version) =>
    resultOf(
      name,
      model,
      found.map((one) => ({ at: one.at, hot: one.hot[version]!, ranked: rankedOf(one, version, outcomes) })),
      capacity,
      outcomes,
    ),
  );
  const all = results[0]!.cutoffs;
  const answer = {
    position: now.position,
    outcome,
    horizonDays,
    capacity,
    leads: all.reduce((sum, { leads }) => sum + leads, 0),
    outcomes: all.reduce((sum, one) => sum + one.outcomes, 0),
    customersLeftOut: found.reduce((sum, { customers }) => sum + customers, 0),
    cutoffsIgnored: ignored + looked.length - found.length,
    versions: results,
  };
  return { ...answer, summary: summaryOf(answer, cutoffs.length) };
}

async function rankedAt(
  histories: Histories,
  versions: BacktestRequest['versions'],
  at: number,
  { by, includeCustomers }: BacktestRequest,
): Promise<AtCutoff> {
  const history = await histories.asOf(at, by);
  const { leadIds, customers } = await leadsToChooseFrom(history, at, { includeCustomers });
  const placeOf = new Map(leadIds.map((leadId, place) => [leadId, place]));
  const ranks: Float64Array[] = [];
  const hot: boolean[][] = [];
  for (const { model } of versions) {
    const { hot: rule } = model.model.tiers;
    // A lead unknown to a model has no points there.
    const none = Object.fromEntries(model.model.axes.map((axis) => [axis.name, clamp(0, axis)]));
    const mine = new Float64Array(leadIds.length).fill(readiness(model, none));
    const isHot = new Array<boolean>(leadIds.length).fill(rule !== undefined && reached(rule.enter, none));
    for (const { leadId, scores } of await scoresFrom(history, model, { at, happened: true })) {
      const place = placeOf.get(leadId);
      if (place === undefined) continue;
      mine[place] = readiness(model, scores);
      isHot[place] = rule !== undefined && reached(rule.enter, scores);
    }
    ranks.push(mine);
    hot.push(isHot);
  }
  return { at, leadIds, customers, ranks, hot };
}

const rankedOf = ({ at, leadIds, ranks }: AtCutoff, version: number, outcomes: Outcomes): Ranked[] =>
  leadIds.map((leadId, i) => ({ leadId, rank: ranks[version]![i]!, outcome: outcomes.after(leadId, at) !== undefined }));

interface RankedCutoff {
  at: number;
  hot: boolean[];
  ranked: Ranked[];
}

function resultOf(
  name: string,
  model: CompiledModel,
  months: readonly RankedCutoff[],
  capacity: number,
  outcomes: Outcomes,
): VersionResult {
  let pairs = 0;
  let right = 0;
  const times: number[] = [];
  let last: Ranked[] = [];
  const cutoffs = months.map(({ at, hot, ranked }): CutoffResult => {
    const area = auc(ranked);
    const happened = outcomesOf(ranked);
    if (area !== undefined) {
      pairs += happened * (ranked.length - happened);
      right += area * happened * (ranked.length - happened);
    }
    last = picks(ranked, capacity);
    for (const { leadId } of last) {
      const when = outcomes.after(leadId, at);
      if (when !== undefined) times.push((when - at) / DAY);
    }
    const inHot = ranked.filter((_, i) => hot[i]);
    return {
      at,
      leads: ranked.length,
      outcomes: happened,
      hot: inHot.length,
      hotOutcomes: outcomesOf(inHot),
      picked: last.length,
      pickedOutcomes: outcomesOf(last),
      auc: area,
    };
  });
  const sum = (of: (one: CutoffResult) => number): number => cutoffs.reduce((total, one) => total + of(one), 0);
  const precision = share(
    sum((one) => one.pickedOutcomes),
    sum((one) => one.picked),
  );
  const base = share(
    sum((one) => one.outcomes),
    sum((one) => one.leads),
  );
  return {
    name,
    model: model.id,
    version: model.version,
    auc: pairs === 0 ? undefined : right / pairs,
    precision,
    lift: precision === undefined || !base ? undefined : precision / base,
    recall: share(
      sum((one) => one.pickedOutcomes),
      sum((one) => one.outcomes),
    ),
    hot: {
      leads: sum((one) => one.hot),
      outcomes: sum((one) => one.hotOutcomes),
      share: share(
        sum((one) => one.hotOutcomes),
        sum((one) => one.hot),
      ),
    },
    calibration: calibrationOf(months, outcomes),
    medianLeadTimeDays: median(times),
    cutoffs,
    picks: last,
  };
}

/**
 * A chance for each rank by the cut-offs of which all was known by then (one coefficient), so that nothing of a cut-off tells on itself.
 */
function calibrationOf(months: readonly RankedCutoff[], outcomes: Outcomes): Calibration | undefined {
  /** By rank: how many were without the outcome, and with it. */
  const before = new Map<number, [number, number]>();
  const predicted: { leadId: string; probability: number; outcome: boolean }[] = [];
  let known = 0;
  for (const { at, ranked } of months) {
    for (; outcomes.until(months[known]!.at) <= at; known += 1) {
      for (const { rank: exact, outcome } of months[known]!.ranked) {
        // To a thousandth of the way: a fit to a million different ranks takes seconds and says the same.
        const rank = Math.round(1e3 * exact) / 1e3;
        const counts = before.get(rank) ?? [0, 0];
        counts[outcome ? 1 : 0] += 1;
        before.set(rank, counts);
      }
    }
    const rows = [...before].flatMap(([rank, counts]) =>
      counts.flatMap((count, outcome) => (count === 0 ? [] : [{ rank, outcome, count }])),
    );
    if (!rows.some(({ outcome }) => outcome === 0) || !rows.some(({ outcome }) => outcome === 1)) continue;
    const { intercept, coefficients } = fitLogistic(
      {
        width: 1,
        features: Float64Array.from(rows, ({ rank }) => rank),
        outcomes: Uint8Array.from(rows, ({ outcome }) => outcome),
        weights: Float64Array.from(rows, ({ count }) => count),
      },
      1e-6,
    );
    for (const { leadId, rank, outcome } of ranked)
      predicted.push({ leadId, probability: probabilityOf(intercept + coefficients[0]! * rank), outcome });
  }
  return calibration(predicted);
}

async function usualCapacity(history: History, from: number, every: number): Promise<number> {
  const since = `occurred_at >= make_timestamptz(${from * 1_000})`;
  const [row] = await history.rows(`
    SELECT count(*) FILTER (type = 'LeadHandedOff') AS handoffs, count(*) FILTER (type = 'DealOpened') AS deals, date_diff('day', min(occurred_at), max(occurred_at)) + 1 AS days
    FROM archive.facts WHERE type IN ('LeadHandedOff', 'DealOpened') AND ${since}`);
  const { handoffs, deals, days } = row as { handoffs: number; deals: number; days: number | null };
  return Math.max(10, Math.round(((handoffs || deals) * every) / (days ?? every)));
}

function summaryOf(
  { outcome, horizonDays, capacity, leads, outcomes, customersLeftOut, cutoffsIgnored, versions }: Omit<Backtest, 'summary'>,
  cutoffs: number,
): string[] {
  const percent = (value: number | undefined): string => (value === undefined ? 'unknown' : `${(100 * value).toFixed(1)} %`);
  const what = { accepted: 'accepted by sales', deal: 'a deal', won: 'won' }[outcome] ?? outcome;
  const lines = [
    `At ${counted(cutoffs, 'cut-off')} ${counted(leads, 'time')} a lead was eligible; ${outcomes} of them (${percent(share(outcomes, leads))}) were ${what} within ${counted(horizonDays, 'day')}.${customersLeftOut === 0 ? '' : ` Left out ${counted(customersLeftOut, 'time')}: leads that had already bought.`}${cutoffsIgnored === 0 ? '' : ` Ignored ${counted(cutoffsIgnored, 'cut-off')} with fewer than ${LEAST_CASES} leads to choose from.`}`,
  ];
  for (const { name, auc: area, precision, lift, recall, hot, calibration: calibrated, medianLeadTimeDays } of versions) {
    lines.push(
      `${name}: of two leads, one ${what} and one not, it ranks the first higher ${percent(area)} of the time. Of ${counted(capacity, 'lead')} at each cut-off ${percent(precision)} were ${what}` +
        `${lift === undefined ? '' : `, ${lift.toFixed(1)} times as many as by chance`}, which is ${percent(recall)} of all. ${hot.leads} were hot, and ${percent(hot.share)} of these succeeded.` +
        `${medianLeadTimeDays === undefined ? '' : ` Half of the picks that succeeded did so within ${counted(medianLeadTimeDays.toFixed(0), 'day')}.`}` +
        `${calibrated ? ` Chances predicted by its score are off by ${(100 * calibrated.error).toFixed(1)} points on average.` : ''}`,
    );
  }
  const [best, next] = [...versions].filter((one) => one.auc !== undefined).sort((a, b) => b.auc! - a.auc!);
  if (best && next)
    lines.push(
      best.auc! - next.auc! < 0.005
        ? `${best.name} and ${next.name} rank equally well.`
        : `${best.name} ranks better than ${next.name}: ${best.auc!.toFixed(3)} against ${next.auc!.toFixed(3)}.`,
    );
  return lines;
}
