import fc from 'fast-check';
import { addToPeriod, periodOf, quantum, reachPeriod, termOf, valueAt, type Curve, type Periods } from './decay';
import { exact, minus, plus } from './exact-sum';
import { crossings } from './threshold-crossings';

const DAY = 86_400_000;
const points = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe('exact sums', () => {
  it('are associative and commutative', () => {
    fc.assert(
      fc.property(points, points, points, (a, b, c) => {
        expect(plus(plus(exact(a), exact(b)), exact(c))).toEqual(plus(exact(c), plus(exact(b), exact(a))));
      }),
    );
  });

  it('give back exactly what was added', () => {
    fc.assert(fc.property(points, points, (a, b) => expect(minus(plus(exact(a), exact(b)), exact(b))).toEqual(exact(a))));
  });
});

describe('decay', () => {
  it('halves a contribution with every half-life', () => {
    const periods: Periods = [];
    reachPeriod(periods, periodOf(10 * DAY, 7 * DAY));
    addToPeriod(periods, periodOf(10 * DAY, 7 * DAY), quantum(16, 10 * DAY, 7 * DAY), 1);
    const curve = { constant: 0, terms: [termOf(periods, 7 * DAY)] };
    expect([0, 1, 2, 4].map((n) => valueAt(curve, (10 + 7 * n) * DAY))).toEqual([16, 8, 4, 1].map((value) => expect.closeTo(value, 9)));
  });
});

describe('crossings of a threshold', () => {
  it('are those that a dense sampling sees, also where negative contributions fade', () => {
    const term = fc.record({
      amount: fc.integer({ min: -60, max: 60 }),
      anchor: fc.constant(0),
      halfLife: fc.constantFrom(DAY / 4, DAY, 3 * DAY, 7 * DAY),
    });
    fc.assert(
      fc.property(
        fc.array(term, { maxLength: 5 }),
        fc.integer({ min: -30, max: 30 }),
        fc.integer({ min: -40, max: 40 }),
        (terms, constant, threshold) => {
          const curve: Curve = { constant, terms };
          const found = crossings(curve, threshold + 0.5, 0);
          for (const t of found) expect(valueAt(curve, t) >= threshold + 0.5).toBe(!(valueAt(curve, t - 1) >= threshold + 0.5));
          let at = 0;
          const step = DAY / 8;
          for (let t = 0; t < 60 * DAY; t += step) {
            const passed = found.filter((crossing) => crossing > t && crossing <= t + step).length;
            const changed = valueAt(curve, t) >= threshold + 0.5 !== valueAt(curve, t + step) >= threshold + 0.5;
            expect(passed % 2 === 1).toBe(changed);
            at += passed;
          }
          expect(at).toBe(found.filter((crossing) => crossing <= 60 * DAY).length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are found twice where a score first recovers from a negative contribution and then cools', () => {
    const curve: Curve = {
      constant: 0,
      terms: [
        { amount: 50, anchor: 0, halfLife: 30 * DAY },
        { amount: -40, anchor: 0, halfLife: DAY },
      ],
    };
    const found = crossings(curve, 25, 0);
    expect(found).toHaveLength(2);
    expect(found.map((t) => [valueAt(curve, t - 1) >= 25, valueAt(curve, t) >= 25])).toEqual([
      [false, true],
      [true, false],
    ]);
  });
});
