import { nearest } from './nearest-name';
import { shown } from './value-in-message';

export interface FieldError {
  /** RFC 6901, into the event: `/data/dwellMs`. */
  pointer: string;
  /** In plain words. */
  expected: string;
  /** The received value, shortened; `nothing` if the field is absent. */
  got: string;
}

/** In one line, the same wherever a refusal is reported. */
export const errorsText = (errors: readonly FieldError[]): string =>
  errors.map(({ pointer, expected, got }) => `${pointer}${pointer && ': '}expected ${expected}, got ${got}`).join('; ');

/** A client with ten thousand wrong fields has one mistake, so only the first errors are reported. */
export const MOST_ERRORS = 20;

export function unknownField(at: string, name: string, known: readonly string[], value: unknown): FieldError {
  return {
    pointer: `${at}/${escaped(name)}`,
    expected: `no field of this name; the nearest known one is ${nearest(name, known)}`,
    got: shown(value),
  };
}

const LONGEST_NAME = 100;

/** A part of a pointer (RFC 6901, 3), short enough for an answer and without broken characters. */
export function escaped(name: string): string {
  const short = name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`;
  return short
    .replace(/\p{Surrogate}|\0/gu, '\ufffd')
    .replaceAll('~', '~0')
    .replaceAll('/', '~1');
}
