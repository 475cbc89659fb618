/** A length of time, and how often it was. */
export interface Length {
  ms: number;
  times: number;
}

/** The length at a place (from 1) among all in order, in minutes; null beyond the last, and before the first. */
export function minutesAt(lengths: readonly Length[], place: number): number | null {
  let before = 0;
  for (const { ms, times } of lengths.toSorted((a, b) => a.ms - b.ms)) {
    before += times;
    if (place > 0 && before >= place) return ms / 60_000;
  }
  return null;
}

/** How many left a stage after so many days, and how many are in it for so many days so far. */
export interface Stay {
  days: number;
  left: number;
  staying: number;
}

/** What rounding adds to an exact half is less than this. */
const ROUNDING = 1e-9;

/**
 * The days after which half have left a stage, by Kaplan and Meier (1958): those that are still in it count for as long as they have been; null
 * if by the last day that is known more than half are still there.
 */
export function medianStay(stays: readonly Stay[]): number | null {
  const byDays = new Map<number, Stay>();
  for (const { days, left, staying } of stays) {
    const known = byDays.get(days);
    byDays.set(days, { days, left: left + (known?.left ?? 0), staying: staying + (known?.staying ?? 0) });
  }
  let there = stays.reduce((all, { left, staying }) => all + left + staying, 0);
  let share = 1;
  for (const { days, left, staying } of [...byDays.values()].sort((a, b) => a.days - b.days)) {
    share *= 1 - left / there;
    if (share <= 0.5 + ROUNDING) return days;
    there -= left + staying;
  }
  return null;
}
