import type { RecordedEvent } from '@leadlog/event-log';

/** The place of an event among those of one lead. */
export type Moment = Pick<RecordedEvent, 'occurredAt' | 'stream' | 'revision'>;

/**
 * Newest first. Events of the same millisecond are in the order of their stream; events of different streams are ordered by
 * stream name, which puts decisions (`lead-…`) after the facts (`activity-…`) that led to them. Never by position: which of two
 * streams was written first is arbitrary, and another log with the same streams would show another order.
 */
export function newestFirst(a: Moment, b: Moment): number {
  if (a.occurredAt !== b.occurredAt) return b.occurredAt - a.occurredAt;
  if (a.stream !== b.stream) return a.stream < b.stream ? 1 : -1;
  return a.revision === b.revision ? 0 : a.revision < b.revision ? 1 : -1;
}
