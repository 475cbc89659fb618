const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day that exists, YYYY-MM-DD. */
export function isCalendarDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS[month - 1]! + (leap ? 1 : 0);
}

/** The last day of which the text sorts. */
export const LAST_DAY = '9999-12-31';
/** From here on it is a later day somewhere: at most 14 hours east of Greenwich. */
const TOO_LATE = Date.parse(`${LAST_DAY}T10:00:00Z`);

/**
 * A moment in RFC 3339 with an offset (`Z` or `+09:00`), on a day that exists, and not later than the last day in any time zone. A local time
 * without an offset is none.
 */
export function isTimestamp(text: string): boolean {
  return isMomentOfAnyYear(text) && !isBeyond(text);
}

/** Written as a moment, but later than the last day in some time zone. */
export const isTooLate = (text: string): boolean => isMomentOfAnyYear(text) && isBeyond(text);

const isMomentOfAnyYear = (text: string): boolean => TIMESTAMP.test(text) && isCalendarDate(text.slice(0, 10));
const isBeyond = (text: string): boolean => text.startsWith(LAST_DAY) && Date.parse(text) >= TOO_LATE;

/** What to expect of a moment that is too late. */
export const NOT_TOO_LATE = `a moment that is not after ${LAST_DAY} in any time zone`;
