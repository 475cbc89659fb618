import * as fc from 'fast-check';
import { clusteredErrors } from './clustered-errors';
import { fitToCases } from './fit-to-cases';
import { fitLogistic, probabilityOf, type Bounds, type Cases, type LogisticModel } from './logistic-regression';

type Case = readonly [features: readonly number[], outcome: 0 | 1, weight?: number];

const casesOf = (rows: readonly Case[]): Cases => ({
  width: rows[0]![0].length,
  features: Float64Array.from(rows.flatMap(([features]) => features)),
  outcomes: Uint8Array.from(rows, ([, outcome]) => outcome),
  weights: Float64Array.from(rows, ([, , weight = 1]) => weight),
});

/** The definition and nothing cleverer. */
const lossOf = (rows: readonly Case[], penalty: number, beta: readonly number[], intercept: number): number =>
  rows.reduce(
    (sum, [features, outcome, weight = 1]) => {
      const probability = probabilityOf(intercept + features.reduce((logit, value, i) => logit + value * beta[i]!, 0));
      return sum - weight * Math.log(outcome === 1 ? probability : 1 - probability);
    },
    (penalty / 2) * beta.reduce((sum, value) => sum + value ** 2, 0),
  );

const gradientOf = (
  rows: readonly Case[],
  penalty: number,
  { intercept, coefficients }: Pick<LogisticModel, 'intercept' | 'coefficients'>,
): number[] => {
  const errors = rows.map(
    ([features, outcome, weight = 1]) =>
      weight * (probabilityOf(intercept + features.reduce((logit, value, i) => logit + value * coefficients[i]!, 0)) - outcome),
  );
  return [
    ...Array.from(
      coefficients,
      (value, i) => penalty * value + rows.reduce((sum, [features], row) => sum + errors[row]! * features[i]!, 0),
    ),
    errors.reduce((sum, error) => sum + error, 0),
  ];
};

/** 3 of 10 without the feature, 8 of 10 with it. */
const TABLE: Case[] = Array.from({ length: 20 }, (_, i) => [[i < 10 ? 0 : 1], i < 3 || (i >= 10 && i < 18) ? 1 : 0]);

const WIDTH = 3;
const randomRows = fc
  .array(
    fc.tuple(
      fc.tuple(fc.integer({ min: -2, max: 3 }), fc.constantFrom(0, 0, 1, 2.5), fc.integer({ min: 0, max: 2 })),
      fc.constantFrom(0 as const, 1 as const),
      fc.integer({ min: 1, max: 4 }),
    ),
    { minLength: 6, maxLength: 60, size: 'max' },
  )
  // All of one outcome: the intercept has no end.
  .filter((rows) => new Set(rows.map(([, outcome]) => outcome)).size === 2);
const bound = fc.constantFrom(-Infinity, -1.5, -0.25, 0, 0.1, 0.8, Infinity);
const randomBounds: fc.Arbitrary<Bounds> = fc
  .array(fc.tuple(bound, bound), { minLength: WIDTH, maxLength: WIDTH })
  .map((pairs) => pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const))
  .filter((pairs) => pairs.every(([least, most]) => least < Infinity && most > -Infinity))
  .map((pairs) => ({ least: pairs.map(([least]) => least), most: pairs.map(([, most]) => most) }));

