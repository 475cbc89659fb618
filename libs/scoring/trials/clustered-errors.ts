import { choleskyOf, derivativesAt, probabilityOf, type Cases, type LogisticModel } from './logistic-regression';

/**
 * Standard errors of the coefficients, where rows of one cluster are not independent of each other (`clusters`: of which each row is): the
 * sandwich
 * H⁻¹ · Σ s·sᵀ · H⁻¹ · G/(G−1) with the sum of each cluster's gradients s (Liang and Zeger, Biometrika 1986), as Stata's vce(cluster) has
 * it for a logit.
 * A coefficient that is held at a bound has none, and is taken for given by the others.
 */
export function clusteredErrors(
  cases: Cases,
  penalty: number,
  clusters: ArrayLike<number>,
  { intercept, coefficients, held }: LogisticModel,
): Float64Array {
  const { width, features, outcomes, weights } = cases;
  const size = width + 1;
  const byCluster = new Map<number, Float64Array>();
  for (let row = 0; row < outcomes.length; row += 1) {
    let logit = intercept;
    for (let i = 0; i < width; i += 1) logit += coefficients[i]! * features[row * width + i]!;
    const error = (weights ? weights[row]! : 1) * (probabilityOf(logit) - outcomes[row]!);
    const cluster = clusters[row]!;
    let sum = byCluster.get(cluster);
    if (!sum) byCluster.set(cluster, (sum = new Float64Array(size)));
    for (let i = 0; i < width; i += 1) sum[i]! += error * features[row * width + i]!;
    sum[width]! += error;
  }
  const hessian = derivativesAt(cases, Float64Array.of(...coefficients, intercept), penalty).hessian;
  const bread = choleskyOf(hessian, size, held);
  const variances = new Float64Array(width);
  for (const sum of byCluster.values()) {
    const moved = bread.solve(sum.map((value, i) => (held[i] ? 0 : value)));
    for (let i = 0; i < width; i += 1) variances[i]! += moved[i]! ** 2;
  }
  const correction = byCluster.size / Math.max(1, byCluster.size - 1);
  return variances.map((variance) => Math.sqrt(correction * variance));
}
