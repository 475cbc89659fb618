/**
 * A few items of one lead or account in a list sorted by name: equal for any order of arrival, and
 * small. An object with such names as members would get a hidden class for every name, which takes more memory than its content.
 */
export interface SortedBy<Item> {
  find(list: readonly Item[] | undefined, name: string): Item | undefined;
  /** The list with this item, which replaces the one of the same name. May change `list`. */
  put(list: Item[] | undefined, item: Item): Item[];
}

export function sortedBy<Item>(nameOf: (item: Item) => string): SortedBy<Item> {
  const placeOf = (list: readonly Item[], name: string): number => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nameOf(list[middle]!) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    find(list, name) {
      if (list === undefined) return undefined;
      const item = list[placeOf(list, name)];
      return item !== undefined && nameOf(item) === name ? item : undefined;
    },
    put(list, item) {
      if (list === undefined) return [item];
      const name = nameOf(item);
      const place = placeOf(list, name);
      const known = list[place];
      if (known !== undefined && nameOf(known) === name) list[place] = item;
      else return inserted(list, place, item);
      return list;
    },
  };
}

/** V8 reserves room for sixteen more items in a list that grows in place; most lists stay shorter than that. */
const SHORT = 16;

/** May change `list`. */
export function inserted<Item>(list: Item[], place: number, ...items: Item[]): Item[] {
  if (list.length < SHORT) return list.toSpliced(place, 0, ...items);
  list.splice(place, 0, ...items);
  return list;
}
