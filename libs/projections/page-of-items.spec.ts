import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LiveReadModels } from './engine/live-read-models';
import { pageOfItems, type ItemPlace } from './page-of-items';
import { SqliteReadModelStore } from './sqlite/sqlite-read-model-store';

interface Item {
  at: number;
  name: string;
}
const place = ({ at, name }: Item): ItemPlace => [at, name];

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-pages-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A read model with a list `all` of keys, ranked by the last of the items of each. */
async function readModel(keys: Readonly<Record<string, Item[]>>) {
  const store = SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) });
  const made = {
    id: 'things.1',
    projection: 'things',
    version: '1',
    state: 'live',
    paused: false,
    autoSwitch: true,
    createdAt: '',
  } as const;
  await store.saveRegistry((await store.registry()).version, [made]);
  const { epoch, slices } = await store.lease('workers', 'test', [0], 60_000);
  await store.take('things.1', epoch, slices);
  const lists = Object.entries(keys).map(([key, items]) => ['all', key, Math.max(...items.map(({ at }) => at))] as const);
  await store.commit(epoch, [{ generation: 'things.1', slices, through: 1n, documents: [], lists, tallies: [] }]);
  return { view: await new LiveReadModels(store).view('things'), close: () => store.close() };
}

const items = fc.uniqueArray(fc.record({ at: fc.integer({ min: 0, max: 5 }), name: fc.stringMatching(/^[a-e]{1,2}$/) }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 7,
});
const keys = fc.dictionary(fc.stringMatching(/^k[a-h]$/), items, { minKeys: 1, maxKeys: 5 });

it.each(['ascending', 'descending'] as const)('pages hold each item once, %s, and never more than the limit', async (direction) => {
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 6 }), fc.boolean(), async (all, limit, ofOneKey) => {
      const { view, close } = await readModel(all);
      const key = ofOneKey ? Object.keys(all)[0] : undefined;
      const itemsOf = (entries: readonly { key: string }[]) => Promise.resolve(entries.map((entry) => all[entry.key]!));
      const found: Item[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await pageOfItems({ view, list: 'all', key, direction, itemsOf, placeOf: place }, { limit, cursor });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        if (page.cursor !== undefined) expect(page.items).toHaveLength(limit);
        found.push(...page.items);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      const sign = direction === 'ascending' ? 1 : -1;
      const wanted = (await view.list('all', { direction })).flatMap((entry) =>
        key === undefined || key === entry.key
          ? [...all[entry.key]!].sort((a, b) => sign * (a.at - b.at) || (a.name < b.name ? -1 : 1))
          : [],
      );
      expect(found).toEqual(wanted);
      await close();
    }),
    { numRuns: 40 },
  );
});

it('goes on after items that are gone, with the rest of their key', async () => {
  const all: Record<string, Item[]> = { k: ['a', 'b', 'c', 'd'].map((name) => ({ at: 1, name })), l: [{ at: 2, name: 'e' }] };
  const { view, close } = await readModel(all);
  const itemsOf = (entries: readonly { key: string }[]) => Promise.resolve(entries.map((entry) => all[entry.key]!));
  const next = (limit: number, cursor?: string) =>
    pageOfItems({ view, list: 'all', direction: 'ascending', itemsOf, placeOf: place }, { limit, cursor });
  const first = await next(2);
  all.k = all.k!.filter(({ name }) => name === 'd');
  expect((await next(9, first.cursor)).items.map(({ name }) => name)).toEqual(['d', 'e']);
  await close();
});
