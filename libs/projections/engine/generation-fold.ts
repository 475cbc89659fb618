import { START, type EventLog, type Position, type RecordedEvent } from '@leadlog/event-log';
import type { Projection } from '../projection';
import { SLICES, sliceOf } from '../slices';
import type { GenerationCommit, ReadModelStore } from '../store';
import { numberOfFact, supersededAmong } from '../tellings';
import { PoisonEvent, decodeOne, keyOf, type Decoded } from './decoded';
import { MERGES_LIST, entryOf, type Families, type FamilyCorrection } from './families';
import { PARKED_LIST, type Parked, type StoredDocument } from './stored-document';

/** A worker that runs for years forgets what it has seen of others' keys; it is then read again where a merge needs it. */
const MOST_FOREIGN = 50_000;

export interface FoldParts {
  log: EventLog;
  store: ReadModelStore;
  decode: (event: RecordedEvent) => RecordedEvent;
  /** As of the least of the checkpoints. */
  families: Families;
}

/**
 * Some slices of one generation of one projection in memory: entries by key, each read once, changed by slices of events, and
 * given back as one commit.
 *
 * Invariants
 * - Only keys of its own slices are ever entries, so only they are written. An event of a merged key is folded under its root,
 *   by whoever holds the slice of the root; the streams that it was seen in are remembered by whoever holds the key's own.
 * - An entry carries the position of the last event folded into it; an event at or before it is skipped. So events may
 *   be given twice (a crash between an early write and the checkpoint) and are folded once.
 * - Lists and tallies are differences between what the entry said when last committed and what it says now.
 * - Corrections of a slice are looked at before its folds: a key touched by one is not folded but marked stale, and
 *   folded again from its streams afterwards. So a fold never sees a correction, and one refold serves many of them.
 * - An entry knows which facts it has been told. One that is told again makes it stale too: which telling holds is decided among all of them.
 * - After a poison event the entry stays as it was before it, and later events of the key are counted, not folded.
 */
export class GenerationFold {
  private readonly entries = new Map<string, Entry>();
  private readonly handled: ReadonlySet<string>;
  private readonly correcting: ReadonlySet<string>;
  private readonly telling: ReadonlySet<string> | undefined;
  /** All entries that are dirty, and maybe some that are no longer. */
  private changed: Entry[] = [];
  private readonly stale = new Set<Entry>();
  /** Keys whose history a correction has changed, until it is committed. A fault before they are marked must not lose them. */
  private readonly touched = new Set<string>();
  private touchedMarked = true;
  /** Corrections of families not yet committed, as entries of MERGES_LIST. */
  private readonly corrections: (readonly [list: string, key: string, rank: number])[] = [];
  /** Streams of keys that others fold, seen since `foreignSince`: those others may be far behind, and a merge with one of ours needs them. */
  private readonly foreign = new Map<string, Set<string>>();
  private foreignSince: Position;
  /** By slice, where it is held: everything up to there is committed. */
  private readonly checkpoints: (Position | undefined)[] = Array.from({ length: SLICES });
  private readonly holdsAll: boolean;
  private part: ((key: string) => boolean) | undefined;
  /** Everything that the store holds of these slices is in `entries`, so a miss needs no look-up. */
  private complete: boolean;
  private tick = 0;
  /** Everything up to here is committed, in all slices. */
  checkpoint: Position;
  /** Beyond it no slice has anything committed. */
  private ahead: number;

