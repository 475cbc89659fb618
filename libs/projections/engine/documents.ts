import type { Projection } from '../projection';
import type { GenerationCommit, ReadModelStore } from '../store';
import type { Families } from './families';
import { PARKED_LIST, type Parked, type StoredDocument } from './stored-document';

/** A document in memory, with what a fold of its key must know besides the state. Whoever changes one says so to `changed`. */
export interface Entry {
  readonly key: string;
  /** Position of the last event folded in. */
  at: number;
  state: unknown;
  /** Events that count as never having happened, as `isVoided` looks for them. */
  voids: Set<string> | undefined;
  /** Facts that it has been told, by their numbers. */
  told: Set<number> | undefined;
  parked: Parked | undefined;
  /** Streams of the key beyond those that every key has. */
  streams: readonly string[] | undefined;
  /** The one its last event came from: known already. */
  lastStream: string | undefined;
  /** As committed last. */
  lists: Readonly<Record<string, number>>;
  tallies: Readonly<Record<string, number>>;
  stored: boolean;
  dirty: boolean;
  /** When it was last looked for. */
  round: number;
}

export interface DocumentsParts {
  store: ReadModelStore;
  families: Families;
}

/**
 * The documents of a generation that are in memory, each read once, and what of them is to be written. A commit holds differences: lists
 * and tallies as they follow from the documents now, against what followed from them when they were committed last. So whatever becomes of
 * a document (folded on, folded again, merged away, parked), its lists and tallies are right.
 */
export class Documents {
  private readonly entries = new Map<string, Entry>();
  /** All entries that are dirty, and maybe some that are no longer. */
  private unwritten: Entry[] = [];
  private round = 0;

