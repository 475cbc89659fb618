/** Cell → the amount to add to its sum. */
export type Cells = Readonly<Record<string, number>>;

/** What groups of leads add as a whole minus what their leads add one by one, for all groups together. */
export class Differences {
  /** By how a cell begins, up to its day: a question is about the cells of a few metrics. */
  private readonly byMetric = new Map<string, Map<string, number>>();

  /** `sign`: -1 reverts an earlier addition. */
  add(cells: Iterable<readonly [string, number]>, sign: 1 | -1 = 1): void {
    for (const [cell, n] of cells) {
      const metric = metricOf(cell);
      let sums = this.byMetric.get(metric);
      if (sums === undefined) this.byMetric.set(metric, (sums = new Map()));
      const sum = (sums.get(cell) ?? 0) + sign * n;
      if (sum === 0) sums.delete(cell);
      else sums.set(cell, sum);
    }
  }

  /** Of one metric: cells with from <= name < to. */
  *between(from: string, to: string): Iterable<readonly [string, number]> {
    for (const entry of this.byMetric.get(metricOf(from)) ?? []) if (entry[0] >= from && entry[0] < to) yield entry;
  }
}

const DAY = /\d{4}-\d{2}-\d{2}/;
const metricOf = (cell: string): string => cell.slice(0, cell.search(DAY));

/** Most cells are the same on both sides; those leave nothing behind. */
export function differenceOf(plus: Cells, minus: readonly Cells[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [cells, sign] of [[plus, 1] as const, ...minus.map((one) => [one, -1] as const)]) {
    for (const cell in cells) sums.set(cell, (sums.get(cell) ?? 0) + sign * cells[cell]!);
  }
  return [...sums].filter(([, sum]) => sum !== 0);
}
