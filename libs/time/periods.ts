import { addDays, daysBetween } from './calendar';
import { LAST_DAY } from './calendar-text';

/**
 * Periods of the calendar that people report by. A period is named by a day (its own, or the Monday of the week), by a month (2026-04), a
 * quarter of the calendar year (2026-Q2: April to June), or by the year in which a fiscal year begins (2026).
 */
export const PERIODS = ['day', 'week', 'month', 'quarter', 'fiscal-year'] as const;
export type Period = (typeof PERIODS)[number];

/** Month (1 to 12) with which a fiscal year begins, where nothing else is set. */
export const FISCAL_YEAR_START = 4;

/** Days YYYY-MM-DD; `to` is not included. */
export interface DaySpan {
  from: string;
  to: string;
}

const MONTHS = { month: 1, quarter: 3, 'fiscal-year': 12 };

/** The first day of the period that a day is in. */
export function startOfPeriod(day: string, period: Period, fiscalYearStart = FISCAL_YEAR_START): string {
  if (period === 'day') return day;
  if (period === 'week') return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
  const after = period === 'fiscal-year' ? fiscalYearStart - 1 : 0;
  const months = monthsOf(day);
  return firstDay(months - ((months - after) % MONTHS[period]));
}

/** The first day of the period that is `count` after the one which begins on that day (before it, if negative). */
export function periodsLater(start: string, period: Period, count: number): string {
  if (period === 'day') return addDays(start, count);
  if (period === 'week') return addDays(start, 7 * count);
  return firstDay(monthsOf(start) + MONTHS[period] * count);
}

/** How the period is named which begins on that day. */
export function periodName(start: string, period: Period): string {
  if (period === 'quarter') return `${start.slice(0, 4)}-Q${Math.ceil(Number(start.slice(5, 7)) / 3)}`;
  if (period === 'fiscal-year') return start.slice(0, 4);
  return period === 'month' ? start.slice(0, 7) : start;
}

const NAME = /^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$/;

/** The days of a month, quarter or fiscal year, by its name; undefined if no period is named so. */
export function daysOfPeriod(name: string, fiscalYearStart = FISCAL_YEAR_START): (DaySpan & { period: Period }) | undefined {
  const [, year, quarter, month] = NAME.exec(name) ?? [];
  if (year === undefined) return undefined;
  const period = quarter ? 'quarter' : month ? 'month' : 'fiscal-year';
  const first = month ? Number(month) : quarter ? 3 * Number(quarter) - 2 : fiscalYearStart;
  const from = `${year}-${twoDigits(first)}-01`;
  return { period, from, to: periodsLater(from, period, 1) };
}

/**
 * The days that a span is compared with: with a period, those of the periods before the ones that the span touches, as a whole; without,
 * as many whole months before it if it consists of whole months, else as many days.
 */
export function spanBefore({ from, to }: DaySpan, period?: Period, fiscalYearStart?: number): DaySpan {
  if (period !== undefined) {
    const [first, last] = [from, addDays(to, -1)].map((day) => startOfPeriod(day, period, fiscalYearStart)) as [string, string];
    return { from: notTooEarly(periodsLater(first, period, -1)), to: notTooEarly(last) };
  }
  if (from.endsWith('-01') && to.endsWith('-01')) return { from: notTooEarly(firstDay(2 * monthsOf(from) - monthsOf(to))), to: from };
  return { from: notTooEarly(addDays(from, -daysBetween(from, to))), to: from };
}

/** Years before the first have no text that sorts. */
export const FIRST_DAY = '0001-01-01';
const notTooEarly = (day: string): string => (day < FIRST_DAY ? FIRST_DAY : day);

/** Months since the year 0. */
const monthsOf = (day: string): number => 12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7)) - 1;
const firstDay = (months: number): string =>
  months >= 12 * 10_000 ? LAST_DAY : `${String(Math.floor(months / 12)).padStart(4, '0')}-${twoDigits((months % 12) + 1)}-01`;
const twoDigits = (number: number): string => String(number).padStart(2, '0');
