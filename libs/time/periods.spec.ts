import fc from 'fast-check';
import { addDays } from './calendar';
import { daysOfPeriod, periodName, PERIODS, periodsLater, spanBefore, startOfPeriod } from './periods';

const day = fc.nat(60_000).map((n) => addDays('1950-01-01', n));
const month = fc.integer({ min: 1, max: 12 });

describe('periods of the calendar', () => {
  it.each([
    ['2026-06-17', 'day', '2026-06-17', '2026-06-17'],
    ['2026-06-17', 'week', '2026-06-15', '2026-06-15'],
    ['2026-06-17', 'month', '2026-06-01', '2026-06'],
    ['2026-06-30', 'quarter', '2026-04-01', '2026-Q2'],
    ['2026-07-01', 'quarter', '2026-07-01', '2026-Q3'],
    ['2026-04-01', 'fiscal-year', '2026-04-01', '2026'],
    ['2027-03-31', 'fiscal-year', '2026-04-01', '2026'],
  ] as const)('%s is in the %s that begins on %s and is named %s', (one, period, start, name) => {
    expect(startOfPeriod(one, period)).toBe(start);
    expect(periodName(start, period)).toBe(name);
  });

  it('a fiscal year that begins in January is the year, one that begins in October is named for that', () => {
    expect(startOfPeriod('2026-06-17', 'fiscal-year', 1)).toBe('2026-01-01');
    expect(startOfPeriod('2026-06-17', 'fiscal-year', 10)).toBe('2025-10-01');
    expect(daysOfPeriod('2025', 10)).toEqual({ period: 'fiscal-year', from: '2025-10-01', to: '2026-10-01' });
  });

  it('follow each other without a gap, and their names give them back', () => {
    fc.assert(
      fc.property(day, fc.constantFrom(...PERIODS), month, (one, period, fiscalYearStart) => {
        const start = startOfPeriod(one, period, fiscalYearStart);
        const next = periodsLater(start, period, 1);
        expect(start <= one && one < next).toBe(true);
        expect(startOfPeriod(addDays(next, -1), period, fiscalYearStart)).toBe(start);
        expect(startOfPeriod(next, period, fiscalYearStart)).toBe(next);
        expect(periodsLater(next, period, -1)).toBe(start);
        if (period !== 'day' && period !== 'week')
          expect(daysOfPeriod(periodName(start, period), fiscalYearStart)).toEqual({ period, from: start, to: next });
      }),
    );
  });

  it('the last ones that have a name end with the last day that sorts', () => {
    for (const [name, from] of [
      ['9999', '9999-04-01'],
      ['9999-Q4', '9999-10-01'],
      ['9999-12', '9999-12-01'],
    ] as const)
      expect(daysOfPeriod(name)).toMatchObject({ from, to: '9999-12-31' });
    expect(daysOfPeriod('9999-11')).toMatchObject({ to: '9999-12-01' });
  });

  it('only months, quarters and years have names', () => {
    for (const name of ['2026-13', '2026-Q5', '26', '2026-06-17', '', 'Q2']) expect(daysOfPeriod(name)).toBeUndefined();
  });

  it('whole months are compared with as many months before, other spans with as many days', () => {
    expect(spanBefore({ from: '2026-03-01', to: '2026-04-01' })).toEqual({ from: '2026-02-01', to: '2026-03-01' });
    expect(spanBefore({ from: '2026-01-01', to: '2027-01-01' })).toEqual({ from: '2025-01-01', to: '2026-01-01' });
    expect(spanBefore({ from: '2026-03-02', to: '2026-03-09' })).toEqual({ from: '2026-02-23', to: '2026-03-02' });
    expect(spanBefore({ from: '2026-03-01', to: '2026-03-31' })).toEqual({ from: '2026-01-30', to: '2026-03-01' });
  });

  it('by a period, what is compared with are the whole periods before those that the span touches', () => {
    expect(spanBefore({ from: '2026-03-15', to: '2026-05-02' }, 'month')).toEqual({ from: '2026-02-01', to: '2026-05-01' });
    expect(spanBefore({ from: '2026-04-15', to: '2026-04-16' }, 'fiscal-year', 4)).toEqual({ from: '2025-04-01', to: '2026-04-01' });
    expect(spanBefore({ from: '0001-01-01', to: '0001-01-02' }, 'week').from).toBe('0001-01-01');
  });
});
