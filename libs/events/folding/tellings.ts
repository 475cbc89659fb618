import type { RecordedEvent } from '@leadlog/event-log';
import { supersededAmong, type Telling, type Tellings } from '@leadlog/projections';
import { catalogue, type FactId } from '../catalogue';

/** The types that report a fact under an id of its own. */
export const factIds: ReadonlyMap<string, FactId> = new Map(
  [...catalogue.values()].flatMap(({ type, fact }) => (fact ? [[type, fact] as const] : [])),
);

/** A fact reported again is one fact of the lead: a call reported first as refused, then as reached, is one call. */
export const leadTellings: Tellings = { types: new Set(factIds.keys()), of: tellingOf };

export function tellingOf({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): Telling | undefined {
  const id = factIds.get(type);
  if (!id) return undefined;
  const said = data as Readonly<Record<string, unknown>>;
  return {
    fact:
      id.fields.length === 1 ? `${type} ${String(said[id.fields[0]!])}` : JSON.stringify([type, ...id.fields.map((field) => said[field])]),
    holds: id.holds,
  };
}

/** The events of one person, without superseded reports of the same fact. */
export function holdingOf<Event extends RecordedEvent>(events: readonly Event[]): Event[] {
  const superseded = supersededAmong(events, tellingOf);
  return superseded.size === 0 ? [...events] : events.filter((event) => !superseded.has(event));
}
