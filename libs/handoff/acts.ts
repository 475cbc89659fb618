import { randomUUID } from 'node:crypto';
import type { Actor, EventLog, NewEvent } from '@leadlog/event-log';
import { catalogue, eventIdOf, shown, validateData, type EventType, type FieldError } from '@leadlog/events';
import type { LeadDecided, Refusal } from '@leadlog/lead';

const SOURCE = 'leadlog/api';

/** What a person does through the API, such as accepting a handoff; it becomes an event of this type. */
export interface Act {
  type: EventType;
  /** Members that are undefined are left out. */
  data: Readonly<Record<string, unknown>>;
  /** Sent again, an act of the same id is a repeat. */
  id?: string;
  /** Who does it. */
  actor: Actor;
}

/** The data of an act that no event of its type may have. */
export interface InvalidAct {
  ok: false;
  invalid: readonly FieldError[];
  type: EventType;
}

export function eventOfAct(
  { type, data: given, id: sourceId = randomUUID(), actor }: Act,
  at: number,
): { ok: true; event: NewEvent } | InvalidAct {
  const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const invalid = validateData(type, data);
  if (invalid.length > 0) return { ok: false, invalid, type };
  const { initiator, schemaVersion } = catalogue.get(type)!;
  const metadata = { occurredAt: new Date(at).toISOString(), source: SOURCE, sourceId, initiator, actor, schemaVersion };
  return { ok: true, event: { id: eventIdOf(SOURCE, `${type} ${sourceId}`), type, data, metadata } };
}

/**
 * A repeat of an act is told as one only if it says the same as the first: under the id of another act, which stands, it would be lost
 * without a word. `stream`: where acts of this kind on this lead are recorded.
 */
export async function refusingAnother(log: EventLog, stream: string, event: NewEvent, decided: LeadDecided): Promise<LeadDecided> {
  if (!decided.ok || !decided.repeated) return decided;
  for await (const page of log.readStream(stream, { direction: 'backwards' })) {
    const recorded = page.find(({ id }) => id === event.id);
    const difference = recorded && differenceOf(recorded, event);
    if (difference) return { ok: false, ...difference };
    if (recorded) break;
  }
  return decided;
}

/** What does not come from whoever acts, but from the state of the lead at that time, or of the organisation. */
const SETTLED: ReadonlySet<string> = new Set(['leadId', 'runId', 'takeOver', 'targetEventId']);
const SETTLED_BY_ORGANISATION: ReadonlySet<string> = new Set(['teamId', 'method']);
const isSettled = (type: string, name: string): boolean =>
  SETTLED.has(name) || (type === 'LeadAssigned' && SETTLED_BY_ORGANISATION.has(name));

function differenceOf(recorded: Pick<NewEvent, 'metadata'> & { data: unknown }, told: NewEvent): Refusal | undefined {
  // Who acts comes last unless the data name them: a refusal should point at what was sent.
  const [known, now] = [recorded, told].map(({ data, metadata: { actor } }) => ({
    ...(data as object),
    ...(actor.kind === 'rep' && { repId: actor.id }),
    ...(data as object),
  })) as [Record<string, unknown>, Record<string, unknown>];
  for (const name of new Set([...Object.keys(known), ...Object.keys(now)])) {
    if (!isSettled(told.type, name) && JSON.stringify(known[name]) !== JSON.stringify(now[name]))
      return { pointer: `/data/${name}`, expected: `${shown(known[name])}, as recorded under this id`, got: shown(now[name]) };
  }
  return undefined;
}
