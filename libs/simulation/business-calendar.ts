const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Japan has had no daylight saving since 1951, so its days are the days of UTC, nine hours earlier. */
const OFFSET = 9 * HOUR;

/** Months and days on which most Japanese companies are closed: New Year, Golden Week, Obon. */
const CLOSED = [
  ['12-29', '12-31'],
  ['01-01', '01-03'],
  ['04-29', '04-29'],
  ['05-03', '05-05'],
  ['08-13', '08-15'],
] as const;

/** Start of the day in Japan that holds `at`, ms. */
export function startOfDay(at: number): number {
  return Math.floor((at + OFFSET) / DAY) * DAY - OFFSET;
}

/** RFC 3339 in Japanese time, to the second. */
export function japaneseTime(at: number): string {
  return `${new Date(at + OFFSET).toISOString().slice(0, 19)}+09:00`;
}

/** 0 Sunday … 6 Saturday. */
export function weekday(day: number): number {
  return new Date(day + OFFSET).getUTCDay();
}

export function isWorkday(day: number): boolean {
  if ([0, 6].includes(weekday(day))) return false;
  const date = new Date(day + OFFSET).toISOString().slice(5, 10);
  return !CLOSED.some(([from, to]) => date >= from && date <= to);
}

/** The first workday at or after so many days behind this one. */
export function workdayAfter(day: number, days: number): number {
  let next = day + days * DAY;
  while (!isWorkday(next)) next += DAY;
  return next;
}

/** Business hours with a dip at lunch: weights by hour from 9 to 18. */
const OFFICE = [8, 14, 13, 5, 10, 13, 13, 12, 9, 3];
/** People also read in the train and in the evening. */
const READING = [1, 1, 1, 1, 1, 1, 2, 5, 8, 10, 9, 8, 9, 8, 8, 8, 8, 7, 6, 5, 5, 5, 4, 2];

export function officeMoment(day: number, random: { next(): number }): number {
  return day + (9 + weighted(OFFICE, random) + random.next()) * HOUR;
}

export function readingMoment(day: number, random: { next(): number }): number {
  return day + (weighted(READING, random) + random.next()) * HOUR;
}

function weighted(weights: readonly number[], random: { next(): number }): number {
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => (left -= weight) < 0);
  return index < 0 ? weights.length - 1 : index;
}
