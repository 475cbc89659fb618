import { START } from '@leadlog/event-log';
import { ALL_SLICES } from './slices';
import { Fenced, type GenerationCommit, type GenerationRecord, type ReadModelStore } from './store';

export interface StoreUnderTest {
  store: ReadModelStore;
  /** The same data as another process would open it. */
  another(): Promise<ReadModelStore>;
  end(): Promise<void>;
}

/** What every read-model store promises; the names of the tests are the specification. */
export function readModelStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`read-model store: ${name}`, () => {
    let under: StoreUnderTest;
    let store: ReadModelStore;
    let epoch: number;

    beforeEach(async () => {
      under = await open();
      store = under.store;
      await store.saveRegistry(0, [record('a.1'), record('b.1')]);
      ({ epoch } = await store.lease('projections', 'one', ALL_SLICES, 60_000));
      await store.take('a.1', epoch, ALL_SLICES);
    });
    afterEach(() => under.end());

    const commit = (parts: Partial<GenerationCommit>) =>
      store.commit(epoch, [{ generation: 'a.1', slices: ALL_SLICES, documents: [], lists: [], tallies: [], ...parts }]);
    const keys = async (list: string, range = {}) => (await store.list('a.1', list, range)).map((entry) => entry.key);

    it('gives back documents byte for byte, in the order asked for, undefined for a missing one', async () => {
      await commit({
        documents: [
          ['k1', '{"n":"株式会社 🏢 \\u0000"}'],
          ['k2', '{}'],
        ],
      });
      expect(await store.load('a.1', ['k2', 'none', 'k1'])).toEqual(['{}', undefined, '{"n":"株式会社 🏢 \\u0000"}']);
    });

    it('replaces and removes documents', async () => {
      await commit({ documents: [['k', '1']] });
      await commit({ documents: [['k', '2']] });
      expect(await store.load('a.1', ['k'])).toEqual(['2']);
      await commit({ documents: [['k', null]] });
      expect(await store.load('a.1', ['k'])).toEqual([undefined]);
    });

    it('keeps generations apart', async () => {
      await commit({ documents: [['k', '1']], lists: [['l', 'k', 1]], tallies: [['c', 1]] });
      expect(await store.load('b.1', ['k'])).toEqual([undefined]);
      expect(await store.list('b.1', 'l')).toEqual([]);
      expect(await store.tallies('b.1', '', '\u{10ffff}')).toEqual([]);
    });

    it('orders a list by rank, then key, in both directions', async () => {
      await commit({
        lists: [
          ['l', 'b', 2],
          ['l', 'a', 2],
          ['l', 'c', -1.5],
          ['l', 'd', 1e15],
        ],
      });
      expect(await keys('l')).toEqual(['c', 'a', 'b', 'd']);
      expect(await keys('l', { direction: 'descending' })).toEqual(['d', 'b', 'a', 'c']);
    });

    it('bounds a list by rank, both ends included, and by number', async () => {
      await commit({
        lists: [
          ['l', 'a', 1],
          ['l', 'b', 2],
          ['l', 'c', 3],
        ],
      });
      expect(await keys('l', { min: 2 })).toEqual(['b', 'c']);
      expect(await keys('l', { max: 2 })).toEqual(['a', 'b']);
      expect(await keys('l', { limit: 2 })).toEqual(['a', 'b']);
    });

    it('pages through entries of equal rank without repeating or skipping one', async () => {
      const all = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, '0')}`);
      await commit({ lists: all.map((key) => ['l', key, 7] as const) });
      for (const direction of ['ascending', 'descending'] as const) {
        const seen: string[] = [];
        for (let after; ;) {
          const page = await store.list('a.1', 'l', { limit: 10, direction, after });
          if (page.length === 0) break;
          seen.push(...page.map((entry) => entry.key));
          after = page.at(-1);
        }
        expect(seen).toEqual(direction === 'ascending' ? all : [...all].reverse());
      }
    });

    it('moves an entry when its rank changes and takes it off for null', async () => {
      await commit({
        lists: [
          ['l', 'a', 1],
          ['l', 'b', 2],
        ],
      });
      await commit({ lists: [['l', 'a', 3]] });
      expect(await keys('l')).toEqual(['b', 'a']);
      await commit({ lists: [['l', 'b', null]] });
      expect(await keys('l')).toEqual(['a']);
      expect(await store.listSize('a.1', 'l')).toBe(1);
    });

    it('sums tallies and gives a range of cells by name, without those that are 0', async () => {
      await commit({
        tallies: [
          ['x|1', 2],
          ['x|2', 5],
          ['y|1', 1],
        ],
      });
      await commit({
        tallies: [
          ['x|1', 3],
          ['x|2', -5],
        ],
      });
      expect(await store.tallies('a.1', 'x|', 'x}')).toEqual([['x|1', 5]]);
      expect(await store.tallies('a.1', 'x|', 'z')).toEqual([
        ['x|1', 5],
        ['y|1', 1],
      ]);
    });

    it('keeps sums exact up to 2^53', async () => {
      await commit({ tallies: [['c', Number.MAX_SAFE_INTEGER - 1]] });
      await commit({ tallies: [['c', 1]] });
      expect(await store.tallies('a.1', 'c', 'd')).toEqual([['c', Number.MAX_SAFE_INTEGER]]);
    });

    it('has no checkpoints at first, then those last committed; a commit without one leaves them, and makes START of none', async () => {
      expect(await store.checkpoint('a.1')).toBeUndefined();
      await commit({ documents: [['k', '1']] });
      expect(await store.checkpoint('a.1')).toBe(START);
      await commit({ through: 41n });
      await commit({ documents: [['k', '2']] });
      expect(await store.checkpoint('a.1')).toBe(41n);
      expect(await store.checkpoint('b.1')).toBeUndefined();
    });

    it('keeps a checkpoint for each slice, which only grows; a generation stands at the least of them', async () => {
      const [some, rest] = [ALL_SLICES.slice(0, 10), ALL_SLICES.slice(10)];
      const commitTo = (slices: readonly number[], through: bigint) => commit({ slices, through });
      await store.take('a.1', epoch, some);
      await store.take('a.1', epoch, rest);
      await commitTo(some, 5n);
      expect(await store.checkpoint('a.1')).toBeUndefined();
      await commitTo(rest, 9n);
      expect(await store.checkpoint('a.1')).toBe(5n);
      expect(await store.take('a.1', epoch, [9, 10])).toEqual([5n, 9n]);
      await store.take('a.1', epoch, ALL_SLICES);
      await commitTo(ALL_SLICES, 7n);
      expect((await store.checkpoints('a.1')).slice(9, 11)).toEqual([7n, 9n]);
    });

    it('commits a generation whole or not at all', async () => {
      await commit({ documents: [['k', '1']], through: 1n });
      const broken = ['l', 'k', 'not a rank' as unknown as number] as const;
      const circular = commit({
        documents: [['k', '2']],
        tallies: [['c', 1]],
        lists: [
          ['l', 'k', 1],
          [broken[0], Symbol('x') as unknown as string, broken[2]],
        ],
        through: 2n,
      });
      await expect(circular).rejects.toThrow();
      expect(await store.load('a.1', ['k'])).toEqual(['1']);
      expect(await store.tallies('a.1', '', '\u{10ffff}')).toEqual([]);
      expect(await store.checkpoint('a.1')).toBe(1n);
    });

    it('refuses the late writes of an owner of whose slices another has taken one, and takes those of the other', async () => {
      const other = await under.another();
      await store.release('projections', 'one', [5]);
      const newer = await other.lease('projections', 'two', [5], 60_000);
      expect(newer).toEqual({ slices: [5], epoch: expect.any(Number) as number });
      expect(newer.epoch).toBeGreaterThan(epoch);
      await other.take('a.1', newer.epoch, [5]);
      await expect(commit({ documents: [['k', 'late']], through: 9n })).rejects.toThrow(Fenced);
      await expect(store.take('a.1', epoch, [5])).rejects.toThrow(Fenced);
      expect(await other.load('a.1', ['k'])).toEqual([undefined]);
      await other.commit(newer.epoch, [{ generation: 'a.1', slices: [5], documents: [['k', 'new']], lists: [], tallies: [] }]);
      expect(await store.load('a.1', ['k'])).toEqual(['new']);
      // What it still holds it may write.
      const left = ALL_SLICES.filter((slice) => slice !== 5);
      await store.take('a.1', epoch, left);
      await commit({ slices: left, documents: [['m', 'mine']] });
      expect(await store.load('a.1', ['m'])).toEqual(['mine']);
    });

    it('takes a commit that belongs to no slice from anybody', async () => {
      await store.commit(0, [{ generation: '~engine', slices: [], documents: [['w', '1']], lists: [], tallies: [] }]);
      expect(await store.load('~engine', ['w'])).toEqual(['1']);
    });

    it('leases a slice to one worker at a time, until it is given back or its time is over; groups are apart', async () => {
      const other = await under.another();
      expect((await other.lease('projections', 'two', [1, 2], 60_000)).slices).toEqual([]);
      expect((await other.lease('reactions', 'two', [1, 2], 60_000)).slices).toEqual([1, 2]);
      await store.release('projections', 'one', [1]);
      expect((await other.lease('projections', 'two', [1, 2], 60_000)).slices).toEqual([1]);
      await store.release('projections', 'one', [1]);
      const { workers, holders } = await other.stay('projections', 'two', 60_000);
      expect([workers, holders.slice(0, 3)]).toEqual([
        ['one', 'two'],
        ['one', 'two', 'one'],
      ]);
      await store.stay('projections', 'one', 1);
      await until(async () => (await other.lease('projections', 'two', [0], 60_000)).slices.length > 0);
      expect(await other.stay('projections', 'two', 60_000)).toMatchObject({
        workers: ['two'],
        holders: expect.arrayContaining(['two', undefined]) as unknown,
      });
    });

    it('frees what a worker that has ended held; one that leaves is not there any more', async () => {
      const other = await under.another();
      expect((await other.stay('projections', 'two', 60_000)).workers).toEqual(['one', 'two']);
      expect(await other.stay('projections', 'two', 60_000, ['one'])).toEqual({
        workers: ['two'],
        holders: ALL_SLICES.map(() => undefined),
      });
      await other.release('projections', 'two');
      expect((await other.stay('projections', 'three', 60_000)).workers).toEqual(['three']);
    });

    it('changes the registry only from the version that was read', async () => {
      const before = await store.registry();
      expect(await store.saveRegistry(before.version, [record('a.1')])).toBe(true);
      expect(await store.saveRegistry(before.version, [])).toBe(false);
      expect((await store.registry()).generations.map((generation) => generation.id)).toEqual(['a.1']);
    });

    it('forgets everything of a generation that leaves the registry, and drops commits to it', async () => {
      await commit({ documents: [['k', '1']], lists: [['l', 'k', 1]], tallies: [['c', 1]], through: 5n });
      const { version } = await store.registry();
      await store.saveRegistry(version, [record('b.1')]);
      await commit({ documents: [['k', '2']] });
      await store.saveRegistry(version + 1, [record('a.1'), record('b.1')]);
      expect(await store.load('a.1', ['k'])).toEqual([undefined]);
      expect(await store.checkpoint('a.1')).toBeUndefined();
      expect(await store.listSize('a.1', 'l')).toBe(0);
    });

    it('scans every document once, by key', async () => {
      const documents = Array.from({ length: 2_500 }, (_, index): [string, string] => [
        `k${String(index).padStart(5, '0')}`,
        String(index),
      ]);
      await commit({ documents });
      const seen: [string, string][] = [];
      for await (const row of store.scan('a.1')) seen.push(row);
      expect(seen).toEqual(documents);
    });

    it('holds after a scrub what it held before', async () => {
      await commit({ documents: [['k', '"secret"']], lists: [['l', 'k', 1]], through: 3n });
      await commit({ documents: [['k', '2']], through: 4n });
      const other = await under.another();
      await store.scrub();
      expect(await store.load('a.1', ['k'])).toEqual(['2']);
      await commit({ documents: [['k', '3']], through: 5n });
      expect(await other.load('a.1', ['k'])).toEqual(['3']);
      expect(await other.checkpoint('a.1')).toBe(5n);
    });

    it('tells watchers of commits made elsewhere', async () => {
      const other = await under.another();
      const told = new Promise<void>((resolve) => {
        const stop = other.watch(() => {
          void other.checkpoint('a.1').then((through) => {
            if (through !== 77n) return;
            stop();
            resolve();
          });
        });
      });
      await commit({ through: 77n });
      await told;
      expect(await other.checkpoint('a.1')).toBe(77n);
    });

    it('finds everything again after it was closed', async () => {
      await commit({ documents: [['k', '1']], lists: [['l', 'k', 1]], tallies: [['c', 4]], through: 3n });
      await store.close();
      store = await under.another();
      expect(await store.load('a.1', ['k'])).toEqual(['1']);
      expect(await keys('l')).toEqual(['k']);
      expect(await store.tallies('a.1', 'c', 'd')).toEqual([['c', 4]]);
      expect(await store.checkpoint('a.1')).toBe(3n);
    });
  });
}

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function record(id: string): GenerationRecord {
  return {
    id,
    projection: id.split('.')[0]!,
    version: '1',
    state: 'live',
    paused: false,
    autoSwitch: true,
    createdAt: '2026-01-01T00:00:00Z',
  };
}
