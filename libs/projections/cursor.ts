import { LeadlogError } from '@leadlog/errors';
import type { ListEntry } from './store';

const MOST_SHOWN = 80;

export class InvalidCursor extends LeadlogError {
  readonly kind = 'invalid';

  constructor(cursor: string) {
    const expected = 'a cursor from an earlier page; start again without a cursor';
    const got = JSON.stringify(cursor.length > MOST_SHOWN ? `${cursor.slice(0, MOST_SHOWN)}…` : cursor);
    super(`/cursor: expected ${expected}, got ${got}`, { errors: [{ pointer: '/cursor', expected, got }] });
  }
}

/** A cursor says nothing to a client; it is the place (a JSON value) to go on from. */
export const encodeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** `placeIn` tells a place of this list from anything else that somebody may send: undefined for that. Throws InvalidCursor. */
export function decodeCursor<Place>(cursor: string, placeIn: (value: unknown) => Place | undefined): Place {
  let place: Place | undefined;
  try {
    place = placeIn(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    // Told below.
  }
  if (place === undefined) throw new InvalidCursor(cursor);
  return place;
}

/** Of a list of a read model. */
export const cursorOf = ({ rank, key }: ListEntry): string => encodeCursor([rank, key]);

/** Throws InvalidCursor. */
export const entryOf = (cursor: string): ListEntry =>
  decodeCursor(cursor, (value) => {
    if (!Array.isArray(value)) return undefined;
    const [rank, key] = value as unknown[];
    return typeof rank === 'number' && typeof key === 'string' ? { rank, key } : undefined;
  });
