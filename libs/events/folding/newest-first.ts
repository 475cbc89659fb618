import type { RecordedEvent } from '@leadlog/event-log';

/** Where an event stands among those of one lead. */
export type Moment = Pick<RecordedEvent, 'occurredAt' | 'stream' | 'revision'>;

/**
 * What happened last comes first. Two events of the same millisecond stand in the order of their stream; those of different
 * streams by the streams' names, in which decisions (`lead-…`) come behind the facts (`activity-…`) that led to them. Never by
 * position: which of two streams the log wrote first is chance, and another log with the same streams would show another order.
 */
export function newestFirst(a: Moment, b: Moment): number {
  if (a.occurredAt !== b.occurredAt) return b.occurredAt - a.occurredAt;
  if (a.stream !== b.stream) return a.stream < b.stream ? 1 : -1;
  return a.revision === b.revision ? 0 : a.revision < b.revision ? 1 : -1;
}