describe('a fit within bounds', () => {
  it('never leaves them, and is where no coefficient that is free to move would make it better', () => {
    let held = 0;
    fc.assert(
      fc.property(randomRows, randomBounds, fc.constantFrom(0.05, 1, 20), (rows, { least, most }, penalty) => {
        const model = fitLogistic(casesOf(rows), penalty, { least, most });
        const gradient = gradientOf(rows, penalty, model);
        for (const [i, value] of model.coefficients.entries()) {
          expect(value).toBeGreaterThanOrEqual(least[i]!);
          expect(value).toBeLessThanOrEqual(most[i]!);
          // Karush, Kuhn and Tucker: at a bound the slope points outwards, elsewhere there is none.
          const slope = Math.abs(gradient[i]!) < 1e-8 * rows.length ? 0 : gradient[i]!;
          if (slope > 0) expect(value).toBe(least[i]);
          if (slope < 0) expect(value).toBe(most[i]);
          if (slope !== 0) expect(model.held[i]).toBe(true);
          held += model.held[i] ? 1 : 0;
        }
        expect(Math.abs(gradient[WIDTH]!)).toBeLessThan(1e-8 * rows.length);
      }),
      { numRuns: 500 },
    );
    expect(held).toBeGreaterThan(200);
  });

  it('is the same as without where none is met, to the last digit that a fit has', () => {
    fc.assert(
      fc.property(randomRows, fc.constantFrom(0.5, 5), (rows, penalty) => {
        const free = fitLogistic(casesOf(rows), penalty);
        const around = {
          least: Array.from(free.coefficients, (value) => value - 0.5),
          most: Array.from(free.coefficients, (value) => value + 0.5),
        };
        const bounded = fitLogistic(casesOf(rows), penalty, around);
        for (const [i, value] of free.coefficients.entries()) expect(bounded.coefficients[i]).toBeCloseTo(value, 8);
        expect(bounded.held).toEqual([false, false, false]);
        expect(fitLogistic(casesOf(rows), penalty, { least: free.coefficients.map(() => -Infinity) as never, most: [] })).toEqual(free);
      }),
    );
  });

  it('is the lowest point of a fine grid', () => {
    const rows: Case[] = [
      [[1, 0], 0],
      [[1, 1], 0],
      [[2, 1], 0],
      [[0, 1], 1],
      [[0, 2], 1],
      [[1, 2], 1],
      [[0, 0], 0],
      [[3, 0], 0],
      [[1, 0], 1],
      [[0, 1], 0],
    ];
    const within = { least: [-0.2, 0], most: [0.5, 0.7] };
    const { coefficients, intercept } = fitLogistic(casesOf(rows), 0.5, within);
    let best = { loss: Infinity, at: [0, 0, 0] };
    for (let a = -0.2; a <= 0.5001; a += 0.02) {
      for (let b = 0; b <= 0.7001; b += 0.02) {
        for (let c = -2; c <= 1; c += 0.02) {
          const loss = lossOf(rows, 0.5, [a, b], c);
          if (loss < best.loss) best = { loss, at: [a, b, c] };
        }
      }
    }
    expect([...coefficients, intercept]).toEqual(best.at.map((value) => expect.closeTo(value, 1.5)));
    expect([coefficients[0], coefficients[1]]).toEqual([-0.2, 0.7]);
    expect(lossOf(rows, 0.5, [...coefficients], intercept)).toBeLessThanOrEqual(best.loss);
  });
});

