import type { Kpi } from '../../common/kpis';

export interface Line {
  group: string;
  rows: Kpi[];
}
/** Lines of one unit, which can share an axis. */
export interface Lines {
  currency?: string;
  lines: Line[];
}

/** A chart for each currency (one for what is no money), the one with the most lines first; in it, those with the most first. */
export function linesByCurrency(items: readonly Kpi[]): Lines[] {
  const charts = new Map<string | undefined, Map<string, Line>>();
  for (const row of items) {
    const lines = charts.get(row.currency) ?? new Map<string, Line>();
    charts.set(row.currency, lines);
    const group = row.group ?? '';
    const line = lines.get(group) ?? { group, rows: [] };
    lines.set(group, line);
    line.rows.push(row);
  }
  return [...charts]
    .map(([currency, lines]): Lines => {
      const some = [...lines.values()].filter((line) => size(line) > 0).sort((a, b) => size(b) - size(a));
      return { ...(currency !== undefined && { currency }), lines: some };
    })
    .filter(({ lines }) => lines.length > 0)
    .sort((a, b) => b.lines.length - a.lines.length || ((a.currency ?? '') < (b.currency ?? '') ? -1 : 1));
}

const size = ({ rows }: Line): number => rows.reduce((sum, { numerator, denominator }) => sum + (denominator ?? numerator), 0);
