/** Cases: row after row of `width` features, whether the outcome came, and for how many cases each row stands. */
export interface Cases {
  width: number;
  features: Float64Array;
  outcomes: Uint8Array;
  weights?: Float64Array;
}

export interface LogisticModel {
  intercept: number;
  coefficients: Float64Array;
  /** By coefficient: it is at a bound, and the likelihood asks for one beyond. */
  held: boolean[];
}

/** By coefficient; the intercept has none. */
export interface Bounds {
  least: readonly number[];
  most: readonly number[];
}

export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

const MOST_STEPS = 100;
/** Of the gradient, for each case. */
const TOLERANCE = 1e-12;
/** Of a loss, in parts of it. */
const ROUNDING = 1e-12;
/** Of what the gradient promises, a step must keep so much. */
const KEPT = 1e-4;

/**
 * Maximum likelihood with an L2 penalty (`penalty` · Σ coefficient² / 2, not on the intercept) within bounds, by Newton's method on those
 * coefficients that are free (projected: Bertsekas, SIAM J. Control 1982). With a penalty above 0 there is exactly one solution. Features
 * of very different sizes should be brought to one size first, for the penalty is on the coefficients as they are. `start`: one that is
 * near is found sooner.
 */
export function fitLogistic(
  cases: Cases,
  penalty: number,
  { least, most }: Bounds = { least: [], most: [] },
  start?: LogisticModel,
): LogisticModel {
  const { width, outcomes } = cases;
  const size = width + 1;
  const within = (value: number, i: number): number => Math.min(most[i] ?? Infinity, Math.max(least[i] ?? -Infinity, value));
  const heldAt = (at: Float64Array, gradient: Float64Array): boolean[] =>
    Array.from(at, (value, i) => (value === least[i] && gradient[i]! > 0) || (value === most[i] && gradient[i]! < 0));
  // The intercept is the last.
  let beta = (start ? Float64Array.of(...start.coefficients, start.intercept) : new Float64Array(size)).map(within);
  let { gradient, hessian, loss } = derivativesAt(cases, beta, penalty);
  let held = heldAt(beta, gradient);
  for (let step = 0; step < MOST_STEPS && largest(gradient, held) > TOLERANCE * outcomes.length; step += 1) {
    const direction = choleskyOf(hessian, size, held).solve(gradient.map((value, i) => (held[i] ? 0 : value)));
    // Newton's step may be too long far from the solution; a shorter one in its direction always helps.
    let length = 1;
    for (let tries = 0; tries < 40; tries += 1, length /= 2) {
      const next = beta.map((value, i) => within(value - length * direction[i]!, i));
      const there = derivativesAt(cases, next, penalty);
      const heldThere = heldAt(next, there.gradient);
      const promised = beta.reduce((sum, value, i) => sum + gradient[i]! * (value - next[i]!), 0);
      // Near the solution the loss differs by less than its rounding, and only the gradient tells.
      const isNear = there.loss <= loss + ROUNDING * (1 + loss) && largest(there.gradient, heldThere) < largest(gradient, held);
      if (!(there.loss <= loss - KEPT * promised) && !isNear) continue;
      beta = next;
      held = heldThere;
      ({ gradient, hessian, loss } = there);
      break;
    }
    if (length < 1e-11) break;
  }
  return { intercept: beta[width]!, coefficients: beta.slice(0, width), held: held.slice(0, width) };
}

/** Of the penalised loss, the negative log likelihood; the intercept is the last. */
export function derivativesAt(
  { width, features, outcomes, weights }: Cases,
  beta: Float64Array,
  penalty: number,
): { gradient: Float64Array; hessian: Float64Array; loss: number } {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let loss = 0;
  const present = new Int32Array(size);
  for (let row = 0; row < outcomes.length; row += 1) {
    const at = row * width;
    let logit = beta[width]!;
    let count = 0;
    // Most features of most leads are nothing.
    for (let i = 0; i < width; i += 1) {
      const value = features[at + i]!;
      if (value === 0) continue;
      logit += beta[i]! * value;
      present[count++] = i;
    }
    const weight = weights ? weights[row]! : 1;
    const probability = probabilityOf(logit);
    const outcome = outcomes[row]!;
    loss += weight * (Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(logit, 0) - outcome * logit);
    const error = weight * (probability - outcome);
    const curvature = weight * probability * (1 - probability);
    gradient[width]! += error;
    hessian[width * size + width]! += curvature;
    for (let a = 0; a < count; a += 1) {
      const i = present[a]!;
      const value = features[at + i]!;
      gradient[i]! += error * value;
      const scaled = curvature * value;
      hessian[width * size + i]! += scaled;
      for (let b = 0; b <= a; b += 1) hessian[i * size + present[b]!]! += scaled * features[at + present[b]!]!;
    }
  }
  for (let i = 0; i < width; i += 1) {
    loss += (penalty * beta[i]! ** 2) / 2;
    gradient[i]! += penalty * beta[i]!;
    hessian[i * size + i]! += penalty;
  }
  return { gradient, hessian, loss };
}

export interface Cholesky {
  solve(right: Float64Array): Float64Array;
}

/**
 * Of a symmetric, positive matrix, given by its lower triangle. What is `held` stands apart: nothing of it is in the solution of the
 * others.
 */
export function choleskyOf(lower: Float64Array, size: number, held: readonly boolean[] = []): Cholesky {
  const root = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = held[i] || held[j] ? Number(i === j) : lower[i * size + j]!;
      for (let k = 0; k < j; k += 1) sum -= root[i * size + k]! * root[j * size + k]!;
      // Where cases say nothing about a direction, no step is made in it.
      root[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / root[j * size + j]!;
    }
  }
  return {
    solve(right) {
      const found = Float64Array.from(right);
      for (let i = 0; i < size; i += 1) {
        for (let k = 0; k < i; k += 1) found[i]! -= root[i * size + k]! * found[k]!;
        found[i]! /= root[i * size + i]!;
      }
      for (let i = size - 1; i >= 0; i -= 1) {
        for (let k = i + 1; k < size; k += 1) found[i]! -= root[k * size + i]! * found[k]!;
        found[i]! /= root[i * size + i]!;
      }
      return found;
    },
  };
}

const largest = (values: Float64Array, held: readonly boolean[]): number =>
  values.reduce((most, value, i) => (held[i] ? most : Math.max(most, Math.abs(value))), 0);