  constructor(
    readonly generation: string,
    readonly projection: Projection,
    readonly slices: readonly number[],
    /** In the order of `slices`; undefined where nothing was ever committed. */
    checkpoints: readonly (Position | undefined)[],
    private readonly mode: 'strict' | 'park',
    private readonly parts: FoldParts,
  ) {
    this.handled = new Set(projection.handles);
    this.correcting = new Set(projection.corrections?.types);
    this.telling = projection.tellings?.types;
    slices.forEach((slice, index) => (this.checkpoints[slice] = checkpoints[index] ?? START));
    this.holdsAll = slices.length === SLICES;
    this.complete = checkpoints.every((checkpoint) => checkpoint === undefined);
    this.checkpoint = this.least();
    this.ahead = this.most();
    this.foreignSince = this.checkpoint;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Whether events of this key are folded here, for all that is known of its family. */
  folds(key: string): boolean {
    return this.owns(this.parts.families.root(key));
  }

  /** From now on only keys of this part are looked at; what is known of others is forgotten and must have been taken. */
  limitTo(part: ((key: string) => boolean) | undefined): void {
    this.entries.clear();
    this.foreign.clear();
    this.foreignSince = this.checkpoint;
    this.touchedMarked = false;
    // The keys of one part are written by that part alone; after the last, those of all parts are there.
    if (!part) this.complete = false;
    this.part = part;
  }

  /** Corrections that lie ahead, told beforehand where not all of them will be among the events given. */
  foresee(events: readonly Decoded[]): void {
    for (const { event } of events) if (event.position > this.checkpoint && this.correcting.has(event.type)) this.correctFamilies(event);
  }

  /** Folds a slice. Rejects with PoisonEvent in strict mode, and with what the store or log say when they fail. */
  async apply(events: readonly Decoded[], through: Position): Promise<void> {
    this.tick += 1;
    const checkpoint = Number(this.checkpoint);
    if (this.correcting.size > 0) for (const { event, at } of events) if (this.correcting.has(event.type) && at > checkpoint) this.correctFamilies(event);
    await this.markTouched();
    const missing = new Set<string>();
    // A build folds at once what it has in memory: what a correction changes is folded again at its end.
    const atOnce = this.mode === 'strict' && this.complete;
    const later: Routed[] = [];
    for (const decoded of events) {
      const { event, at, unknown } = decoded;
      if (at <= checkpoint) continue;
      const handled = this.handled.has(event.type);
      if (!handled && !unknown && !this.correcting.has(event.type)) continue;
      const routed = this.route(decoded);
      if (!routed) continue;
      const root = this.parts.families.root(routed.key);
      const own = this.find(routed.key, missing);
      const entry = root === routed.key ? own : this.find(root, missing);
      if (atOnce) {
        // Awaited only where there is something to wait for: this runs once for every event.
        const poisoned = this.fold(routed, own, entry);
        if (poisoned) await poisoned;
      } else if (this.owns(routed.key) || this.owns(root)) later.push(routed);
      else this.rememberForeign(routed);
    }
    if (!atOnce) {
      await this.loadAll(missing);
      // Those that void others first: an event and its invalidation may come in one slice, in either order.
      for (const routed of later) if (routed.voids) this.voided(routed);
      for (const routed of later) {
        const own = this.entries.get(routed.key);
        const poisoned = this.fold(routed, own, this.entries.get(this.parts.families.root(routed.key)));
        if (poisoned) await poisoned;
      }
    }
    if (this.mode !== 'park') return;
    await this.refoldStale(through);
    if (this.foreign.size <= MOST_FOREIGN) return;
    this.foreign.clear();
    this.foreignSince = through;
  }

  /** Folds the streams of all stale keys again from the start, up to and including `through`. */
  async refoldStale(through: Position): Promise<void> {
    await this.markTouched();
    for (const entry of this.stale) await this.refold(entry, through);
    this.stale.clear();
  }

  /** Folds one parked key again from its streams. */
  async refoldParked(key: string): Promise<void> {
    if (!this.owns(key) || this.parts.families.parent(key)) return;
    await this.loadAll(new Set([key]));
    const entry = this.entries.get(key)!;
    delete entry.parked;
    await this.refold(entry, this.checkpoints[sliceOf(key)]!);
  }

  /** What has changed since the last call, as one commit that moves the checkpoints. */
  take(through: Position): GenerationCommit {
    const [only] = this.takeParts(this.changed, Infinity, through);
    return only!;
  }

  /**
   * The same in parts of `size` documents by key, made one by one as they are asked for. Each part is exact in itself
   * (documents with their lists and tallies); the last one moves the checkpoints, if they are to move.
   */
  takeInParts(size: number, through?: Position): Iterable<GenerationCommit> {
    return this.takeParts(byKey(this.changed.filter((entry) => entry.dirty)), size, through);
  }

  /** Forgets what was not touched for longest and is written already. */
  forget(keep: number): void {
    const surplus = this.entries.size - keep;
    const clean = [...this.entries.values()].filter((entry) => !entry.dirty).sort((a, b) => a.tick - b.tick);
    for (const entry of clean.slice(0, Math.max(0, surplus))) this.entries.delete(entry.key);
    this.complete = false;
  }

  /**
   * Gives back, in parts, and forgets the entries that were not touched for longest, so that about `keep` remain. Stale ones stay:
   * a build is not given all events of a family, so they are folded again once, at its end.
   */
  evict(keep: number, size: number): Iterable<GenerationCommit> {
    const ticks = Float64Array.from([...this.entries.values()], (entry) => entry.tick).sort();
    const youngestToGo = ticks[ticks.length - keep - 1] ?? -1;
    const going: Entry[] = [];
    for (const [key, entry] of this.entries) {
      if (entry.tick > youngestToGo || this.stale.has(entry)) continue;
      if (entry.dirty) going.push(entry);
      this.entries.delete(key);
    }
    this.complete = false;
    return this.takeParts(byKey(going), size);
  }

  private *takeParts(entries: Iterable<Entry>, size: number, through?: Position): Iterable<GenerationCommit> {
    let part = this.emptyCommit();
    for (const entry of entries) {
      if (part.documents.length >= size) {
        yield finished(part);
        part = this.emptyCommit();
      }
      if (!entry.dirty) continue;
      entry.dirty = false;
      this.takeEntry(entry, part);
    }
    this.changed = this.changed.filter((entry) => entry.dirty);
    if (through !== undefined) {
      for (const slice of this.slices) if (this.checkpoints[slice]! < through) this.checkpoints[slice] = through;
      this.checkpoint = this.least();
      this.ahead = this.most();
      part.lists.push(...this.corrections.splice(0));
      this.touched.clear();
    }
    yield { ...finished(part), through };
  }

  private change(entry: Entry): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.changed.push(entry);
  }

