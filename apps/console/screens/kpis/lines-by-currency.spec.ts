import type { Kpi } from '../../common/kpis';
import { linesByCurrency } from './lines-by-currency';

const row = (group: string | undefined, numerator: number, currency?: string, denominator: number | null = null) =>
  ({ group, numerator, denominator, currency, value: numerator }) as Kpi;

describe('lines of a KPI over time', () => {
  it('are in one chart, those with the most first, and none for nothing', () => {
    const [only, ...others] = linesByCurrency([row('a', 1), row('b', 5), row('a', 1), row('c', 0)]);
    expect(others).toEqual([]);
    expect(only!.currency).toBeUndefined();
    expect(only!.lines.map(({ group, rows }) => [group, rows.length])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('are in charts of their own by currency, whatever the sums', () => {
    const charts = linesByCurrency([row('a', 9_000_000, 'JPY'), row('a', 100, 'USD'), row('b', 200, 'USD'), row(undefined, 0, 'EUR')]);
    expect(charts.map(({ currency, lines }) => [currency, lines.map(({ group }) => group)])).toEqual([
      ['USD', ['b', 'a']],
      ['JPY', ['a']],
    ]);
  });

  it('of shares go by how much they are shares of', () => {
    expect(linesByCurrency([row('a', 3, undefined, 3), row('b', 1, undefined, 40)])[0]!.lines.map(({ group }) => group)).toEqual([
      'b',
      'a',
    ]);
  });
});
