import type { RecordedEvent } from '@leadlog/event-log';
import type { Tellings } from './tellings';

/**
 * A pure fold from events to documents. In addition to its document, a key may be in **lists** (the orders that a screen or
 * a reaction needs) and add to **tallies** (counters summed over all keys). Both are functions of the document, so the
 * engine keeps them exact whatever happens to the document: update, refold, merge, removal.
 *
 *     defineProjection<number>({ name: 'calls', version: '1', handles: ['CallCompleted'], key: ({ data }) => (data as { leadId: string }).leadId,
 *       streams: (leadId) => [`activity-${leadId}`], initial: () => 0, evolve: (calls) => calls + 1, lists: (calls) => ({ busiest: calls }) });
 */
export interface Projection<State = unknown> {
  readonly name: string;
  /** A new version is a new fold: it is built next to the live one and replaces it once it has caught up. */
  readonly version: string;
  /** Types of the events to fold, as named in the catalogue. */
  readonly handles: readonly string[];
  /** The key to which an event belongs; undefined if it concerns none. */
  key(event: RecordedEvent): string | undefined;
  /** An event whose data has none of these members has no key. Lets a build that must read the whole log skip those events. */
  readonly keyedBy?: readonly string[];
  /** The streams that always hold events of this key; the engine remembers others as they appear. */
  streams(key: string): readonly string[];
  /**
   * The key of all events of this stream, if its name determines it; null if none of its events has a key; undefined if each event
   * must be examined. With it, a build reads the log once for each part of the keys and holds only that part in memory; streams
   * whose names do not determine the key are read in every part, for all projections that are built together.
   */
  keyOfStream?(stream: string): string | null | undefined;
  initial(key: string): State;
  /** May change `state` and return it. Must use only its arguments. */
  evolve(state: State, event: RecordedEvent): State;
  /** Name of each list that contains this key → rank. In a list that a reaction drains, ranks are times in milliseconds. */
  lists?(state: State, key: string): Readonly<Record<string, number>>;
  /** Cell → the amount that this key adds to it. Integers, so that sums are exact in any order. */
  tallies?(state: State, key: string): Readonly<Record<string, number>>;
  /** Events that void or re-route past events of a key; they make the engine refold it. */
  readonly corrections?: Corrections;
  /** Events that report facts which may be reported again; a repeated report makes the engine refold the key. */
  readonly tellings?: Tellings;
  /**
   * Handled types after which past events of the key say less than before, because what was sealed in them cannot be read any more: the
   * engine refolds the key, so that the document holds only what can be read.
   */
  readonly forgets?: readonly string[];
}

export type Correction =
  /** One event of this key counts as if it had never happened; with `stream`, only the event in that stream. */
  | { kind: 'void'; eventId: string; stream?: string }
  /** The history of `from` belongs to `to` from now on, back to its first event. */
  | { kind: 'merge'; from: string; to: string }
  /** The merge made by this event is reverted. */
  | { kind: 'unmerge'; mergeEventId: string };

export interface Corrections {
  readonly types: readonly string[];
  of(event: RecordedEvent): Correction;
}

/**
 * For lists and tallies. An object without a prototype is a plain hash table from the start; others would get a hidden class for every new
 * name.
 */
export const tableOfNames = (): Record<string, number> => Object.create(null) as Record<string, number>;

/** Type-checks a projection; registers nothing. */
export function defineProjection<State>(projection: Projection<State>): Projection<State> {
  return projection;
}
