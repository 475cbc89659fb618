import { spanOf } from './sales.handlers';

describe('the days of KPIs', () => {
  it('are the thirty before the end, if only that is given', () => {
    expect(spanOf({ to: '2026-07-01' }, '2026-06-04')).toEqual({ from: '2026-06-01', to: '2026-07-01' });
    expect(spanOf({}, '2026-06-30')).toEqual({ from: '2026-06-01', to: '2026-07-01' });
  });

  it('are none before the year 0', () => {
    expect(spanOf({ to: '0000-01-01' }, '2026-06-04')).toEqual({ from: '0000-01-01', to: '0000-01-01' });
    expect(spanOf({}, '0000-01-01')).toEqual({ from: '0000-01-02', to: '0000-01-02' });
  });
});