  private emptyCommit(): PartialCommit {
    return { generation: this.generation, slices: this.slices, documents: [], lists: [], tallies: new Map() };
  }

  private most(): number {
    return this.slices.map((slice) => Number(this.checkpoints[slice])).reduce((most, position) => Math.max(most, position));
  }

  private least(): Position {
    return this.slices.map((slice) => this.checkpoints[slice]!).reduce((least, position) => (position < least ? position : least));
  }

  // ---- routing

  /**
   * The slice of this key has gone past the event: its documents are as of later, with merges that `families` does not know yet. Folded
   * once more, an event would land where it belonged before them.
   */
  private isBehind(at: number, key: string): boolean {
    return at <= this.ahead && at <= this.checkpoints[sliceOf(key)]!;
  }

  private owns(key: string): boolean {
    if (this.part && !this.part(key)) return false;
    return this.holdsAll || this.checkpoints[sliceOf(key)] !== undefined;
  }

  private route(decoded: Decoded): Routed | undefined {
    const { event, at, unknown } = decoded;
    try {
      if (unknown) throw unknown;
      if (this.correcting.has(event.type)) {
        const correction = this.projection.corrections!.of(event);
        const key = this.keyOfCorrection(event);
        return key === undefined ? undefined : { event, key, at, corrects: true, voids: correction.kind === 'void' ? voidOf(correction.eventId, correction.stream) : undefined };
      }
      const key = keyOf(decoded, this.projection.key);
      return key === undefined ? undefined : { event, key, at };
    } catch (error) {
      return { event, key: this.keyOfBroken(event), at, broken: error as Error };
    }
  }

  private keyOfCorrection(event: RecordedEvent): string | undefined {
    const correction = this.projection.corrections!.of(event);
    return this.projection.key(event) ?? (correction.kind === 'merge' ? correction.from : undefined);
  }

  /** An event that cannot be decoded may still say whom it concerns; otherwise its stream stands for the key. */
  private keyOfBroken(event: RecordedEvent): string {
    try {
      return this.projection.key(event) ?? event.stream;
    } catch {
      return event.stream;
    }
  }

