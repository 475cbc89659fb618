import { shown } from '@leadlog/events';
import { InvalidCursor } from '@leadlog/lead';
import { refused, type RequestRefused } from './problem-details';

/** Every list answer: as of `position`, with the cursor of what comes next. */
export interface Page<Item> {
  items: readonly Item[];
  nextCursor?: string;
  position: string;
}

/** A cursor says nothing to a client; it is the place to go on from. */
export const encodeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');

/** `isPlace` tells a place of this list from anything else that somebody may send. */
export function decodeCursor<Place>(cursor: string | undefined, isPlace: (value: unknown) => value is Place): Place | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  if (isPlace(value)) return value;
  throw wrong('cursor', 'a cursor from an earlier page; start again without a cursor', cursor);
}

export const limitOf = (text: string | undefined, byDefault = 50, most = 500): number => wholeNumber('limit', text, byDefault, 1, most);

export function wholeNumber(name: string, text: string | undefined, byDefault: number, least: number, most: number): number {
  if (text === undefined) return byDefault;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < least || number > most) throw wrong(name, `a whole number from ${least} to ${most}`, text);
  return number;
}

export function oneOf<Choice extends string>(name: string, text: string | undefined, choices: readonly Choice[]): Choice | undefined {
  if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined;
  throw wrong(name, `one of ${choices.join(', ')}`, text);
}

export async function refusingCursors<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof InvalidCursor ? wrong('cursor', error.expected, error.cursor) : error;
  }
}

export function wrong(name: string, expected: string, got: string): RequestRefused {
  return refused(400, `/${name}`, expected, shown(got));
}
