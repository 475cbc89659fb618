import type { RecordedEvent } from '@leadlog/event-log';
import type { Tellings } from './tellings';

/**
 * A pure fold from events to documents. Besides its document, a key may stand in **lists** (every order that a screen
 * or a reaction needs) and add to **tallies** (counters summed over all keys). Both are functions of the document, so
 * the engine keeps them exact whatever happens to the document: update, refold, merge, removal.
 */
export interface Projection<State = unknown> {
  readonly name: string;
  /** Another version is another fold: it is built beside the live one and takes over when it has caught up. */
  readonly version: string;
  /** Catalogue names of the events that are folded. */
  readonly handles: readonly string[];
  /** The key an event belongs to; undefined when it concerns none. */
  key(event: RecordedEvent): string | undefined;
  /** An event whose data have none of these members has no key. Where only the whole log tells of all keys, a build is spared those events. */
  readonly keyedBy?: readonly string[];
  /** The streams in which events of this key are found in any case; others are remembered by the engine as they come. */
  streams(key: string): readonly string[];
  /**
   * The key that every event of this stream has, where the name of the stream says so; null: none of its events has a key; undefined: its events
   * must be looked at. With it a build goes through the log once for each part of the keys and holds only that part in memory; streams
   * whose names do not tell are read in every part, for all projections that are built together.
   */
  keyOfStream?(stream: string): string | null | undefined;
  initial(key: string): State;
  /** May change `state` and return it. Must use nothing but its arguments. */
  evolve(state: State, event: RecordedEvent): State;
  /** Lists this key stands in → rank. Ranks of a list that a reaction drains are times in milliseconds. */
  lists?(state: State, key: string): Readonly<Record<string, number>>;
  /** Cells this key adds to → how much. Integers, so that sums are exact in any order. */
  tallies?(state: State, key: string): Readonly<Record<string, number>>;
  /** How facts about the past re-route or void events of a key; such events make the engine refold it. */
  readonly corrections?: Corrections;
  /** Which of its events tell facts that may be told again; a fact told again makes the engine refold the key. */
  readonly tellings?: Tellings;
}

export type Correction =
  /** One event of this key counts as never having happened; with `stream` only where it stands there. */
  | { kind: 'void'; eventId: string; stream?: string }
  /** The history of `from` belongs to `to` from now on, back to its first event. */
  | { kind: 'merge'; from: string; to: string }
  /** The merge made by this event is taken back. */
  | { kind: 'unmerge'; mergeEventId: string };

export interface Corrections {
  readonly types: readonly string[];
  of(event: RecordedEvent): Correction;
}

/** For lists and tallies. Without a prototype it is a plain table from the start: other objects get a shape of their own for every name. */
export const tableOfNames = (): Record<string, number> => Object.create(null) as Record<string, number>;

/** Type-checks a projection and names what it is; nothing is registered by it. */
export function defineProjection<State>(projection: Projection<State>): Projection<State> {
  return projection;
}
