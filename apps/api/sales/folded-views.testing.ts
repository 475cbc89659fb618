import type { LeadlogEvent } from '@leadlog/events';
import { handoffsProjection } from '@leadlog/handoff';
import { leadsProjection } from '@leadlog/lead';
import type { ListRange, Projection, ReadModels, ReadModelView } from '@leadlog/projections';
import { dealLeads, dealsProjection, salesWork } from '@leadlog/sales';

/** The read models of sales work, folded in memory in the order of the events, as the engine does where nothing corrects the past. */
export function foldedViews(events: readonly LeadlogEvent[], timezone: string): ReadModels {
  const projections = [salesWork({ timezone }), dealLeads(), dealsProjection(), leadsProjection({ timezone }), handoffsProjection];
  const views = new Map((projections as Projection[]).map((projection) => [projection.name, viewOf(projection, events)]));
  return { view: (name) => Promise.resolve(views.get(name)!), reached: () => Promise.resolve() };
}

function viewOf(projection: Projection, events: readonly LeadlogEvent[]): ReadModelView {
  const folded = new Map<string, unknown>();
  for (const event of events) {
    const key = projection.handles.includes(event.type) ? projection.key(event) : undefined;
    if (key !== undefined) folded.set(key, projection.evolve(folded.get(key) ?? projection.initial(key), event));
  }
  // As the store gives it back.
  const states = new Map([...folded].map(([key, state]) => [key, JSON.parse(JSON.stringify(state)) as unknown]));
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
    get: (key: string) => Promise.resolve(states.get(key)),
    many: (keys: readonly string[]) => Promise.resolve(keys.map((key) => states.get(key))),
    resolve: (key: string) => Promise.resolve(key),
    resolveAll: (keys: readonly string[]) => Promise.resolve([...keys]),
    list,
    tallies: (from: string, to: string) => Promise.resolve([...cells].filter(([cell]) => cell >= from && cell < to)),
  } as unknown as ReadModelView;
}
