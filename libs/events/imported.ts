import type { RecordedEvent } from '@leadlog/event-log';

/**
 * What may follow for sales from events of the past that are told today. It is recorded with the event, so that every replay agrees:
 * `silent`: nobody is handed off because of them; `trickle`: so many a day, the best first; `all`: as from events that happen now, but
 * that nobody who has bought is handed off as new.
 */
export const DECISIONS = ['silent', 'trickle', 'all'] as const;
export type Decisions = (typeof DECISIONS)[number];

/** `before`, ms: later events are no history, and all follows from them that follows from any other. */
export interface Imported {
  decisions: Decisions;
  before?: number;
}

/** Looks for the word before anything is parsed: this is asked of every act of a customer. */
export function decisionsOf(event: Pick<RecordedEvent, 'metadata' | 'metadataText'>): Decisions | undefined {
  const text = event.metadataText;
  return text !== undefined && !text.includes('"decisions"') ? undefined : event.metadata.decisions;
}
