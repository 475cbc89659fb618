import { decodeCursor, encodeCursor } from './cursor';
import type { ReadModelView } from './read-models';
import type { ListEntry } from './store';

const PAGE = 200;

/** Where an item stands among those of its key; no two have the same place. */
export type ItemPlace = readonly [rank: number, name: string];

export interface PageQuery {
  /** Items. */
  limit: number;
  /** From the page before. */
  cursor?: string;
}

export interface ItemsOfList<Item> {
  view: ReadModelView;
  list: string;
  /** Only of this one. */
  key?: string;
  /** Of the list, and of the ranks of items; names are ascending. */
  direction: 'ascending' | 'descending';
  /** The items of each of these keys that are asked for, in any order. */
  itemsOf: (entries: readonly ListEntry[]) => Promise<(readonly Item[])[]>;
  placeOf: (item: Item) => ItemPlace;
  /** Where few items are asked for, a page may be short and still have a cursor: after about so many keys. */
  mostLookedAt?: number;
}

interface Place {
  entry: ListEntry;
  /** Of the last item on the page before, where the key has more of them. */
  item?: ItemPlace;
}

/**
 * A page of items, of which each key of a list has any number: never more than `limit`, and after items that are gone by now it goes on with
 * the next. Throws InvalidCursor.
 */
export async function pageOfItems<Item>(
  { view, list, key, direction, itemsOf, placeOf, mostLookedAt = Infinity }: ItemsOfList<Item>,
  { limit, cursor }: PageQuery,
): Promise<{ items: Item[]; cursor?: string }> {
  const items: Item[] = [];
  /** A cursor once the page is full. */
  const take = (entry: ListEntry, found: readonly Item[]): string | undefined => {
    const some = found.slice(0, limit - items.length);
    items.push(...some);
    if (items.length < limit) return undefined;
    return encodeCursor([entry.rank, entry.key, ...(some.length < found.length ? placeOf(some.at(-1)!) : [])]);
  };
  const compare = ordering(direction);
  const sorted = (found: readonly Item[]): Item[] => [...found].sort((a, b) => compare(placeOf(a), placeOf(b)));

  const begin = cursor === undefined ? undefined : decodeCursor(cursor, placeIn);
  const { item } = begin ?? {};
  // What was merged into another key meanwhile is listed with that.
  if (begin && item && (await view.resolve(begin.entry.key)) === begin.entry.key) {
    const [found = []] = await itemsOf([begin.entry]);
    const full = take(
      begin.entry,
      sorted(found).filter((one) => compare(placeOf(one), item) > 0),
    );
    if (full !== undefined) return { items, cursor: full };
  }
  for (let after = begin?.entry, looked = 0; ; looked += PAGE) {
    if (after && looked >= mostLookedAt) return { items, cursor: encodeCursor([after.rank, after.key]) };
    const entries = key === undefined ? await view.list(list, { direction, limit: PAGE, after }) : after ? [] : [{ key, rank: 0 }];
    const found = await itemsOf(entries);
    for (const [place, entry] of entries.entries()) {
      const full = take(entry, sorted(found[place] ?? []));
      if (full !== undefined) return { items, cursor: full };
    }
    after = entries.at(-1);
    if (entries.length < PAGE) return { items };
  }
}

const ordering =
  (direction: 'ascending' | 'descending') =>
  (a: ItemPlace, b: ItemPlace): number =>
    (direction === 'ascending' ? a[0] - b[0] : b[0] - a[0]) || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);

function placeIn(value: unknown): Place | undefined {
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 4)) return undefined;
  const [rank, key, at, name] = value as unknown[];
  if (typeof rank !== 'number' || typeof key !== 'string') return undefined;
  if (value.length === 2) return { entry: { rank, key } };
  return typeof at === 'number' && typeof name === 'string' ? { entry: { rank, key }, item: [at, name] } : undefined;
}
