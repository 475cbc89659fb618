import type { Append, EventMetadata, RecordedEvent } from '@leadlog/event-log';
import { catalogue } from './catalogue';
import { eventIdOf } from './event-ids';
import { withTraits } from './profile-traits';
import type { EventData, EventOf, EventType } from './event-types';

export interface RecordedOptions {
  /** When it happened: RFC 3339 or milliseconds. */
  at?: string | number;
  /** When the log took it in; the same moment by default. */
  recordedAt?: string | number;
  id?: string;
  stream?: string;
  position?: bigint;
  revision?: bigint;
  metadata?: Partial<EventMetadata>;
}

let made = 0;

const milliseconds = (at: string | number): number => (typeof at === 'number' ? at : Date.parse(at));

/**
 * A recorded event in memory, for specs of folds. `data` need not be complete: what is missing comes from the catalogue's
 * example, without the example's identity and account. Positions grow with every call; `leadId` is `lead-1` by default.
 */
export function recorded<Type extends EventType>(
  type: Type,
  data: Partial<EventData[Type]> = {},
  options: RecordedOptions = {},
): EventOf<Type> {
  const definition = catalogue.get(type)!;
  const n = made++;
  const example: Record<string, unknown> = { ...definition.example };
  const required = (definition.jsonSchema['required'] ?? []) as string[];
  for (const field of ['identity', 'accountId']) if (!required.includes(field)) delete example[field];
  if ('leadId' in example || 'identity' in definition.example) example['leadId'] = 'lead-1';
  const full: Record<string, unknown> = { ...example, ...data };
  const occurredAt = milliseconds(options.at ?? '2026-06-04T10:00:00+09:00');
  const key = definition.subject === undefined ? 'hash' : String(full[definition.subject]);
  const stream = definition.stream === 'organisation' ? definition.stream : `${definition.stream}-${key}`;
  const event: RecordedEvent = {
    id: options.id ?? eventIdOf('spec', String(n)),
    type,
    stream: options.stream ?? stream,
    revision: options.revision ?? BigInt(n),
    position: options.position ?? BigInt(n),
    recordedAt: milliseconds(options.recordedAt ?? occurredAt),
    occurredAt,
    data: withTraits(type, full),
    metadata: {
      occurredAt: new Date(occurredAt).toISOString(),
      source: 'spec',
      sourceId: String(n),
      initiator: definition.initiator,
      actor: { kind: definition.decision ? 'system' : 'integration', id: 'spec' },
      schemaVersion: definition.schemaVersion,
      ...options.metadata,
    },
  };
  return event as EventOf<Type>;
}

/** The same as something to append to a real log. */
export const asAppend = ({ id, type, stream, data, metadata }: RecordedEvent): Append => ({
  stream,
  events: [{ id, type, data: data as object, metadata }],
  expected: 'any',
});
