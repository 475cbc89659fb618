/** The list of parked keys, ranked by the position of the event that could not be folded. */
export const PARKED_LIST = '~parked';

/** What the store holds for a key. Short names: there are as many of these as leads. */
export interface StoredDocument<State = unknown> {
  /** Position of the last event folded in. */
  a: number;
  /** The state; absent when the key has been merged into another, or has had no event of its own. */
  d?: State;
  /** Streams beyond those every key has. */
  s?: readonly string[];
  /** Voided event ids, with the stream where they are voided in one alone. */
  v?: readonly string[];
  /** Facts that have been told (tellings.ts), sorted. */
  k?: readonly number[];
  /** The key this one is merged into, and the event that did it. */
  t?: { key: string; by: string };
  /** Keys merged into this one. */
  f?: readonly string[];
  p?: Parked;
}

export interface Parked {
  position: number;
  event: string;
  type: string;
  error: string;
  /** Events of the key that wait, the poison one included. */
  events: number;
}
