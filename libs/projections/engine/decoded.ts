import type { RecordedEvent } from '@leadlog/event-log';

/** An event after decoding, or why it could not be decoded. */
export interface Decoded {
  event: RecordedEvent;
  /** Its position: whole numbers compare faster, and every fold of every event compares. */
  at: number;
  unknown: Error | undefined;
  /** What `keyBy` answers for it: folds that share their way of finding the key, as most do, ask once. */
  keyBy: KeyOf | undefined;
  key: string | undefined;
}

type KeyOf = (event: RecordedEvent) => string | undefined;

export function decodeOne(event: RecordedEvent, decode: (event: RecordedEvent) => RecordedEvent): Decoded {
  const at = Number(event.position);
  try {
    return { event: decode(event), at, unknown: undefined, keyBy: undefined, key: undefined };
  } catch (error) {
    return { event, at, unknown: error as Error, keyBy: undefined, key: undefined };
  }
}

/** Throws what `keyBy` throws. */
export function keyOf(decoded: Decoded, keyBy: KeyOf): string | undefined {
  if (decoded.keyBy !== keyBy) {
    decoded.key = keyBy(decoded.event);
    decoded.keyBy = keyBy;
  }
  return decoded.key;
}

// eslint-disable-next-line no-restricted-syntax -- A bug of the fold, or damage in the log: it has no kind.
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
