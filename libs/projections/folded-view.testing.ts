import type { RecordedEvent } from '@leadlog/event-log';
import type { Projection } from './projection';
import type { ReadModelView } from './read-models';
import type { ListRange } from './store';

/** Folds the events by key and sums what the keys add, in their order, as the engine does where nothing corrects the past. */
export function foldedView<State>(projection: Projection<State>, events: readonly RecordedEvent[]): ReadModelView {
  const folded = new Map<string, State>();
  for (const event of events) {
    const key = projection.handles.includes(event.type) ? projection.key(event) : undefined;
    if (key !== undefined) folded.set(key, projection.evolve(folded.get(key) ?? projection.initial(key), event));
  }
  // As the store gives it back.
  const states = new Map([...folded].map(([key, state]) => [key, JSON.parse(JSON.stringify(state)) as State]));
  const cells = new Map<string, number>();
  for (const [key, state] of states)
    for (const [cell, n] of Object.entries(projection.tallies?.(state, key) ?? {})) cells.set(cell, (cells.get(cell) ?? 0) + n);
  const list = (name: string, { min = -Infinity, max = Infinity, direction, limit = 1_000, after }: ListRange = {}) => {
    const sign = direction === 'descending' ? -1 : 1;
    const entries = [...states]
      .flatMap(([key, state]) =>
        Object.entries(projection.lists?.(state, key) ?? {}).flatMap(([one, rank]) => (one === name ? [{ key, rank }] : [])),
      )
      .filter(({ rank }) => rank >= min && rank <= max)
      .sort((a, b) => sign * (a.rank - b.rank || (a.key < b.key ? -1 : 1)));
    const from = after === undefined ? 0 : entries.findIndex(({ key }) => key === after.key) + 1;
    return Promise.resolve(entries.slice(from, from + limit));
  };
  return {
    through: BigInt(events.length),
    generation: `${projection.name}.1`,
    version: projection.version,
    get: (key: string) => Promise.resolve(states.get(key)),
    many: (keys: readonly string[]) => Promise.resolve(keys.map((key) => states.get(key))),
    resolve: (key: string) => Promise.resolve(key),
    resolveAll: (keys: readonly string[]) => Promise.resolve([...keys]),
    family: (key: string) => Promise.resolve([key]),
    list,
    listSize: async (name: string) => (await list(name, { limit: Infinity })).length,
    tallies: (from: string, to: string) => Promise.resolve([...cells].filter(([cell]) => cell >= from && cell < to)),
  } as unknown as ReadModelView;
}
