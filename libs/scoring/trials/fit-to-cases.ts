import { clusteredErrors } from './clustered-errors';
import { fitLogistic, probabilityOf, type Bounds, type Cases, type LogisticModel } from './logistic-regression';
import { FOLDS, type PastCases } from './past-cases';

const PENALTIES = [1, 4, 16, 64, 256, 1_024];

export interface Fitted {
  penalty: number;
  coefficients: Estimate[];
  /** What those that are held at a bound would be without that bound, the others as they fit to it; by place. */
  unheld: Map<number, Estimate>;
}

export interface Estimate {
  value: number;
  /** Standard error; leads are independent of each other, the cases of one are not. */
  error: number;
}

/** The penalty under which the leads of each fold are predicted best by those of the others, and the fit to all with it. */
export function fitToCases({ cases, folds, leads }: Pick<PastCases, 'cases' | 'folds' | 'leads'>, { least, most }: Bounds): Fitted {
  const scales = scalesOf(cases);
  const scaled = { ...cases, features: cases.features.map((value, i) => value / scales[i % cases.width]!) };
  const bounds = { least: least.map((value, i) => value * scales[i]!), most: most.map((value, i) => value * scales[i]!) };
  const losses = PENALTIES.map(() => 0);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const others = rowsWhere(scaled, (row) => folds[row] !== fold);
    let near: LogisticModel | undefined;
    for (const [i, penalty] of PENALTIES.entries()) {
      near = fitLogistic(others, penalty, bounds, near);
      losses[i]! += lossOf(scaled, folds, fold, near);
    }
  }
  const penalty = PENALTIES[losses.indexOf(Math.min(...losses))]!;
  const estimates = (model: LogisticModel): Estimate[] => {
    const errors = clusteredErrors(scaled, penalty, leads, model);
    return Array.from(model.coefficients, (value, i) => ({ value: value / scales[i]!, error: errors[i]! / scales[i]! }));
  };
  const model = fitLogistic(scaled, penalty, bounds);
  const unheld = new Map<number, Estimate>();
  for (const i of model.held.keys()) {
    if (!model.held[i]) continue;
    const without = { least: bounds.least.with(i, -Infinity), most: bounds.most.with(i, Infinity) };
    unheld.set(i, estimates(fitLogistic(scaled, penalty, without, model))[i]!);
  }
  return { penalty, coefficients: estimates(model), unheld };
}

/** Standard deviation of each feature; 1 where it never differs. */
function scalesOf({ width, features, outcomes, weights }: Cases): Float64Array {
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  let total = 0;
  for (let row = 0; row < outcomes.length; row += 1) {
    const weight = weights![row]!;
    total += weight;
    for (let i = 0; i < width; i += 1) {
      const value = features[row * width + i]!;
      sums[i]! += weight * value;
      squares[i]! += weight * value * value;
    }
  }
  return squares.map((square, i) => Math.sqrt(Math.max(0, square / total - (sums[i]! / total) ** 2)) || 1);
}

function rowsWhere({ width, features, outcomes, weights }: Cases, chosen: (row: number) => boolean): Cases {
  const rows = Array.from(outcomes.keys()).filter(chosen);
  const some = new Float64Array(rows.length * width);
  rows.forEach((row, i) => some.set(features.subarray(row * width, (row + 1) * width), i * width));
  return {
    width,
    features: some,
    outcomes: Uint8Array.from(rows, (row) => outcomes[row]!),
    weights: Float64Array.from(rows, (row) => weights![row]!),
  };
}

function lossOf(
  { width, features, outcomes, weights }: Cases,
  folds: Uint8Array,
  fold: number,
  { intercept, coefficients }: LogisticModel,
): number {
  let loss = 0;
  for (let row = 0; row < outcomes.length; row += 1) {
    if (folds[row] !== fold) continue;
    let logit = intercept;
    for (let i = 0; i < width; i += 1) logit += coefficients[i]! * features[row * width + i]!;
    const probability = Math.min(1 - 1e-12, Math.max(1e-12, probabilityOf(logit)));
    loss -= weights![row]! * Math.log(outcomes[row] === 1 ? probability : 1 - probability);
  }
  return loss;
}
