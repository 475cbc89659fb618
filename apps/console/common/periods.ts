/** Months (2026-11), quarters (2026-Q4) and fiscal years (2026), as the engine names them. */
export type PeriodKind = 'month' | 'quarter' | 'year';

export const kindOfPeriod = (period: string): PeriodKind => (/^\d{4}$/.test(period) ? 'year' : period.includes('Q') ? 'quarter' : 'month');

/** A period as an address may have it, else undefined. */
export const periodIn = (text: string | undefined): string | undefined =>
  text !== undefined && /^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$/.test(text) ? text : undefined;

/** So many after it; before, if less than none. */
export function periodAfter(period: string, by: number): string {
  const [year = '', part = ''] = period.split('-');
  const kind = kindOfPeriod(period);
  if (kind === 'year') return String(Number(year) + by);
  const size = kind === 'quarter' ? 4 : 12;
  const number = Number(year) * size + Number(part.replace('Q', '')) - 1 + by;
  const of = (number % size) + 1;
  return `${Math.floor(number / size)}-${kind === 'quarter' ? `Q${of}` : String(of).padStart(2, '0')}`;
}

/** The one of this kind in which a day (YYYY-MM-DD) is. `fiscalYearStart`: its first month. */
export function periodOf(day: string, kind: PeriodKind, fiscalYearStart = 4): string {
  const [year = '', month = ''] = day.split('-');
  if (kind === 'month') return `${year}-${month}`;
  if (kind === 'quarter') return `${year}-Q${Math.ceil(Number(month) / 3)}`;
  return String(Number(month) < fiscalYearStart ? Number(year) - 1 : Number(year));
}

/** The first day, and the day after the last; of a month or quarter, which need no fiscal year. */
export function daysOf(period: string, fiscalYearStart = 4): { from: string; to: string } {
  const first = (of: string): string => {
    const [year = '', part = ''] = of.split('-');
    const month = kindOfPeriod(of) === 'year' ? fiscalYearStart : part.startsWith('Q') ? (Number(part.slice(1)) - 1) * 3 + 1 : Number(part);
    return `${year}-${String(month).padStart(2, '0')}-01`;
  };
  return { from: first(period), to: first(periodAfter(period, 1)) };
}
