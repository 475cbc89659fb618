import { partsThatSum } from './parts-that-sum';

describe('parts as they are shown', () => {
  it.each([
    [[0.333, 0.333, 0.334], 1],
    [[18.76494, 11.41317, 11.41258, -8.83, -0.04], 32.72069],
    [[141.13690470469885, -41.13690470469885], 100],
    [[-0.05, -0.05, 0.1], 0],
    [[], 0],
  ])('%j sum to exactly what is shown of %d, each within a tenth of itself', (parts, whole) => {
    const shown = partsThatSum(parts, whole);
    expect(Math.round(10 * shown.reduce((sum, one) => sum + one, 0))).toBe(Math.round(10 * whole));
    for (const [place, one] of shown.entries()) expect(Math.abs(one - parts[place]!)).toBeLessThan(0.1);
  });
});
