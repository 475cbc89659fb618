/**
 * Facts that replace one another, so that the order of arrival cannot change the result: the one that happened last
 * wins; of two that happened in the same millisecond, the one with the greater event id.
 */
export interface Happened {
  at: number;
  /** Of the event. */
  id: string;
}

export const isAfter = (a: Happened, b: Happened): boolean => a.at > b.at || (a.at === b.at && a.id > b.id);

export const latest = <Fact extends Happened>(known: Fact | undefined, fact: Fact): Fact => (known === undefined || isAfter(fact, known) ? fact : known);

export const earliest = <Fact extends Happened>(known: Fact | undefined, fact: Fact): Fact => (known === undefined || isAfter(known, fact) ? fact : known);

/** What one event set, without the fields that a later one set again. */
export interface Layer<Fields> extends Happened {
  set: Partial<Fields>;
}

/** Puts a layer among the others (sorted by time), each field staying only where it was set last. Changes `layers`. */
export function addLayer<Fields extends object>(layers: Layer<Fields>[], layer: Layer<Fields>): void {
  const set: Partial<Fields> = { ...layer.set };
  let at = layers.length;
  while (at > 0 && isAfter(layers[at - 1]!, layer)) {
    at -= 1;
    for (const field of Object.keys(layers[at]!.set)) delete set[field as keyof Fields];
  }
  for (let i = at - 1; i >= 0; i--) {
    const under = layers[i]!.set;
    for (const field of Object.keys(set)) delete under[field as keyof Fields];
    if (Object.keys(under).length === 0) {
      layers.splice(i, 1);
      at -= 1;
    }
  }
  if (Object.keys(set).length > 0) layers.splice(at, 0, { at: layer.at, id: layer.id, set });
}

export const merged = <Fields extends object>(layers: readonly Layer<Fields>[]): Partial<Fields> =>
  Object.assign({}, ...layers.map(({ set }) => set)) as Partial<Fields>;

/** Value → when it was seen last. */
export type Seen = Record<string, number>;

/**
 * Remembers at most `limit` values, the ones seen last (ties by name). Because only the latest sighting counts, what
 * is forgotten could not have come back in another order of arrival. Changes `seen`.
 */
export function see(seen: Seen, value: string, at: number, limit: number): void {
  const known = seen[value];
  if (known !== undefined && known >= at) return;
  seen[value] = at;
  if (known !== undefined) return;
  const values = Object.keys(seen);
  if (values.length <= limit) return;
  const oldest = values.reduce((a, b) => (seen[b]! < seen[a]! || (seen[b] === seen[a] && b < a) ? b : a));
  delete seen[oldest];
}