describe('standard errors by clusters', () => {
  // Of the log of the odds ratio of a table: √(1/a + 1/b + 1/c + 1/d), Woolf 1955.
  const woolf = Math.sqrt(1 / 3 + 1 / 7 + 1 / 8 + 1 / 2);

  it('with every row a cluster are those of the table', () => {
    const cases = casesOf(TABLE);
    expect(
      clusteredErrors(
        cases,
        0,
        TABLE.map((_, i) => i),
        fitLogistic(cases, 0),
      )[0],
    ).toBeCloseTo(woolf * Math.sqrt(20 / 19), 9);
  });

  it('do not shrink when each case is told four times of the same lead, as they do when it is of four', () => {
    const fourfold = TABLE.flatMap((row) => [row, row, row, row]);
    const cases = casesOf(fourfold);
    const model = fitLogistic(cases, 0);
    expect(
      clusteredErrors(
        cases,
        0,
        fourfold.map((_, i) => Math.floor(i / 4)),
        model,
      )[0],
    ).toBeCloseTo(woolf * Math.sqrt(20 / 19), 9);
    expect(
      clusteredErrors(
        cases,
        0,
        fourfold.map((_, i) => i),
        model,
      )[0],
    ).toBeCloseTo((woolf / 2) * Math.sqrt(80 / 79), 9);
  });

  it('are those of the sandwich, computed by differences and a full inverse', () => {
    fc.assert(
      fc.property(randomRows, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 60, maxLength: 60 }), (rows, picked) => {
        const clusters = rows.map((_, row) => picked[row]!);
        const model = fitLogistic(casesOf(rows), 1);
        const at = [...model.coefficients, model.intercept];
        const gradientAt = (beta: readonly number[], some: readonly Case[], penalty: number) =>
          gradientOf(some, penalty, { intercept: beta[WIDTH]!, coefficients: Float64Array.from(beta.slice(0, WIDTH)) });
        const hessian = at.map((_, i) => {
          const [up, down] = [1e-5, -1e-5].map((step) =>
            gradientAt(
              at.map((value, j) => (i === j ? value + step : value)),
              rows,
              1,
            ),
          ) as [number[], number[]];
          return up.map((value, j) => (value - down[j]!) / 2e-5);
        });
        const sums = [...new Set(clusters)].map((cluster) =>
          gradientAt(
            at,
            rows.filter((_, row) => clusters[row] === cluster),
            0,
          ),
        );
        const inverse = inverseOf(hessian);
        const moved = sums.map((sum) => inverse.map((line) => line.reduce((total, value, j) => total + value * sum[j]!, 0)));
        const expected = Array.from({ length: WIDTH }, (_, i) =>
          Math.sqrt((sums.length / Math.max(1, sums.length - 1)) * moved.reduce((total, one) => total + one[i]! ** 2, 0)),
        );
        expect([...clusteredErrors(casesOf(rows), 1, clusters, model)]).toEqual(expected.map((error) => expect.closeTo(error, 5)));
      }),
    );
  });

  it('of what is held at a bound there are none, and the others are those of a fit without it', () => {
    const rows: Case[] = TABLE.map(([[feature], outcome], i) => [[feature!, i % 3], outcome]);
    const held = fitLogistic(casesOf(rows), 0, { least: [-Infinity, 0], most: [Infinity, 0] });
    const errors = clusteredErrors(
      casesOf(rows),
      0,
      rows.map((_, i) => i),
      { ...held, held: [false, true] },
    );
    expect([...errors]).toEqual([expect.closeTo(woolf * Math.sqrt(20 / 19), 9), 0]);
  });
});

describe('points that are held', () => {
  it('are told with what the history says, where the others are still within their bounds', () => {
    // The first is against all sense, and the second goes with it.
    const rows: Case[] = Array.from({ length: 400 }, (_, i) => [
      [i % 5 === 0 ? 1 : 0, i % 10 < 4 ? 1 : 0, (i * 7) % 11 < 5 ? 1 : 0],
      (i % 5 === 0 ? i % 50 === 0 : i % 2 === 0) ? 1 : 0,
    ]);
    const past = { cases: casesOf(rows), folds: Uint8Array.from(rows, (_, i) => i % 4), leads: Uint32Array.from(rows, (_, i) => i) };
    const bounds = { least: [0, -Infinity, 0], most: [Infinity, Infinity, Infinity] };
    const { penalty, coefficients, unheld } = fitToCases(past, bounds);
    expect(coefficients[0]).toEqual({ value: 0, error: 0 });
    expect(unheld.get(0)!.value).toBeLessThan(-0.3);
    expect(unheld.get(0)!.error).toBeGreaterThan(0);
    const without = fitToCases({ ...past, cases: casesOf(rows) }, { least: [-Infinity, -Infinity, 0], most: bounds.most });
    if (without.penalty === penalty) expect(unheld.get(0)!.value).toBeCloseTo(without.coefficients[0]!.value, 8);
    expect(without.unheld.has(0)).toBe(false);
  });
});

/** Gauss and Jordan. */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((line, i) => [...line, ...Array.from({ length: size }, (_, j) => Number(i === j))]);
  for (let i = 0; i < size; i += 1) {
    const pivot = rows.slice(i).reduce((best, line, at) => (Math.abs(line[i]!) > Math.abs(rows[best]![i]!) ? i + at : best), i);
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    rows[i] = rows[i]!.map((value) => value / rows[i]![i]!);
    for (let other = 0; other < size; other += 1)
      if (other !== i) rows[other] = rows[other]!.map((value, j) => value - rows[other]![i]! * rows[i]![j]!);
  }
  return rows.map((line) => line.slice(size));
}
