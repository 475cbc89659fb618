import { randomUUID } from 'node:crypto';
import type { Actor, NewEvent } from '@leadlog/event-log';
import { catalogue, eventIdOf, validateData, type EventType, type FieldError } from '@leadlog/events';

const SOURCE = 'leadlog/api';

/** What a person does through the API, such as accepting a handoff; it becomes an event of this type. */
export interface Act {
  type: EventType;
  /** Members that are undefined are left out. */
  data: Readonly<Record<string, unknown>>;
  /** Sent again, an act of the same id is a repeat. */
  id?: string;
  /** Who does it, where that is a rep. */
  repId?: string;
  /** Who does it, where the request tells. */
  actor?: Actor;
}

/** The data of an act that no event of its type may have. */
export interface InvalidAct {
  ok: false;
  invalid: readonly FieldError[];
  type: EventType;
}

export function eventOfAct(
  { type, data: given, id: sourceId = randomUUID(), repId, actor: told }: Act,
  at: number,
): { ok: true; event: NewEvent } | InvalidAct {
  const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const invalid = validateData(type, data);
  if (invalid.length > 0) return { ok: false, invalid, type };
  const { initiator, schemaVersion } = catalogue.get(type)!;
  const actor: Actor = told ?? (repId === undefined ? { kind: 'person', id: 'api' } : { kind: 'rep', id: repId });
  const metadata = { occurredAt: new Date(at).toISOString(), source: SOURCE, sourceId, initiator, actor, schemaVersion };
  return { ok: true, event: { id: eventIdOf(SOURCE, `${type} ${sourceId}`), type, data, metadata } };
}
