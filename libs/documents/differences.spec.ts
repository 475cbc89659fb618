import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { differencesOf } from './differences';

describe('what differs between two documents', () => {
  it('is told by its place, with entries of lists by their id or name', () => {
    const before = {
      reps: [
        { id: 'rep-1', team: 'a', weight: 1 },
        { id: 'rep-2', team: 'a' },
      ],
      sla: { accept: '4h', contact: '24h' },
      'by channel': { phone: 'warn' },
      days: [1, 2],
    };
    const after = {
      sla: { contact: '1d', accept: '4h' },
      reps: [
        { id: 'rep-2', team: 'a' },
        { id: 'rep-1', team: 'b', weight: 1 },
        { id: 'rep-3', team: 'a' },
      ],
      'by channel': 'withhold',
      days: [1, 3, 4],
    };
    expect(differencesOf(before, after)).toEqual([
      { path: 'reps.rep-1.team', before: 'a', after: 'b' },
      { path: 'reps.rep-3', after: { id: 'rep-3', team: 'a' } },
      { path: 'reps (order)', before: ['rep-1', 'rep-2'], after: ['rep-2', 'rep-1'] },
      { path: 'sla.contact', before: '24h', after: '1d' },
      { path: '"by channel"', before: { phone: 'warn' }, after: 'withhold' },
      { path: 'days[1]', before: 2, after: 3 },
      { path: 'days[2]', after: 4 },
    ]);
  });

  const data = fc.jsonValue({ maxDepth: 4 });

  it('is nothing where they say the same, and something where they do not', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        expect(differencesOf(one, structuredClone(one))).toEqual([]);
        expect(differencesOf(one, other).length === 0).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });

  it('is the same in both directions', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        const paths = (differences: { path: string }[]) => differences.map(({ path }) => path).sort();
        expect(paths(differencesOf(other, one))).toEqual(paths(differencesOf(one, other)));
      }),
    );
  });
});
