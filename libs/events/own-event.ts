import type { EventMetadata, NewEvent } from '@leadlog/event-log';
import { catalogue } from './catalogue';
import type { EventType } from './event-types';

export interface OwnEvent {
  /** Derived from the decision (`decisionId`), so that a repeat is recognised. */
  id: string;
  type: EventType;
  data: object;
  /** Business time: ms, or RFC 3339 as in the event that led to it. */
  at: number | string;
  /** The part of Leadlog that makes it: its source is `leadlog/<by>`, which is also the actor if no other is named. */
  by: string;
  actor?: EventMetadata['actor'];
  /** The event that led to it, whose correlation it shares. */
  cause?: { id: string; metadata: { correlationId?: string } };
}

/** The part that resolves identities and makes automatic merges. */
export const BY_IDENTITY = 'identity';

/** An event made by Leadlog itself, ready to be appended. */
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
      ...(cause && {
        causationId: cause.id,
        ...(cause.metadata.correlationId !== undefined && { correlationId: cause.metadata.correlationId }),
      }),
      schemaVersion: catalogue.get(type)!.schemaVersion,
    },
  };
}
