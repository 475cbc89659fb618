import { closest } from 'fastest-levenshtein';

/** No known name is longer. A name that was sent may be a megabyte, and the cost of comparison grows with its length. */
const LOOKED_AT = 128;

/** The known name most similar to this one. */
export const nearest = (name: string, known: readonly string[]): string => closest(name.slice(0, LOOKED_AT), known);
