/**
 * Parts as they are shown, which sum to exactly what is shown of the whole: each rounded down, and what is left over given to those that lost
 * most by it.
 */
export function partsThatSum(parts: readonly number[], whole: number, digits = 1): number[] {
  const unit = 10 ** digits;
  const exact = parts.map((part) => part * unit);
  const shown = exact.map(Math.floor);
  let left = Math.round(whole * unit) - shown.reduce((sum, one) => sum + one, 0);
  const byLoss = exact.map((part, place) => [part - shown[place]!, place] as const).sort(([a], [b]) => b - a);
  for (let at = 0; left !== 0 && byLoss.length > 0; at = (at + 1) % byLoss.length) {
    shown[byLoss[at]![1]]! += Math.sign(left);
    left -= Math.sign(left);
  }
  return shown.map((one) => one / unit);
}
