import type { RecordedEvent } from '@leadlog/event-log';
import { catalogue, eventTypes } from './catalogue';
import type { LeadlogEvent } from './event-types';
import { PROFILE_MEMBERS, withTraits } from './profile-traits';
import { nearest } from './validation/nearest-name';
import { upcasts } from './upcasts';

/**
 * A recorded event in the form of the current catalogue. The same object if it was recorded in that form; otherwise
 * a copy with `data` upcast and `metadata.schemaVersion` set to the current version (so that decoding twice is decoding once), and with
 * what is derived from other fields.
 * Throws UnknownEventType, UndecodableEvent.
 */
export function decode(event: RecordedEvent): LeadlogEvent {
  const definition = catalogue.get(event.type);
  if (definition === undefined) throw new UnknownEventType(event.type, event);
  // An embedded log parses metadata only on access, and most types have never had another version.
  const steps = upcasts.get(event.type);
  if (steps === undefined) return (PROFILE_MEMBERS.has(event.type) ? withDerived(event) : event) as LeadlogEvent;

  const current = definition.schemaVersion;
  const recorded = event.metadata.schemaVersion;
  if (recorded === current) return event as LeadlogEvent;
  if (!(Number.isInteger(recorded) && recorded >= 1 && recorded < current)) {
    throw new UndecodableEvent(
      event,
      `has schema version ${recorded}; this version of Leadlog knows 1 to ${current}. A newer version wrote it: upgrade Leadlog`,
    );
  }
  let data = event.data as Record<string, unknown>;
  try {
    for (let version = recorded; version < current; version++) data = steps[version - 1]!(data);
  } catch (error) {
    throw new UndecodableEvent(event, `cannot be upcast from schema version ${recorded} to ${current}: ${(error as Error).message}`);
  }
  return copyOf(event, data, { ...event.metadata, schemaVersion: current }) as LeadlogEvent;
}

function withDerived(event: RecordedEvent): RecordedEvent {
  const data = withTraits(event.type, event.data as Record<string, unknown>);
  return data === event.data ? event : copyOf(event, data, event.metadata);
}

const copyOf = (
  { id, type, stream, revision, position, recordedAt, occurredAt }: RecordedEvent,
  data: object,
  metadata: RecordedEvent['metadata'],
): RecordedEvent => ({ id, type, stream, revision, position, recordedAt, occurredAt, data, metadata });

/** The known name most similar to this one. */
export const nearestEventType = (type: string): string => nearest(type, eventTypes);

// eslint-disable-next-line no-restricted-syntax -- Damage in the log, or a newer program's event: nobody who asks is to blame, and trying again does not help, so it has no kind.
export class UnknownEventType extends Error {
  constructor(
    readonly type: string,
    event?: Pick<RecordedEvent, 'stream' | 'revision'>,
  ) {
    super(
      `event type ${JSON.stringify(type)}${event ? ` (${event.stream}, revision ${event.revision})` : ''} is not in the catalogue; ` +
        `the nearest of its ${eventTypes.length} names is ${nearestEventType(type)}`,
    );
    this.name = 'UnknownEventType';
  }
}

// eslint-disable-next-line no-restricted-syntax -- Damage in the log, or a newer program's event: nobody who asks is to blame, and trying again does not help, so it has no kind.
export class UndecodableEvent extends Error {
  constructor(event: Pick<RecordedEvent, 'id' | 'type' | 'stream' | 'revision'>, problem: string) {
    super(`${event.type} ${event.id} (${event.stream}, revision ${event.revision}) ${problem}`);
    this.name = 'UndecodableEvent';
  }
}
