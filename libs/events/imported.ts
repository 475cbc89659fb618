import type { RecordedEvent } from '@leadlog/event-log';

/**
 * What may follow for sales from imported events of the past. It is recorded with the event, so that every replay agrees:
 * `silent`: no handoffs follow from them; `trickle`: a limited number a day, the best first; `all`: as from events that happen now, except
 * that leads who have already bought are not handed off as new.
 */
export const DECISIONS = ['silent', 'trickle', 'all'] as const;
export type Decisions = (typeof DECISIONS)[number];

/** `before`, ms: later events are not history, and have the same effects as any other event. */
export interface Imported {
  decisions: Decisions;
  before?: number;
}

/** Searches for the word before parsing, because this runs for every act of a customer. */
export function decisionsOf(event: Pick<RecordedEvent, 'metadata' | 'metadataText'>): Decisions | undefined {
  const text = event.metadataText;
  return text !== undefined && !text.includes('"decisions"') ? undefined : event.metadata.decisions;
}
