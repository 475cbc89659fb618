import type { RecordedEvent } from '@leadlog/event-log';
import { supersededAmong, type Telling, type Tellings } from '@leadlog/projections';
import { catalogue, type FactId } from '../catalogue';

/** Of the types that tell a fact under an id of its own. */
export const factIds: ReadonlyMap<string, FactId> = new Map([...catalogue.values()].flatMap(({ type, fact }) => (fact ? [[type, fact] as const] : [])));

/** The same fact told again is one fact of the lead: a call that was first refused, then reached, is a call. */
export const leadTellings: Tellings = { types: new Set(factIds.keys()), of: tellingOf };

export function tellingOf({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): Telling | undefined {
  const id = factIds.get(type);
  if (!id) return undefined;
  const said = data as Readonly<Record<string, unknown>>;
  return { fact: id.fields.length === 1 ? `${type} ${String(said[id.fields[0]!])}` : JSON.stringify([type, ...id.fields.map((field) => said[field])]), holds: id.holds };
}

/** The events of one person, without those that tell a fact of which another one holds. */
export function holdingOf<Event extends RecordedEvent>(events: readonly Event[]): Event[] {
  const superseded = supersededAmong(events, tellingOf);
  return superseded.size === 0 ? [...events] : events.filter((event) => !superseded.has(event));
}
