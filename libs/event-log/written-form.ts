import { EventTooLarge, MAX_EVENT_BYTES, type Append, type AppendError } from './log';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The events of an append as JSON texts with the business time in ms, or the reason why they cannot be written. */
export type WrittenForm = { events: { data: string; metadata: string; occurredAt: number }[] } | { error: AppendError };

/** Throws RangeError for errors of the caller: an invalid UUID or time. */
export function writtenForm({ events }: Append): WrittenForm {
  const texts = [];
  for (const event of events) {
    if (!UUID.test(event.id)) throw new RangeError(`event id: expected a UUID in lower case, got ${JSON.stringify(event.id)}`);
    const occurredAt = Date.parse(event.metadata.occurredAt);
    if (Number.isNaN(occurredAt))
      throw new RangeError(`event ${event.id}: expected occurredAt as RFC 3339, got ${JSON.stringify(event.metadata.occurredAt)}`);
    const data = JSON.stringify(event.data);
    const metadata = JSON.stringify(event.metadata);
    // Only texts that could be too long are measured: a UTF-16 unit takes at most three bytes.
    if ((data.length + metadata.length) * 3 > MAX_EVENT_BYTES) {
      const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata);
      if (bytes > MAX_EVENT_BYTES) return { error: new EventTooLarge(event.id, bytes) };
    }
    texts.push({ data, metadata, occurredAt });
  }
  return { events: texts };
}
