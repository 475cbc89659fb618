import { ToReadAnew } from './live-changes';
import type { QueryKey } from './reads';

describe('what is read anew when something has changed', () => {
  const after = (...changes: { kind: string; ids?: string[] }[]): ToReadAnew => {
    const anew = new ToReadAnew();
    anew.add(changes);
    return anew;
  };

  it('is the leads that are named, and every list of leads', () => {
    const anew = after({ kind: 'leads', ids: ['lead-1'] }, { kind: 'handoffs', ids: ['lead-2'] });
    for (const key of [['lead', 'lead-1', 'profile'], ['lead', 'lead-2', 'why'], ['leads', 'hot'], ['inbox']] satisfies QueryKey[])
      expect(anew.holds(key)).toBe(true);
    expect(anew.holds(['lead', 'lead-3', 'profile'])).toBe(false);
    expect(anew.holds(['board', 'month'])).toBe(false);
  });

  it('is any of a kind once none of it was named, whatever is named later', () => {
    const anew = after({ kind: 'day', ids: ['rep-1'] }, { kind: 'day' }, { kind: 'day', ids: ['rep-2'] });
    expect(anew.holds(['day', 'rep-3'])).toBe(true);
  });

  it('is nothing for what this page does not know, and nothing twice', () => {
    expect(after({ kind: 'moons', ids: ['moon-1'] }).keys).toEqual([]);
    const anew = after({ kind: 'cards' }, { kind: 'day' });
    anew.done('cards');
    expect(anew.keys).toEqual(['day']);
  });

  it('is all that comes by itself when nobody knows what has changed', () => {
    const anew = new ToReadAnew();
    anew.addEverything();
    for (const key of [['lead', 'lead-9'], ['day', 'rep-1'], ['board'], ['projections']] satisfies QueryKey[])
      expect(anew.holds(key)).toBe(true);
    expect(anew.holds(['session'])).toBe(false);
  });
});
