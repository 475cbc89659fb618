import type { ReadModelView } from './read-models';

/**
 * Level-triggered: as long as a key stands in `list` of the live generation with a rank (a time, ms) that has come, the
 * reaction is asked to act, one key at a time. What it appends must come back through the log and take the key off the
 * list; until then, and after every position it names, the key is left alone. Everything it does must be safe to repeat:
 * deterministic ids and an expected revision.
 */
export interface Reaction {
  readonly name: string;
  readonly projection: string;
  readonly list: string;
  /**
   * Acts for one key. Answers the position behind which the read model must be before the key is looked at again
   * (that of the appended decision), 'again' when the state it saw was stale (the key is retried once the
   * projection has moved on), or the time (ms) before which there is nothing to do as long as the rank stays as it is.
   */
  react(key: string, rank: number, view: ReadModelView): Promise<bigint | 'again' | { notBefore: number }>;
}
