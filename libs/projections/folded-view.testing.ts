import type { RecordedEvent } from '@leadlog/event-log';
import type { Projection } from './projection';
import type { ReadModelView } from './read-models';
import type { ListRange } from './store';

/** Folds the events by key and sums what the keys add, as the engine does where nothing corrects the past. */
export function foldedView<State>(projection: Projection<State>, events: readonly RecordedEvent[]): ReadModelView {
  const folded = new Map<string, State>();
  for (const event of events) {
    const key = projection.handles.includes(event.type) ? projection.key(event) : undefined;
    if (key !== undefined) folded.set(key, projection.evolve(folded.get(key) ?? projection.initial(key), event));
  }
  // As the store gives it back.
  const states = new Map([...folded].map(([key, state]) => [key, JSON.parse(JSON.stringify(state)) as State]));
  const cells: Record<string, number> = {};
  for (const [key, state] of states)
    for (const [cell, n] of Object.entries(projection.tallies?.(state, key) ?? {})) cells[cell] = (cells[cell] ?? 0) + n;
  return {
    through: 1n,
    generation: `${projection.name}.1`,
    resolveAll: (keys: readonly string[]) => Promise.resolve([...keys]),
    many: (keys: readonly string[]) => Promise.resolve(keys.map((key) => states.get(key))),
    list: (list: string, { min = -Infinity, max = Infinity }: ListRange) =>
      Promise.resolve(
        [...states].flatMap(([key, state]) =>
          Object.entries(projection.lists?.(state, key) ?? {}).flatMap(([name, rank]) =>
            name === list && rank >= min && rank <= max ? [{ key, rank }] : [],
          ),
        ),
      ),
    tallies: (from: string, to: string) => Promise.resolve(Object.entries(cells).filter(([cell]) => cell >= from && cell < to)),
  } as unknown as ReadModelView;
}
