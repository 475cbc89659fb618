import { localClock, localMoments } from '@leadlog/time';
import { hourCell, HOUR_CELLS } from './work-facts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HOURS_OF_A_WEEK = 7 * 24;
/** Of a longer time, the hours of the first of its days are looked at. */
const MOST_DAYS = 14;
/** As many calls of an average hour are added to each, so that few calls do not make an hour the best. */
const PRIOR_CALLS = 20;

/** By hour of the week, from Monday 00:00: how likely a call is answered. */
export type AnswerRates = ReadonlyMap<number, number>;

/** From the tallies of `sales-work` whose names begin with HOUR_CELLS. */
export function answerRatesOf(tallies: readonly (readonly [cell: string, sum: number])[]): AnswerRates {
  const cells = new Map(tallies);
  const total = (metric: string): number =>
    tallies.reduce((sum, [cell, n]) => (cell.startsWith(`${HOUR_CELLS}${metric}|`) ? sum + n : sum), 0);
  const [called, answered] = [total('called'), total('answered')];
  const rates = new Map<number, number>();
  if (called === 0) return rates;
  for (let weekday = 1; weekday <= 7; weekday += 1)
    for (let hour = 0; hour < 24; hour += 1) {
      const calls = cells.get(hourCell('called', weekday, hour)) ?? 0;
      if (calls > 0)
        rates.set(
          (weekday - 1) * 24 + hour,
          ((cells.get(hourCell('answered', weekday, hour)) ?? 0) + (PRIOR_CALLS * answered) / called) / (calls + PRIOR_CALLS),
        );
    }
  return rates;
}

/**
 * The hour after `from` and up to `until` (ms) at which calls are answered most often, the first of equal ones; `until`, if nobody has
 * called at any of them yet.
 */
export function bestHourBetween(from: number, until: number, rates: AnswerRates, timezone: string): number {
  if (rates.size === 0) return until;
  // As the clock shows them: hours are hours there.
  const [begin, end] = [localClock(from, timezone), localClock(Math.min(until, from + MOST_DAYS * DAY), timezone)];
  let best: { clock: number; rate: number } | undefined;
  for (let clock = Math.floor(begin / HOUR) * HOUR + HOUR; clock <= end; clock += HOUR) {
    const rate = rates.get(slotOf(clock));
    if (rate !== undefined && (best === undefined || rate > best.rate)) best = { clock, rate };
  }
  return best ? Math.min(localMoments(best.clock, timezone)[0]!, until) : until;
}

/** 1970-01-01 was a Thursday. */
const slotOf = (clock: number): number => (Math.floor(clock / HOUR) + 3 * 24) % HOURS_OF_A_WEEK;
