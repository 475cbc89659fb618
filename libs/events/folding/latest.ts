import { inserted } from './sorted-by';

/**
 * Facts that replace one another, so that late arrivals cannot change the result: the latest by business time wins; of two in
 * the same millisecond, the one recorded last, because a correction often has the date of what it corrects.
 */
export interface Happened {
  at: number;
  /** Position of the event in the log; a number takes half the space of a bigint as text. */
  position: number;
}

export const happened = ({ occurredAt, position }: { occurredAt: number; position: bigint }): Happened => ({
  at: occurredAt,
  position: Number(position),
});

export const isAfter = (a: Happened, b: Happened): boolean => a.at > b.at || (a.at === b.at && a.position > b.position);

export const latest = <Fact extends Happened>(known: Fact | undefined, fact: Fact): Fact =>
  known === undefined || isAfter(fact, known) ? fact : known;

export const earliest = <Fact extends Happened>(known: Fact | undefined, fact: Fact): Fact =>
  known === undefined || isAfter(known, fact) ? fact : known;

/** The fields set by one event, without those that a later one set again. */
export interface Layer<Fields> extends Happened {
  set: Partial<Fields>;
}

/** Adds a layer (sorted by time), keeping each field only where it was set last. Changes `layers`. */
export function addLayer<Fields extends object>(layers: Layer<Fields>[], layer: Layer<Fields>): Layer<Fields>[] {
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
  return Object.keys(set).length > 0 ? inserted(layers, at, { at: layer.at, position: layer.position, set }) : layers;
}

export const merged = <Fields extends object>(layers: readonly Layer<Fields>[]): Partial<Fields> =>
  Object.assign({}, ...layers.map(({ set }) => set)) as Partial<Fields>;

/** A value, when it was seen last, the next value, when that was, …; sorted by value. */
export type Seen = (string | number)[];

/**
 * Remembers at most `limit` values, those seen last (ties by name). Because only the latest sighting counts, a forgotten
 * value would be forgotten in any order of arrival. May change `seen`.
 */
export function see(seen: Seen | undefined, value: string, at: number, limit: number): Seen {
  if (seen === undefined) return [value, at];
  let place = 0;
  while (place < seen.length && (seen[place] as string) < value) place += 2;
  if (seen[place] === value) {
    seen[place + 1] = Math.max(seen[place + 1] as number, at);
    return seen;
  }
  const more = inserted(seen, place, value, at);
  if (more.length <= limit * 2) return more;
  let oldest = 0;
  for (let other = 2; other < more.length; other += 2) if (more[other + 1]! < more[oldest + 1]!) oldest = other;
  return more.toSpliced(oldest, 2);
}

/** The values and the time when each was last seen. */
export function* sightings(seen: Seen = []): Iterable<[value: string, at: number]> {
  for (let place = 0; place < seen.length; place += 2) yield [seen[place] as string, seen[place + 1] as number];
}
