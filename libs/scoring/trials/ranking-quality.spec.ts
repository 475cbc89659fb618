import fc from 'fast-check';
import { fitLogistic, probabilityOf } from './logistic-regression';
import { auc, calibration, median, outcomesOf, picks, type Ranked } from './ranking-quality';

const ranked = fc
  .array(fc.record({ rank: fc.integer({ min: 0, max: 20 }).map((n) => n / 10), outcome: fc.boolean() }), {
    minLength: 2,
    maxLength: 60,
    size: 'max',
  })
  .map((all) => all.map((one, i) => ({ leadId: `lead-${i}`, ...one })));

describe('AUC', () => {
  it('of a hand-made ranking is the share of right pairs, ties counted half', () => {
    const made: Ranked[] = [
      { leadId: 'a', rank: 3, outcome: true },
      { leadId: 'b', rank: 2, outcome: false },
      { leadId: 'c', rank: 2, outcome: true },
      { leadId: 'd', rank: 1, outcome: false },
    ];
    // a before b and d, c beside b and before d: 3.5 of 4.
    expect(auc(made)).toBe(0.875);
    expect(auc(made.filter(({ outcome }) => outcome))).toBeUndefined();
  });

  it('is that of all pairs, one by one', () => {
    fc.assert(
      fc.property(ranked, (all) => {
        let right = 0;
        let pairs = 0;
        for (const one of all)
          for (const other of all) {
            if (!one.outcome || other.outcome) continue;
            pairs += 1;
            right += one.rank > other.rank ? 1 : one.rank === other.rank ? 0.5 : 0;
          }
        if (pairs === 0) expect(auc(all)).toBeUndefined();
        else expect(Math.abs(auc(all)! - right / pairs)).toBeLessThan(1e-9);
      }),
      { numRuns: 300 },
    );
  });
});

describe('picks', () => {
  it('are those of which at most as many as there is room for are better, and the same in any order', () => {
    fc.assert(
      fc.property(ranked, fc.integer({ min: 0, max: 70 }), (all, capacity) => {
        const better = (one: Ranked) =>
          all.filter((other) => other.rank > one.rank || (other.rank === one.rank && other.leadId < one.leadId)).length;
        const expected = all.filter((one) => better(one) < capacity).map(({ leadId }) => leadId);
        expect(
          picks([...all].reverse(), capacity)
            .map(({ leadId }) => leadId)
            .sort(),
        ).toEqual(expected.sort());
      }),
    );
  });
});

describe('calibration', () => {
  it('of a hand-made case: what was predicted and what came, tenth by tenth', () => {
    const predicted = Array.from({ length: 20 }, (_, i) => ({
      leadId: `lead-${String(i).padStart(2, '0')}`,
      probability: (i >> 1) / 10,
      outcome: i % 2 === 0 && i >= 10,
    }));
    const { bins, error } = calibration(predicted)!;
    expect(bins.map(({ leads, observed }) => [leads, observed])).toEqual(Array.from({ length: 10 }, (_, i) => [2, i >= 5 ? 0.5 : 0]));
    expect(error).toBeCloseTo((0.1 + 0.2 + 0.3 + 0.4 + 0 + 0.1 + 0.2 + 0.3 + 0.4) / 10, 12);
  });

  it('counts every lead once, and its means are those of the leads', () => {
    const predicted = fc
      .array(fc.record({ probability: fc.integer({ min: 0, max: 100 }).map((n) => n / 100), outcome: fc.boolean() }), {
        maxLength: 80,
        size: 'max',
      })
      .map((all) => all.map((one, i) => ({ leadId: `lead-${i}`, ...one })));
    fc.assert(
      fc.property(predicted, (all) => {
        const found = calibration(all);
        if (all.length < 10) return expect(found).toBeUndefined();
        const sum = (of: 'predicted' | 'observed') => found!.bins.reduce((total, bin) => total + bin.leads * bin[of], 0);
        expect(sum('predicted')).toBeCloseTo(
          all.reduce((total, { probability }) => total + probability, 0),
          9,
        );
        expect(sum('observed')).toBeCloseTo(all.filter(({ outcome }) => outcome).length, 9);
        expect(found!.bins.map(({ predicted }) => predicted)).toEqual(
          [...found!.bins.map(({ predicted }) => predicted)].sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe('logistic regression', () => {
  it('of one yes-or-no feature without a penalty is the log of the odds in the table', () => {
    // 3 of 10 without the feature, 8 of 10 with it.
    const features = Float64Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1));
    const outcomes = Uint8Array.from({ length: 20 }, (_, i) => (i < 3 || (i >= 10 && i < 18) ? 1 : 0));
    const { intercept, coefficients } = fitLogistic({ width: 1, features, outcomes }, 0);
    expect(intercept).toBeCloseTo(Math.log(3 / 7), 9);
    expect(coefficients[0]).toBeCloseTo(Math.log(8 / 2) - Math.log(3 / 7), 9);
  });

  it('is where no small change of any coefficient makes the penalised likelihood better', () => {
    const cases = fc.record({
      rows: fc.array(
        fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 4 }), fc.boolean(), fc.integer({ min: 1, max: 3 })),
        { minLength: 4, maxLength: 40, size: 'max' },
      ),
      penalty: fc.constantFrom(0.1, 1, 10),
    });
    fc.assert(
      fc.property(cases, ({ rows, penalty }) => {
        const fitted = fitLogistic(
          {
            width: 2,
            features: Float64Array.from(rows.flatMap(([a, b]) => [a, b])),
            outcomes: Uint8Array.from(rows, ([, , outcome]) => (outcome ? 1 : 0)),
            weights: Float64Array.from(rows, ([, , , weight]) => weight),
          },
          penalty,
        );
        // All of one outcome: the intercept has no end.
        if (rows.every(([, , outcome]) => outcome === rows[0]![2])) return;
        const [x, y] = fitted.coefficients as unknown as [number, number];
        const slope = (of: (a: number, b: number) => number, own: number) =>
          rows.reduce(
            (sum, [a, b, outcome, weight]) =>
              sum + weight * (probabilityOf(fitted.intercept + x * a + y * b) - (outcome ? 1 : 0)) * of(a, b),
            own,
          );
        for (const one of [slope(() => 1, 0), slope((a) => a, penalty * x), slope((_, b) => b, penalty * y)])
          expect(Math.abs(one)).toBeLessThan(1e-9 * rows.length);
      }),
    );
  });
});

describe('other figures', () => {
  it('are counted', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeUndefined();
    expect(
      outcomesOf([
        { leadId: 'a', rank: 0, outcome: true },
        { leadId: 'b', rank: 0, outcome: false },
      ]),
    ).toBe(1);
  });
});
