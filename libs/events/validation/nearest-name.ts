import { closest } from 'fastest-levenshtein';

/** No name of ours is longer; one that was sent may be a megabyte, and looking costs by its length. */
const LOOKED_AT = 128;

/** The known name that is most like this one. */
export const nearest = (name: string, known: readonly string[]): string => closest(name.slice(0, LOOKED_AT), known);
