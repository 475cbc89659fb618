/**
 * A sum of decimal points that does not depend on the order in which they were added: every term is rounded once to a
 * multiple of 2^-40, and what is rounded is added in whole numbers. So addition is associative and subtraction gives
 * back exactly what was added.
 */

/** Value = whole + fraction · 2^-40, canonical: 0 <= fraction < 2^40, both integers. */
export type Exact = readonly [whole: number, fraction: number];

export const UNIT = 2 ** 40;
export const ZERO: Exact = [0, 0];

/** Nearest multiple of 2^-40. Exact for any |value| < 2^52: the fractional part of a double is a double. */
export function exact(value: number): Exact {
  const whole = Math.floor(value) + 0;
  // -0 is not canonical.
  const fraction = Math.round((value - whole) * UNIT) + 0;
  return fraction === UNIT ? [whole + 1, 0] : [whole, fraction];
}

export function plus(a: Exact, b: Exact): Exact {
  const fraction = a[1] + b[1];
  return fraction >= UNIT ? [a[0] + b[0] + 1, fraction - UNIT] : [a[0] + b[0], fraction];
}

export function minus(a: Exact, b: Exact): Exact {
  const fraction = a[1] - b[1];
  return fraction < 0 ? [a[0] - b[0] - 1, fraction + UNIT] : [a[0] - b[0], fraction];
}

export const isZero = (sum: Exact): boolean => sum[0] === 0 && sum[1] === 0;
export const numberOf = ([whole, fraction]: Exact): number => whole + fraction / UNIT;
