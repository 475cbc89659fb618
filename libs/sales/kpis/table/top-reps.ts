import { addDays, periodsLater, startOfPeriod, type DaySpan } from '@leadlog/time';
import type { KpiPeriod } from '../kpi-query';
import type { Cell, ReadCells } from './kpi-cells';

/** Wins in four quarters that it takes to be compared. */
const ENOUGH_WINS = 5;

/**
 * Cells of metrics by representative, only of the best, or only of the rest: those who won most over the four quarters up to the one in which
 * the period of the cell ends are the best quarter of those with enough wins. Amounts in different currencies are not compared: who is among
 * the best in one is among the best.
 */
export async function cellsOfRated(
  which: 'best' | 'rest',
  { span, period, fiscalYearStart }: { span: DaySpan; period: KpiPeriod; fiscalYearStart?: number },
  cells: ReadCells,
  metrics: readonly string[],
): Promise<Cell[][]> {
  const rated = await Promise.all(metrics.map((metric) => cells(span, { source: 'sales', metric, by: 'rep' })));
  const quarterOf = (day: string): string => {
    const last =
      period === 'none' ? addDays(span.to, -1) : addDays(periodsLater(startOfPeriod(day, period, fiscalYearStart), period, 1), -1);
    return startOfPeriod(last, 'quarter');
  };
  const best = new Map<string, ReadonlySet<string>>();
  for (const quarter of new Set(rated.flat().map(({ day }) => quarterOf(day)))) {
    const year = { from: periodsLater(quarter, 'quarter', -3), to: periodsLater(quarter, 'quarter', 1) };
    const [wins, amounts] = await Promise.all([
      cells(year, { source: 'sales', metric: 'won', by: 'rep' }),
      cells(year, { source: 'sales', metric: 'amount-won', infix: 'currency', by: 'rep' }),
    ]);
    best.set(quarter, bestOf(wins, amounts));
  }
  return rated.map((list) => list.filter(({ day, who }) => best.get(quarterOf(day))!.has(who) === (which === 'best')));
}

function bestOf(wins: readonly Cell[], amounts: readonly Cell[]): ReadonlySet<string> {
  const counted = new Map<string, number>();
  for (const { who, sum } of wins) counted.set(who, (counted.get(who) ?? 0) + sum);
  const won = new Map<string, Map<string, number>>();
  for (const { who, infix: currency = '', sum } of amounts) {
    if (who === '' || (counted.get(who) ?? 0) < ENOUGH_WINS) continue;
    const by = won.get(currency) ?? new Map<string, number>();
    won.set(currency, by.set(who, (by.get(who) ?? 0) + sum));
  }
  return new Set(
    [...won.values()].flatMap((by) =>
      [...by]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .slice(0, Math.ceil(by.size / 4))
        .map(([rep]) => rep),
    ),
  );
}
