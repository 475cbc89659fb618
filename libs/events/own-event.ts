import type { EventMetadata, NewEvent } from '@leadlog/event-log';
import { catalogue } from './catalogue';
import type { EventType } from './event-types';

export interface OwnEvent {
  /** Follows from what is decided (`decisionId`), so that a repeat is recognised. */
  id: string;
  type: EventType;
  data: object;
  /** As of when: ms, or RFC 3339 as the event that led to it says. */
  at: number | string;
  /** The part of Leadlog that makes it: its source is `leadlog/<by>`, and whoever else is not named did it. */
  by: string;
  actor?: EventMetadata['actor'];
  /** The event that led to it; what it belongs to, this does too. */
  cause?: { id: string; metadata: { correlationId?: string } };
}

/** The part that knows who is who, and makes the merges that nobody has asked for. */
export const BY_IDENTITY = 'identity';

/** An event that Leadlog itself makes, ready to be appended. */
export function ownEvent({ id, type, data, at, by, actor = { kind: 'system', id: by }, cause }: OwnEvent): NewEvent {
  return {
    id,
    type,
    data,
    metadata: {
      occurredAt: typeof at === 'number' ? new Date(at).toISOString() : at,
      source: `leadlog/${by}`,
      sourceId: id,
      initiator: 'seller',
      actor,
      ...(cause && { causationId: cause.id, ...(cause.metadata.correlationId !== undefined && { correlationId: cause.metadata.correlationId }) }),
      schemaVersion: catalogue.get(type)!.schemaVersion,
    },
  };
}
