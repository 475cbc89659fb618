import type { RecordedEvent } from '@leadlog/event-log';

/** An event after decoding, or why it could not be decoded. */
export interface Decoded {
  event: RecordedEvent;
  unknown?: Error;
}

export function decodeOne(event: RecordedEvent, decode: (event: RecordedEvent) => RecordedEvent): Decoded {
  try {
    return { event: decode(event) };
  } catch (error) {
    return { event, unknown: error as Error };
  }
}

export class PoisonEvent extends Error {
  constructor(
    readonly projection: string,
    readonly event: RecordedEvent,
    override readonly cause: Error,
  ) {
    super(`projection ${projection} cannot fold ${event.type} ${event.id} at position ${event.position}: ${cause.message}`);
    this.name = 'PoisonEvent';
  }
}
