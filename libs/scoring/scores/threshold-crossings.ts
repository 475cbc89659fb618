import { valueAt, type Curve } from './decay';

/** a · 2^(-rate · x), x in ms. */
interface Exponential {
  a: number;
  rate: number;
}

/** Times beyond this are no dates any more (ECMAScript time values end here). */
const END_OF_TIME = 8.64e15;

/**
 * Every moment (whole ms) after `from` at which the curve passes `threshold`: the first ms at which `value >= threshold`
 * answers otherwise than in the ms before. Ascending.
 *
 * An exponential sum of m terms has at most m - 1 zeros. They are isolated by Rolle's theorem: times the slowest term's
 * inverse, one term becomes a constant, so the derivative is a sum of m - 1 terms, whose zeros (found the same way) part
 * the axis into stretches on which the sum is monotone and has at most one zero. A zero in which the curve only touches
 * the threshold is none.
 */
export function crossings(curve: Curve, threshold: number, from: number): number[] {
  const sum = collect([
    { a: curve.constant - threshold, rate: 0 },
    ...curve.terms.map(({ amount, anchor, halfLife }) => ({ a: amount * 2 ** ((anchor - from) / halfLife), rate: 1 / halfLife })),
  ]);
  const above = (t: number): boolean => valueAt(curve, t) >= threshold;
  const found: number[] = [];
  for (const [low, high] of bracketsOf(sum)) {
    // The zero lies in between, but the ms around it are judged by the curve itself, as everybody else does.
    let before = from + Math.floor(low);
    let after = from + Math.ceil(high);
    if (after > END_OF_TIME || above(before) === above(after)) continue;
    const start = above(before);
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (above(middle) === start) before = middle;
      else after = middle;
    }
    if (after > from && after !== found.at(-1)) found.push(after);
  }
  return found;
}

/** Terms of one rate together, slowest first, without those that are nothing. */
function collect(terms: readonly Exponential[]): Exponential[] {
  const byRate = new Map<number, number>();
  for (const { a, rate } of terms) byRate.set(rate, (byRate.get(rate) ?? 0) + a);
  return [...byRate]
    .map(([rate, a]) => ({ a, rate }))
    .filter(({ a }) => a !== 0)
    .sort((one, other) => one.rate - other.rate);
}

/** Intervals [low, high] of x >= 0, ascending, in each of which the sum changes its sign exactly once, narrowed a little. */
function bracketsOf(sum: readonly Exponential[]): [number, number][] {
  if (sum.length < 2 || sum.every(({ a }) => a > 0) || sum.every(({ a }) => a < 0)) return [];
  const slowest = sum[0]!.rate;
  const flattened = sum.map(({ a, rate }) => ({ a, rate: rate - slowest }));
  const slope = flattened.slice(1).map(({ a, rate }) => ({ a: -a * rate, rate }));
  const turns = bracketsOf(slope).map((bracket) => zeroIn(slope, bracket));
  const brackets: [number, number][] = [];
  let low = 0;
  for (const turn of turns) {
    if (signAt(flattened, low) * signAt(flattened, turn) < 0) brackets.push([low, turn]);
    low = turn;
  }
  const end = Math.sign(flattened[0]!.a);
  if (signAt(flattened, low) * end < 0) {
    let step = 1 / flattened[1]!.rate;
    while (signAt(flattened, low + step) !== end) step *= 2;
    brackets.push([low, low + step]);
  }
  return brackets;
}

/** To about a thousandth of a ms, or as near as doubles go. */
function zeroIn(sum: readonly Exponential[], [from, to]: [number, number]): number {
  const start = signAt(sum, from);
  let low = from;
  let high = to;
  for (let i = 0; i < 100 && high - low > 0.001; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (signAt(sum, middle) === start) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function signAt(sum: readonly Exponential[], x: number): number {
  let value = 0;
  for (const { a, rate } of sum) value += a * 2 ** (-rate * x);
  return Math.sign(value);
}