  constructor(
    private readonly generation: string,
    private readonly slices: readonly number[],
    private readonly projection: Projection,
    private complete: boolean,
    private readonly parts: DocumentsParts,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Everything that the store holds of these slices is in memory, so a miss needs no look-up. */
  get areAll(): boolean {
    return this.complete;
  }

  /** What is looked for from now on was so later than what was before. */
  nextRound(): void {
    this.round += 1;
  }

  /** The entry, if it is in memory. */
  find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry) entry.round = this.round;
    return entry;
  }

  /** As `find`, for what has been looked for in this round. */
  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  async load(keys: Iterable<string>): Promise<void> {
    const asked = [...keys].filter((key) => !this.entries.has(key));
    if (asked.length === 0) return;
    const texts = await this.parts.store.load(this.generation, asked);
    asked.forEach((key, index) => this.create(key, texts[index]));
  }

  /** An entry that is not in memory yet; without a text the key has no document. */
  create(key: string, text?: string): Entry {
    const stored = text === undefined ? undefined : (JSON.parse(text) as StoredDocument);
    const entry: Entry = {
      key,
      at: stored?.a ?? -1,
      round: this.round,
      state: stored?.d,
      streams: stored?.s,
      lastStream: undefined,
      voids: stored?.v && new Set(stored.v),
      told: stored?.k && new Set(stored.k),
      parked: stored?.p,
      lists: NOTHING,
      tallies: NOTHING,
      stored: text !== undefined,
      dirty: false,
    };
    if (entry.state !== undefined) {
      entry.lists = this.projection.lists?.(entry.state, key) ?? NOTHING;
      entry.tallies = this.projection.tallies?.(entry.state, key) ?? NOTHING;
    }
    if (entry.parked) entry.lists = { ...entry.lists, [PARKED_LIST]: entry.parked.position };
    this.entries.set(key, entry);
    return entry;
  }

  changed(entry: Entry): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.unwritten.push(entry);
  }

  /** As before its first event. Its streams stay, since they say where its events are. */
  startOver(entry: Entry): void {
    entry.state = undefined;
    entry.voids = undefined;
    entry.told = undefined;
    entry.parked = undefined;
    this.changed(entry);
  }

  /** Streams beyond those that every key has are kept, so that a refold finds all of its history. */
  addStream(entry: Entry, stream: string): void {
    if (entry.lastStream === stream) return;
    entry.lastStream = stream;
    if (entry.streams?.includes(stream) || this.projection.streams(entry.key).includes(stream)) return;
    entry.streams = [...(entry.streams ?? []), stream].sort();
    this.changed(entry);
  }

  // ---- forgetting

  /**
   * All of them; what was changed must have been taken. `nextAreStored`: the store may have some of those that are looked for from now on.
   */
  forgetAll(nextAreStored: boolean): void {
    this.entries.clear();
    if (nextAreStored) this.complete = false;
  }

  /** What was not looked for longest and is written already, so that about `keep` remain. */
  forget(keep: number): void {
    const surplus = this.entries.size - keep;
    const clean = [...this.entries.values()].filter((entry) => !entry.dirty).sort((a, b) => a.round - b.round);
    for (const entry of clean.slice(0, Math.max(0, surplus))) this.entries.delete(entry.key);
    this.complete = false;
  }

  /** The same of those that are to be written too; `staying` stay. They come in parts of `size`, the last one as the answer. */
  evict(keep: number, size: number, staying: ReadonlySet<Entry>): Parts {
    const rounds = Float64Array.from([...this.entries.values()], (entry) => entry.round).sort();
    const youngestToGo = rounds[rounds.length - keep - 1] ?? -1;
    const going: Entry[] = [];
    for (const [key, entry] of this.entries) {
      if (entry.round > youngestToGo || staying.has(entry)) continue;
      if (entry.dirty) going.push(entry);
      this.entries.delete(key);
    }
    this.complete = false;
    return this.parted(byKey(going), size);
  }

  // ---- writing

  /** What has changed since it was taken last, in one. */
  take(): Parts {
    return this.parted(this.unwritten, Infinity);
  }

  /**
   * The same in parts of `size` documents by key, made one by one as they are asked for, the last one as the answer. Each is exact in
   * itself.
   */
  takeInParts(size: number): Parts {
    return this.parted(byKey(this.unwritten.filter((entry) => entry.dirty)), size);
  }

  private *parted(entries: Iterable<Entry>, size: number): Parts {
    let part = this.emptyPart();
    for (const entry of entries) {
      if (part.documents.length >= size) {
        yield finished(part);
        part = this.emptyPart();
      }
      if (!entry.dirty) continue;
      entry.dirty = false;
      this.add(entry, part);
    }
    this.unwritten = this.unwritten.filter((entry) => entry.dirty);
    return finished(part);
  }

  private emptyPart(): Part {
    return { generation: this.generation, slices: this.slices, documents: [], lists: [], tallies: new Map() };
  }

  private add(entry: Entry, { documents, lists, tallies }: Part): void {
    const merged = this.parts.families.parent(entry.key);
    const text = this.textOf(entry, merged);
    if (text !== undefined || entry.stored) documents.push([entry.key, text ?? null]);
    entry.stored = text !== undefined;

    const present = entry.state !== undefined && !merged;
    let nowIn: Readonly<Record<string, number>> = (present && this.projection.lists?.(entry.state, entry.key)) || NOTHING;
    if (entry.parked) nowIn = { ...nowIn, [PARKED_LIST]: entry.parked.position };
    for (const list in entry.lists) if (!(list in nowIn)) lists.push([list, entry.key, null]);
    for (const list in nowIn) if (entry.lists[list] !== nowIn[list]) lists.push([list, entry.key, nowIn[list]!]);
    entry.lists = nowIn;

    const adds: Readonly<Record<string, number>> = (present && this.projection.tallies?.(entry.state, entry.key)) || NOTHING;
    for (const cell in entry.tallies) tallies.set(cell, (tallies.get(cell) ?? 0) - entry.tallies[cell]!);
    for (const cell in adds) tallies.set(cell, (tallies.get(cell) ?? 0) + adds[cell]!);
    entry.tallies = adds;
  }

  private textOf(entry: Entry, merged: { key: string; by: string } | undefined): string | undefined {
    const family = this.parts.families.ofKey(entry.key);
    const plain = !entry.streams && !entry.voids && !entry.told && !merged && family.length === 0 && !entry.parked;
    if (plain) return entry.state === undefined ? undefined : `{"a":${entry.at},"d":${JSON.stringify(entry.state)}}`;
    const document: StoredDocument = { a: entry.at };
    if (entry.state !== undefined && !merged) document.d = entry.state;
    if (entry.streams) document.s = entry.streams;
    if (entry.voids) document.v = [...entry.voids].sort();
    if (entry.told) document.k = [...entry.told].sort((a, b) => a - b);
    if (merged) document.t = merged;
    if (family.length > 0) document.f = family;
    if (entry.parked) document.p = entry.parked;
    return JSON.stringify(document);
  }
}

/** Commits that move no checkpoint yet. */
export type Parts = Generator<GenerationCommit, GenerationCommit>;

interface Part {
  generation: string;
  slices: readonly number[];
  documents: [string, string | null][];
  lists: (readonly [string, string, number | null])[];
  tallies: Map<string, number>;
}

function finished(part: Part): GenerationCommit {
  return { ...part, tallies: [...part.tallies].filter(([, delta]) => delta !== 0) };
}

/** Rows in key order fill the pages of a B-tree one after the other. */
function byKey(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const NOTHING: Readonly<Record<string, number>> = Object.freeze({});
