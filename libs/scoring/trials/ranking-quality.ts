/** How well a ranking predicted what then happened. `rank`: higher is sooner; `outcome`: whether it happened. */
export interface Ranked {
  leadId: string;
  rank: number;
  outcome: boolean;
}

/**
 * Area under the ROC curve: the chance that of a lead with the outcome and one without, the first is ranked higher; of equal ranks half
 * counts.
 * By rank sums (Mann, Whitney 1947). Undefined where all have the outcome, or none.
 */
export function auc(ranked: readonly Ranked[]): number | undefined {
  const sorted = [...ranked].sort((a, b) => a.rank - b.rank);
  const positives = sorted.reduce((count, { outcome }) => count + (outcome ? 1 : 0), 0);
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  // Pairs in halves, so that they are counted in whole numbers.
  let halves = 0;
  let below = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    let here = 0;
    while (to < sorted.length && sorted[to]!.rank === sorted[from]!.rank) here += sorted[to++]!.outcome ? 1 : 0;
    const without = to - from - here;
    halves += here * (2 * below + without);
    below += without;
    from = to;
  }
  return halves / (2 * positives * negatives);
}

/** The highest `capacity`; of equal ranks those with the lesser id, so that the same history gives the same picks. */
export function picks(ranked: readonly Ranked[], capacity: number): Ranked[] {
  return [...ranked].sort((a, b) => b.rank - a.rank || (a.leadId < b.leadId ? -1 : 1)).slice(0, capacity);
}

export const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

export const outcomesOf = (ranked: readonly Ranked[]): number => ranked.reduce((count, { outcome }) => count + (outcome ? 1 : 0), 0);

export interface CalibrationBin {
  leads: number;
  /** Mean of what was predicted, 0 to 1. */
  predicted: number;
  /** Share that had the outcome. */
  observed: number;
}

export interface Calibration {
  /** Ten of equal size by what was predicted, the lowest first. */
  bins: CalibrationBin[];
  /** Mean distance of predicted and observed over the leads (expected calibration error). */
  error: number;
}

const BINS = 10;

/** Undefined where there are fewer leads than bins. */
export function calibration(predicted: readonly { leadId: string; probability: number; outcome: boolean }[]): Calibration | undefined {
  if (predicted.length < BINS) return undefined;
  const sorted = [...predicted].sort((a, b) => a.probability - b.probability || (a.leadId < b.leadId ? -1 : 1));
  const bins = Array.from({ length: BINS }, (_, i) => {
    const mine = sorted.slice(Math.floor((i * sorted.length) / BINS), Math.floor(((i + 1) * sorted.length) / BINS));
    return {
      leads: mine.length,
      predicted: mine.reduce((sum, { probability }) => sum + probability, 0) / mine.length,
      observed: mine.reduce((sum, { outcome }) => sum + (outcome ? 1 : 0), 0) / mine.length,
    };
  });
  return {
    bins,
    error: bins.reduce((sum, { leads, predicted, observed }) => sum + leads * Math.abs(predicted - observed), 0) / sorted.length,
  };
}

/** Of an even number the mean of the two in the middle; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
