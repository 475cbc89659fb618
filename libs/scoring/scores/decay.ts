import { exact, isZero, minus, numberOf, plus, ZERO, type Exact } from './exact-sum';

/**
 * Everything that decays with one half-life, as exact sums by period (Cormode et al., forward decay, ICDE 2009, with the
 * landmark moved on at every period so that nothing overflows). A contribution `points · 2^(-(t - at)/h)` of an event in
 * period n = floor(at / h) is `points · 2^(position inside the period)`, rounded once, times 2^(n - t/h).
 *
 * Flat, for small documents: [top, n, whole, fraction, n, whole, fraction, …] with n ascending. `top` is the latest
 * period of any event that matched, whether it was counted or not: what may be forgotten must not depend on order.
 */
export type Periods = number[];

/** Sums this many halvings older than the newest are forgotten: together they are less than points · 2^-63. */
export const KEPT_PERIODS = 64;

/** `halfLife` in ms; undefined: for ever, one period only. */
export function periodOf(at: number, halfLife: number | undefined): number {
  return halfLife === undefined ? 0 : Math.floor(at / halfLife);
}

/** What an event gives at the beginning of its period, as it is summed. */
export function quantum(points: number, at: number, halfLife: number | undefined): Exact {
  if (halfLife === undefined) return exact(points);
  return exact(points * 2 ** ((at - Math.floor(at / halfLife) * halfLife) / halfLife));
}

/** Advances `top` and drops periods that are too old to matter. Changes `periods`. */
export function reachPeriod(periods: Periods, n: number): void {
  if (periods.length === 0) periods.push(n);
  if (n <= periods[0]!) return;
  periods[0] = n;
  let old = 1;
  while (old < periods.length && periods[old]! <= n - KEPT_PERIODS) old += 3;
  if (old > 1) periods.splice(1, old - 1);
}

/** Adds (sign 1) or subtracts (sign -1) one contribution. Call `reachPeriod` for the event before. Changes `periods`. */
export function addToPeriod(periods: Periods, n: number, value: Exact, sign: 1 | -1): void {
  if (n <= periods[0]! - KEPT_PERIODS) return;
  let at = periods.length - 3;
  while (at >= 1 && periods[at]! > n) at -= 3;
  const found = at >= 1 && periods[at] === n;
  const before: Exact = found ? [periods[at + 1]!, periods[at + 2]!] : ZERO;
  const after = sign === 1 ? plus(before, value) : minus(before, value);
  if (found && isZero(after)) periods.splice(at, 3);
  else if (found) {
    periods[at + 1] = after[0];
    periods[at + 2] = after[1];
  } else if (!isZero(after)) periods.splice(at >= 1 ? at + 3 : 1, 0, n, after[0], after[1]);
}

/** `amount · 2^((anchor - t) / halfLife)`, all in ms. */
export interface DecayTerm {
  amount: number;
  anchor: number;
  halfLife: number;
}

/** A value over time: a constant and terms that fade. */
export interface Curve {
  constant: number;
  terms: readonly DecayTerm[];
}

/** One term for all periods, anchored at the latest; summed from the oldest, so from the smallest. */
export function termOf(periods: Periods, halfLife: number): DecayTerm {
  const top = periods[0]!;
  let amount = 0;
  for (let i = 1; i < periods.length; i += 3) amount += numberOf([periods[i + 1]!, periods[i + 2]!]) * 2 ** (periods[i]! - top);
  return { amount, anchor: top * halfLife, halfLife };
}

export const constantOf = (periods: Periods): number => (periods.length < 4 ? 0 : numberOf([periods[2]!, periods[3]!]));

/** Anchor and t are whole ms, so their difference is exact: nothing is lost by the size of a timestamp. */
export function valueAt(curve: Curve, t: number): number {
  let value = curve.constant;
  for (const { amount, anchor, halfLife } of curve.terms) value += amount * 2 ** ((anchor - t) / halfLife);
  return value;
}
