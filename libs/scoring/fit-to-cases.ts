import { fitLogistic, probabilityOf, type Cases, type LogisticModel } from './logistic-regression';
import { FOLDS, type PastCases } from './past-cases';

const PENALTIES = [1, 4, 16, 64, 256, 1_024];

/** The penalty under which the leads of each fold are foretold best by those of the others, and the fit to all with it. */
export function fitToCases({ cases, folds }: PastCases): { fitted: LogisticModel; penalty: number } {
  const scales = scalesOf(cases);
  const scaled = { ...cases, features: cases.features.map((value, i) => value / scales[i % cases.width]!) };
  const losses = PENALTIES.map((penalty) => Array.from({ length: FOLDS }, (_, fold) => lossOf(scaled, folds, fold, fitLogistic(rowsWhere(scaled, (row) => folds[row] !== fold), penalty))).reduce((sum, loss) => sum + loss, 0));
  const penalty = PENALTIES[losses.indexOf(Math.min(...losses))]!;
  const { intercept, coefficients } = fitLogistic(scaled, penalty);
  return { fitted: { intercept, coefficients: coefficients.map((value, i) => value / scales[i]!) }, penalty };
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
  return { width, features: some, outcomes: Uint8Array.from(rows, (row) => outcomes[row]!), weights: Float64Array.from(rows, (row) => weights![row]!) };
}

function lossOf({ width, features, outcomes, weights }: Cases, folds: Uint8Array, fold: number, { intercept, coefficients }: LogisticModel): number {
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
