import { kpiTable, type Kpi } from './kpi-table';

describe('the table of KPIs by hour of the week', () => {
  const kpi = 'answer-rate-by-hour';
  const row = (group: string, weekday: number, hour: number, value: number, sure: boolean): Kpi => ({
    kpi,
    label: '応答率',
    group,
    weekday,
    hour,
    sure,
    numerator: 100 * value,
    denominator: 100,
    value,
    basis: 'event',
    openShare: null,
  });

  it('has a column for each hour in the order of the week, and marks what few calls say', () => {
    const items = [row('a', 1, 10, 0.5, true), row('a', 2, 9, 0.25, false), row('b', 1, 9, 0.4, true), row('b', 1, 10, 0.3, false)];
    const [, head, , a, b] = kpiTable({ by: 'team', period: 'none', timezone: 'Asia/Tokyo', items }).split('\n');
    const cells = (line = '') =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim());
    expect([head, a, b].map(cells)).toEqual([
      ['team', `${kpi} Mon 9:00`, `${kpi} Mon 10:00`, `${kpi} Tue 9:00`],
      ['a', '', '50.0 %', '25.0 % ?'],
      ['b', '40.0 %', '30.0 % ?', ''],
    ]);
  });
});