  /** The entry of a key that is ours; one that must be loaded first is put on the list. */
  private find(key: string, missing: Set<string>): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry) {
      entry.tick = this.tick;
      return entry;
    }
    if (!this.owns(key)) return undefined;
    if (this.complete) return this.create(key);
    missing.add(key);
    return undefined;
  }

  private async loadAll(keys: ReadonlySet<string>): Promise<void> {
    const asked = [...keys].filter((key) => !this.entries.has(key));
    if (asked.length === 0) return;
    const texts = await this.parts.store.load(this.generation, asked);
    asked.forEach((key, index) => this.create(key, texts[index]));
  }

  private create(key: string, text?: string): Entry {
    const stored = text === undefined ? undefined : (JSON.parse(text) as StoredDocument);
    const entry: Entry = {
      key,
      at: stored?.a ?? -1,
      tick: this.tick,
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

  // ---- corrections

  private correctFamilies(event: RecordedEvent): void {
    let correction: FamilyCorrection;
    try {
      const said = this.projection.corrections!.of(event);
      if (said.kind === 'void') return;
      const key = this.keyOfCorrection(event);
      if (key === undefined) return;
      correction = said.kind === 'merge' ? said : { ...said, key };
    } catch {
      // It is routed as a broken event, and its key is parked.
      return;
    }
    const touched = this.parts.families.correct(correction, event.id, event.position);
    if (touched.length === 0) return;
    this.corrections.push([MERGES_LIST, entryOf(correction, event.id), Number(event.position)]);
    // What a slice that is ahead has seen already is in its documents.
    for (const key of touched) if (event.position > (this.checkpoints[sliceOf(key)] ?? event.position)) this.touched.add(key);
    this.touchedMarked = false;
  }

  private async markTouched(): Promise<void> {
    if (this.touchedMarked) return;
    const missing = new Set<string>();
    for (const key of this.touched) this.find(key, missing);
    await this.loadAll(missing);
    for (const key of this.touched) {
      const entry = this.entries.get(key);
      if (!entry) continue;
      if (this.parts.families.parent(key)) {
        // All that it was is found again in its streams, by the refold of its root now and by its own after an unmerge.
        entry.state = undefined;
        entry.voids = undefined;
        entry.told = undefined;
        delete entry.parked;
      } else this.stale.add(entry);
      this.change(entry);
    }
    this.touchedMarked = true;
  }

  private voided({ event, key }: Routed): void {
    const entry = this.entries.get(this.parts.families.root(key));
    const at = Number(event.position);
    if (!entry || at <= entry.at || this.isBehind(at, entry.key)) return;
    this.stale.add(entry);
    this.change(entry);
  }

  // ---- folding

  private fold(routed: Routed, own: Entry | undefined, entry: Entry | undefined): Promise<void> | undefined {
    const { event, broken, corrects } = routed;
    if (!own) this.rememberForeign(routed);
    else if (!this.isBehind(routed.at, own.key)) this.remember(own, event);
    if (corrects) {
      if (routed.voids) this.voided(routed);
      return undefined;
    }
    if (!entry) return undefined;
    const position = routed.at;
    if (position <= entry.at || this.isBehind(position, entry.key) || (this.stale.size > 0 && this.stale.has(entry))) return undefined;
    if (entry.parked) {
      entry.parked.events += 1;
      entry.at = position;
      this.change(entry);
      return undefined;
    }
    if (entry.voids && isVoided(entry.voids, event)) return undefined;
    try {
      if (broken) throw broken;
      if (this.telling?.has(event.type) && this.isToldAgain(entry, event)) {
        this.stale.add(entry);
        this.change(entry);
        return undefined;
      }
      entry.state = this.projection.evolve(entry.state ?? this.projection.initial(entry.key), event);
      entry.at = position;
      this.change(entry);
      return undefined;
    } catch (error) {
      return this.poisoned(entry, event, error as Error);
    }
  }

  /** Notes that the fact was told, where the event tells one. */
  private isToldAgain(entry: Entry, event: RecordedEvent): boolean {
    const telling = this.projection.tellings!.of(event);
    if (!telling) return false;
    const number = numberOfFact(telling);
    if (entry.told?.has(number)) return true;
    (entry.told ??= new Set()).add(number);
    return false;
  }

  /** The state may be half changed: it is folded again up to just before the event, and the key waits there. */
  private async poisoned(entry: Entry, event: RecordedEvent, error: Error): Promise<void> {
    if (this.mode === 'strict') throw new PoisonEvent(this.projection.name, event, error);
    await this.refold(entry, event.position - 1n);
    this.park(entry, event, error);
  }

  private park(entry: Entry, event: RecordedEvent, error: Error): void {
    entry.parked = { position: Number(event.position), event: event.id, type: event.type, error: error.message, events: 1 };
    entry.at = Number(event.position);
    this.change(entry);
  }

  /** A key's streams beyond those that every key has are kept, so that a refold finds all of its history. */
  private remember(entry: Entry, { stream }: RecordedEvent): void {
    if (entry.lastStream === stream) return;
    entry.lastStream = stream;
    if (entry.streams?.includes(stream) || this.projection.streams(entry.key).includes(stream)) return;
    entry.streams = [...(entry.streams ?? []), stream].sort();
    this.change(entry);
  }

  private rememberForeign({ event, key }: Routed): void {
    if (this.correcting.size === 0 || (this.holdsAll && !this.part)) return;
    if (this.projection.keyOfStream?.(event.stream) === key || this.projection.streams(key).includes(event.stream)) return;
    let streams = this.foreign.get(key);
    if (!streams) this.foreign.set(key, (streams = new Set()));
    streams.add(event.stream);
  }

  private async refold(entry: Entry, through: Position): Promise<void> {
    // Marked stale earlier in the slice and merged away later in it: the refold of its root covers it.
    if (this.parts.families.parent(entry.key)) return;
    const events: RecordedEvent[] = [];
    const members = this.parts.families.members(entry.key);
    for (const stream of await this.streamsOf(members)) {
      for await (const page of this.parts.log.readStream(stream)) for (const event of page) if (event.position <= through) events.push(event);
    }
    events.sort((a, b) => (a.position < b.position ? -1 : 1));
    const keys = new Set(members);
    entry.state = undefined;
    entry.voids = undefined;
    entry.told = undefined;
    delete entry.parked;
    this.change(entry);

    const all: Routed[] = [];
    for (const event of events) {
      const decoded = decodeOne(event, this.parts.decode);
      if (!this.handled.has(event.type) && !this.correcting.has(event.type) && !decoded.unknown) continue;
      const routed = this.route(decoded);
      // A stream may hold events of other keys too (two leads in one deal).
      if (!routed || !keys.has(routed.key)) continue;
      if (routed.voids) (entry.voids ??= new Set()).add(routed.voids);
      if (!routed.corrects) all.push(routed);
    }
    const mine = this.holding(entry, all);
    for (const { event, broken } of mine) {
      const parked = entry.parked as Parked | undefined;
      if (parked) {
        parked.events += 1;
        continue;
      }
      try {
        if (broken) throw broken;
        entry.state = this.projection.evolve(entry.state ?? this.projection.initial(entry.key), event);
      } catch (error) {
        if (this.mode === 'strict') throw new PoisonEvent(this.projection.name, event, error as Error);
        this.poisonedInRefold(entry, mine, event, error as Error);
      }
    }
    entry.at = Number(through);
  }

  /** Of all events of an entry those that count: not voided, and of a fact told more than once the telling that holds. */
  private holding(entry: Entry, all: readonly Routed[]): readonly Routed[] {
    const counting = entry.voids ? all.filter(({ event }) => !isVoided(entry.voids!, event)) : all;
    const { tellings } = this.projection;
    if (!tellings) return counting;
    const told = counting.flatMap(({ event, broken }) => (!broken && tellings.types.has(event.type) ? event : []));
    const superseded = supersededAmong(told, (event) => tellings.of(event));
    for (const event of told) if (!superseded.has(event)) this.isToldAgain(entry, event);
    return superseded.size === 0 ? counting : counting.filter(({ event }) => !superseded.has(event));
  }

  private poisonedInRefold(entry: Entry, history: readonly Routed[], poison: RecordedEvent, error: Error): void {
    entry.state = undefined;
    for (const { event } of history) {
      if (event === poison) break;
      entry.state = this.projection.evolve(entry.state ?? this.projection.initial(entry.key), event);
    }
    this.park(entry, poison, error);
  }

  /** Every stream that may hold events of these keys up to what has been given. */
  private async streamsOf(keys: readonly string[]): Promise<Set<string>> {
    const streams = new Set(keys.flatMap((key) => this.projection.streams(key)));
    await this.loadAll(new Set(keys.filter((key) => this.owns(key))));
    for (const key of keys) for (const stream of this.entries.get(key)?.streams ?? []) streams.add(stream);
    const foreign = keys.filter((key) => !this.owns(key));
    if (foreign.length > 0) for (const stream of await this.streamsKeptElsewhere(foreign)) streams.add(stream);
    for (const key of foreign) for (const stream of this.foreign.get(key) ?? []) streams.add(stream);
    return streams;
  }

  /**
   * What the documents of keys that others fold say of their streams. They may be behind: what they have not gone through, and we
   * have not either, is looked through here, so that nobody waits for anybody.
   */
  private async streamsKeptElsewhere(keys: readonly string[]): Promise<string[]> {
    if (this.foreignSince <= START) return [];
    // Checkpoints first: a document that is read later is at least as new.
    const checkpoints = await this.parts.store.checkpoints(this.generation);
    const texts = await this.parts.store.load(this.generation, keys);
    await this.rememberSince(keys.map((key) => checkpoints[sliceOf(key)] ?? START).reduce((least, one) => (one < least ? one : least)));
    return texts.flatMap((text) => (text === undefined ? [] : ((JSON.parse(text) as StoredDocument).s ?? [])));
  }

  /** Of all keys at once and kept, since one merge seldom comes alone: no part of the log is gone through twice for this. */
  private async rememberSince(after: Position): Promise<void> {
    if (after >= this.foreignSince) return;
    const keyOf = this.projection.keyOfStream?.bind(this.projection);
    const filter = keyOf && { accepts: (stream: string) => keyOf(stream) === undefined };
    for await (const slice of this.parts.log.read({ after, until: this.foreignSince, filter })) {
      for (const event of slice.events) {
        const routed = this.route(decodeOne(event, this.parts.decode));
        if (routed && !this.owns(routed.key)) this.rememberForeign(routed);
      }
    }
    this.foreignSince = after;
  }

  // ---- writing

  private takeEntry(entry: Entry, { documents, lists, tallies }: PartialCommit): void {
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

const voidOf = (eventId: string, stream?: string): string => (stream === undefined ? eventId : `${eventId} ${stream}`);
const isVoided = (voids: ReadonlySet<string>, { id, stream }: RecordedEvent): boolean => voids.has(id) || voids.has(voidOf(id, stream));

interface Routed {
  event: RecordedEvent;
  key: string;
  /** Position. */
  at: number;
  /** It is a correction; and what it voids, where it voids an event. */
  corrects?: boolean;
  voids?: string;
  broken?: Error;
}

interface Entry {
  readonly key: string;
  at: number;
  tick: number;
  state: unknown;
  streams: readonly string[] | undefined;
  /** The one its last event came from: known already. */
  lastStream: string | undefined;
  voids: Set<string> | undefined;
  told: Set<number> | undefined;
  parked?: Parked;
  /** As committed last. */
  lists: Readonly<Record<string, number>>;
  tallies: Readonly<Record<string, number>>;
  stored: boolean;
  dirty: boolean;
}

interface PartialCommit {
  generation: string;
  slices: readonly number[];
  documents: [string, string | null][];
  lists: (readonly [string, string, number | null])[];
  tallies: Map<string, number>;
}

function finished(part: PartialCommit): GenerationCommit {
  return { ...part, tallies: [...part.tallies].filter(([, delta]) => delta !== 0) };
}

/** Rows in key order fill the pages of a B-tree one after the other. */
function byKey(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const NOTHING: Readonly<Record<string, number>> = Object.freeze({});
