export const SIGNS = ['positive', 'negative', 'any'] as const;

/**
 * What the document of a model says of the points that may be suggested for a rule. It changes no score, so documents that differ in it
 * only are one version.
 */
export interface StatedBounds {
  sign?: (typeof SIGNS)[number];
  min?: number;
  max?: number;
}

export interface PointBounds {
  least: number;
  most: number;
  /** What each comes from, where there is one. */
  by: { least?: 'sign' | 'min'; most?: 'sign' | 'max' };
}

/**
 * Without a `sign` it is that of the points that the rule has: whoever wrote that an inquiry gives 40 knows that it takes nothing away.
 * `min` and `max` take its
 * place where they say otherwise.
 */
export function boundsOf(points: number, { sign, min, max }: StatedBounds): PointBounds {
  const isPositive = sign === undefined ? points > 0 && !(max !== undefined && max < 0) : sign === 'positive';
  const isNegative = sign === undefined ? points < 0 && !(min !== undefined && min > 0) : sign === 'negative';
  return {
    least: min ?? (isPositive ? 0 : -Infinity),
    most: max ?? (isNegative ? 0 : Infinity),
    by: {
      least: min === undefined ? (isPositive ? 'sign' : undefined) : 'min',
      most: max === undefined ? (isNegative ? 'sign' : undefined) : 'max',
    },
  };
}
