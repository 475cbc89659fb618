import { CronExpressionParser } from 'cron-parser';
import { counted } from '@leadlog/events';
import { localClock, localMoments } from '@leadlog/time';

const DAY = 86_400_000;
/** No clock change is larger, except when a country moves across the date line. */
const LARGEST_CHANGE = 3 * 3_600_000;
const EXPECTED = 'expected a cron expression of five fields (minute, hour, day of month, month, day of week) such as "0 6 * * 1-5"';

/** When something is due, on the clock of a time zone; exact minutes, ms since 1970. */
export interface DueTimes {
  /** The last due time that is not after `now`. */
  latest(now: number): number;
  /** The first due time after `now`. */
  next(now: number): number;
}

/** Throws a RangeError with what was expected and what was given. */
export function checkSchedule(expression: unknown): asserts expression is string {
  parsed(expression);
}

/**
 * Due times of a cron expression. A local time that a clock change skips is due when it would have been by the earlier offset; one that
 * occurs twice is due the first time, but both times if the expression runs every hour. The results of the parser around a clock change
 * depend on where the search begins, so it runs on a clock that never changes, and its results are converted here.
 */
export function dueTimes(expression: string, timezone: string): DueTimes {
  const everyHour = parsed(expression).fields.hour.values.length === 24;
  const moments = (clock: number): number[] => localMoments(clock, timezone).slice(0, everyHour ? 2 : 1);
  // Where no change is near, clock and time run side by side.
  const margin = (clock: number): number => (moments(clock + DAY)[0]! - moments(clock - DAY)[0]! === 2 * DAY ? 0 : LARGEST_CHANGE);
  const nearest = (now: number, direction: 1 | -1): number => {
    const from = localClock(now, timezone);
    const times = parsed(expression, from - direction * (margin(from) + 1));
    let found: { clock: number; at: number } | undefined;
    for (;;) {
      const clock = (direction === 1 ? times.next() : times.prev()).getTime();
      if (found && direction * (clock - found.clock) > margin(found.clock)) return found.at;
      for (const at of moments(clock))
        if (direction === 1 ? at > now && (!found || at < found.at) : at <= now && (!found || at > found.at)) found = { clock, at };
    }
  };
  return { latest: (now) => nearest(now, -1), next: (now) => nearest(now, 1) };
}

function parsed(expression: unknown, currentDate?: number) {
  const wrong = (why: string): never => {
    throw new RangeError(`${EXPECTED}, got ${JSON.stringify(expression)}${why}`);
  };
  if (typeof expression !== 'string') return wrong('');
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return wrong(` with ${counted(fields.length, 'field')}`);
  // To the parser it is a number that it draws, another one each time.
  if (fields.some((field) => /(^|[,/-])H([^A-Z]|$)/i.test(field))) return wrong('; H is not known here');
  try {
    return CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: new Date(currentDate ?? 0) });
  } catch (error) {
    return wrong(` (${(error as Error).message})`);
  }
}
