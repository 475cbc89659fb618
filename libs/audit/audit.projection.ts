import type { Actor } from '@leadlog/event-log';
import { AUDIT_STREAMS, type EventOf, type RequestAudited } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';

/** What was asked for, by whom, from where and when. */
export interface AuditEntry extends RequestAudited {
  eventId: string;
  /** ms, by the log. */
  at: number;
  actor: Actor;
}

/** List of all entries; of those of a key, person or representative; and of those about a lead. Ranked by time. */
export const AUDIT = 'audit';
export const ofActor = (id: string): string => `actor:${id}`;
export const aboutLead = (leadId: string): string => `lead:${leadId}`;

/** Read model `audit`: an entry each, by its place in the log. */
export const auditProjection: Projection<{ entry?: AuditEntry }> = defineProjection<{ entry?: AuditEntry }>({
  name: 'audit',
  version: '1',
  handles: ['RequestAudited'],
  key: ({ stream, revision }) => `${stream}@${revision}`,
  streams: (key) => [key.slice(0, key.lastIndexOf('@'))],
  keyOfStream: (stream) => (stream.startsWith(AUDIT_STREAMS) ? undefined : null),
  initial: () => ({}),
  evolve: (_, event) => {
    const { id, recordedAt, data, metadata } = event as EventOf<'RequestAudited'>;
    return { entry: { ...data, eventId: id, at: recordedAt, actor: metadata.actor } };
  },
  lists: ({ entry }): Record<string, number> => {
    if (!entry) return {};
    const { actor, aboutLeadId, at } = entry;
    return {
      [AUDIT]: at,
      [ofActor(actor.id)]: at,
      ...(actor.by !== undefined && { [ofActor(actor.by)]: at }),
      ...(aboutLeadId !== undefined && { [aboutLead(aboutLeadId)]: at }),
    };
  },
});
