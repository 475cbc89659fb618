import type { Kpi } from '../../common/kpis';
import { cellOf, creditedSteps, targetOf } from './board-cells';
import type { BoardStep } from './board-measure';

const step = (kpi: string, currency?: string) => ({ kpi, currency }) as BoardStep;
const row = (kpi: string, group: string, value: number, currency?: string) => ({ kpi, group, value, currency }) as Kpi;
const target = (kpi: string, scopeId: string, value: number, currency?: string) =>
  ({ kpi, scopeId, value, currency }) as Parameters<typeof targetOf>[0][number];

describe('the numbers of a team on the board', () => {
  it('are in a column for each step and currency, in the order of the work', () => {
    const steps = [step('amount-won', 'JPY'), step('leads'), step('amount-won', 'USD'), step('wins'), step('handoffs')];
    expect(creditedSteps(steps).map(({ kpi, currency }) => [kpi, currency])).toEqual([
      ['handoffs', undefined],
      ['wins', undefined],
      ['amount-won', 'JPY'],
      ['amount-won', 'USD'],
    ]);
  });

  it('are of the currency of the column, as is their target', () => {
    const rows = [row('amount-won', 'field', 900, 'USD'), row('amount-won', 'field', 2_000_000, 'JPY'), row('wins', 'field', 2)];
    expect(cellOf(rows, 'field', step('amount-won', 'JPY'))?.value).toBe(2_000_000);
    expect(cellOf(rows, 'field', step('amount-won', 'EUR'))).toBeUndefined();
    expect(cellOf(rows, 'field', step('wins'))?.value).toBe(2);
    const targets = [target('amount-won', 'field', 1_000, 'USD'), target('wins', 'field', 4)];
    expect(targetOf(targets, 'field', step('amount-won', 'JPY'))).toBeUndefined();
    expect(targetOf(targets, 'field', step('amount-won', 'USD'))?.value).toBe(1_000);
    expect(targetOf(targets, 'field', step('wins'))?.value).toBe(4);
  });
});
