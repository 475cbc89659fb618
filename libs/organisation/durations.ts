import type { BusinessTime } from './business-time';

/** A length of time; or of business hours; or so many business days. */
export type Duration = { readonly ms: number } | { readonly businessMs: number } | { readonly businessDays: number };

const LENGTHS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
export const DURATION_PATTERN = '^[1-9][0-9]{0,4}b?[mhd]$';
export const DURATION_EXAMPLES = '30m, 4h or 1d, or in business time 30bm, 4bh or 1bd';

/** `30m`, `4h`, `1d`: lengths of time; `30bm`, `4bh`, `1bd`: of business time. Undefined if the text is no duration. */
export function parseDuration(text: string): Duration | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  const count = Number.parseInt(text, 10);
  const unit = text.at(-1) as keyof typeof LENGTHS;
  if (text.at(-2) !== 'b') return { ms: count * LENGTHS[unit] };
  return unit === 'd' ? { businessDays: count } : { businessMs: count * LENGTHS[unit] };
}

/** When it is over, begun at `at` (ms), for somebody who works by this calendar. Throws NeverAtWork. */
export function dueAfter(at: number, duration: Duration, time: BusinessTime): number {
  if ('ms' in duration) return at + duration.ms;
  return 'businessMs' in duration ? time.add(at, duration.businessMs) : time.addWorkingDays(at, duration.businessDays);
}
