import type { EventLog, Position, RecordedEvent } from '@leadlog/event-log';
import type { Projection } from './projection';
import type { GenerationCommit, ReadModelStore } from './store';

/**
 * One generation of one projection in memory: entries by key, each read once, changed by slices of events, and given
 * back as one commit.
 *
 * Invariants
 * - An entry carries the position of the last event folded into it; an event at or before it is skipped. So events may
 *   be given twice (a crash between an early write and the checkpoint) and are folded once.
 * - Lists and tallies are differences between what the entry said when last committed and what it says now.
 * - Corrections of a slice are looked at before its folds: a key touched by one is not folded but marked stale, and
 *   folded again from its streams afterwards. So a fold never sees a correction, and one refold serves many of them.
 * - After a poison event the entry stays as it was before it, and later events of the key are counted, not folded.
 */
export class GenerationFold {
  private readonly entries = new Map<string, Entry>();
  private readonly handled: ReadonlySet<string>;
  private readonly correcting: ReadonlySet<string>;
  private readonly dirty = new Set<Entry>();
  private readonly stale = new Set<Entry>();
  /** Everything the store holds is in `entries`, so a miss needs no look-up. */
  private complete: boolean;
  /** …but for these, which an earlier part of the build has written because one of its keys was merged into them. */
  private readonly elsewhere = new Set<string>();
  private tick = 0;

  constructor(
    readonly generation: string,
    readonly projection: Projection,
    private readonly log: EventLog,
    private readonly store: ReadModelStore,
    private readonly decode: (event: RecordedEvent) => RecordedEvent,
    /** Everything up to here is committed. */
    public checkpoint: Position,
    private readonly mode: 'strict' | 'park',
    /** The store holds nothing of this generation yet. */
    empty: boolean,
  ) {
    this.handled = new Set(projection.handles);
    this.correcting = new Set(projection.corrections?.types);
    this.complete = empty;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Folds a slice, or what of it `belongs`. Rejects with PoisonEvent in strict mode, and with what the store or log say when they fail. */
  async apply(events: readonly Decoded[], through: Position, belongs?: (key: string) => boolean): Promise<void> {
    this.tick += 1;
    const mine: Routed[] = [];
    const missing = new Set<string>();
    // A build folds at once what it has in memory: what a correction changes is folded again at its end.
    const atOnce = this.mode === 'strict';
    for (const decoded of events) {
      const type = decoded.event.type;
      if (decoded.event.position <= this.checkpoint) continue;
      if (!this.handled.has(type) && !this.correcting.has(type) && !decoded.unknown) continue;
      const routed = this.route(decoded);
      if (!routed || (belongs && !belongs(routed.key))) continue;
      routed.entry = this.want(routed.key, missing);
      const correction = routed.correction;
      if (atOnce && !correction && routed.entry && !routed.entry.to) {
        const poisoned = this.fold(routed);
        if (poisoned) await poisoned;
        continue;
      }
      mine.push(routed);
      if (correction?.kind === 'merge') {
        this.want(correction.from, missing);
        this.want(correction.to, missing);
      }
    }
    await this.loadAll(missing);
    for (const routed of mine) if (routed.correction) this.correct(routed);
    for (const routed of mine) {
      if (routed.correction) continue;
      // Awaited only where there is something to wait for: this runs once for every event.
      const poisoned = this.fold(routed);
      if (poisoned) await poisoned;
    }
    if (this.mode === 'park') await this.refoldStale(through);
  }

  /** Folds the streams of all stale keys again from the start, up to and including `through`. */
  async refoldStale(through: Position): Promise<void> {
    for (const entry of this.stale) await this.refold(entry, through);
    this.stale.clear();
  }

  /** Folds one key again from its streams, whatever the reason. */
  async refoldKey(key: string, through: Position): Promise<void> {
    await this.loadAll(new Set([key]));
    const root = this.root(key);
    delete root.parked;
    await this.refold(root, through);
  }

  /** What has changed since the last call, as one commit that moves the checkpoint. */
  take(through: Position): GenerationCommit {
    const [only] = this.takeParts(this.dirty, Infinity, through);
    return only!;
  }

  /**
   * The same in parts of `size` documents by key, made one by one as they are asked for. Each part is exact in itself
   * (documents with their lists and tallies); the last one moves the checkpoint, if there is one.
   */
  takeInParts(size: number, through?: Position): Iterable<GenerationCommit> {
    return this.takeParts(byKey(this.dirty), size, through);
  }

  /** Forgets everything, which must have been taken: all that is known of the keys that `belong` to this part. */
  clear(belongs: (key: string) => boolean): void {
    for (const key of this.entries.keys()) if (!belongs(key)) this.elsewhere.add(key);
    this.entries.clear();
  }

  /** Forgets what was not touched for longest and is written already. */
  forget(keep: number): void {
    const surplus = this.entries.size - keep;
    const clean = [...this.entries.values()].filter((entry) => !this.dirty.has(entry)).sort((a, b) => a.tick - b.tick);
    for (const entry of clean.slice(0, Math.max(0, surplus))) this.entries.delete(entry.key);
    this.complete = false;
  }

  /** Gives back, in parts, and forgets the entries that were not touched for longest, so that about `keep` remain. */
  async evict(keep: number, size: number, through: Position): Promise<Iterable<GenerationCommit>> {
    await this.refoldStale(through);
    const ticks = Float64Array.from([...this.entries.values()], (entry) => entry.tick).sort();
    const youngestToGo = ticks[ticks.length - keep - 1] ?? -1;
    const going: Entry[] = [];
    for (const [key, entry] of this.entries) {
      if (entry.tick > youngestToGo) continue;
      if (this.dirty.has(entry)) going.push(entry);
      this.entries.delete(key);
    }
    this.complete = false;
    return this.takeParts(byKey(going), size);
  }

  private *takeParts(entries: Iterable<Entry>, size: number, through?: Position): Iterable<GenerationCommit> {
    let part = emptyCommit(this.generation);
    for (const entry of entries) {
      if (part.documents.length >= size) {
        yield finished(part);
        part = emptyCommit(this.generation);
      }
      this.dirty.delete(entry);
      this.takeEntry(entry, part);
    }
    if (through !== undefined) this.checkpoint = through;
    yield { ...finished(part), through };
  }

  // ---- routing

  private route(decoded: Decoded): Routed | undefined {
    const { event, unknown } = decoded;
    try {
      if (unknown) throw unknown;
      if (this.correcting.has(event.type)) {
        const correction = this.projection.corrections!.of(event);
        const key = this.projection.key(event) ?? (correction.kind === 'merge' ? correction.from : undefined);
        return key === undefined ? undefined : { event, key, correction };
      }
      const key = this.projection.key(event);
      return key === undefined ? undefined : { event, key };
    } catch (error) {
      return { event, key: this.keyOfBroken(event), broken: error as Error };
    }
  }

  /** An event that cannot be decoded may still say whom it concerns; otherwise its stream stands for the key. */
  private keyOfBroken(event: RecordedEvent): string {
    try {
      return this.projection.key(event) ?? event.stream;
    } catch {
      return event.stream;
    }
  }

  private want(key: string, missing: Set<string>): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry) {
      entry.tick = this.tick;
      if (entry.to) this.want(entry.to.key, missing);
      return entry;
    }
    if (this.complete && !this.elsewhere.has(key)) return this.create(key);
    missing.add(key);
    return undefined;
  }

  /** Loads keys and, in further rounds, everything that their merges point at. */
  private async loadAll(keys: Set<string>): Promise<void> {
    let missing = new Set([...keys].filter((key) => !this.entries.has(key)));
    while (missing.size > 0) {
      const asked = [...missing];
      const texts = await this.store.load(this.generation, asked);
      missing = new Set();
      asked.forEach((key, index) => {
        const entry = this.create(key, texts[index]);
        for (const next of entry.to ? [entry.to.key, ...entry.from] : entry.from) if (!this.entries.has(next)) missing.add(next);
      });
    }
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
      to: stored?.t,
      from: stored?.f ?? [],
      parked: stored?.p,
      lists: NOTHING,
      tallies: NOTHING,
      stored: text !== undefined,
    };
    if (entry.state !== undefined) {
      entry.lists = this.projection.lists?.(entry.state, key) ?? NOTHING;
      entry.tallies = this.projection.tallies?.(entry.state, key) ?? NOTHING;
    }
    if (entry.parked) entry.lists = { ...entry.lists, [PARKED_LIST]: entry.parked.position };
    this.entries.set(key, entry);
    return entry;
  }

  private root(key: string): Entry {
    let entry = this.entries.get(key) ?? this.create(key);
    while (entry.to) entry = this.entries.get(entry.to.key) ?? this.create(entry.to.key);
    return entry;
  }

  // ---- corrections

  private correct({ event, key, correction }: Routed): void {
    switch (correction!.kind) {
      case 'void': {
        this.remember(key, event);
        this.makeStale(this.root(key));
        return;
      }
      case 'merge': {
        const from = this.root(correction!.from);
        const to = this.root(correction!.to);
        this.remember(key, event);
        // Already one, or a circle made by two merges at the same time: the first in the log holds.
        if (from === to) return;
        from.to = { key: to.key, by: event.id };
        to.from = [...to.from, from.key].sort();
        // All that it was is found again in its streams, by the survivor's refold now and by its own after an unmerge.
        from.state = undefined;
        from.voids = undefined;
        delete from.parked;
        this.dirty.add(from);
        this.makeStale(to);
        return;
      }
      case 'unmerge': {
        this.remember(key, event);
        let entry: Entry | undefined = this.entries.get(key);
        while (entry && entry.to?.by !== correction!.mergeEventId) entry = entry.to && this.entries.get(entry.to.key);
        if (!entry?.to) return;
        const survivor = this.root(entry.key);
        const parent = this.entries.get(entry.to.key)!;
        parent.from = parent.from.filter((child) => child !== entry.key);
        entry.to = undefined;
        this.dirty.add(parent);
        this.makeStale(survivor);
        this.makeStale(entry);
        return;
      }
    }
  }

  private makeStale(entry: Entry): void {
    this.stale.add(entry);
    this.dirty.add(entry);
  }

  // ---- folding

  private fold({ event, key, broken, entry: own }: Routed): Promise<void> | undefined {
    this.remember(key, event, own);
    const entry = own && !own.to ? own : this.root(key);
    const position = Number(event.position);
    if (position <= entry.at || this.stale.has(entry)) return undefined;
    if (entry.parked) {
      entry.parked.events += 1;
      entry.at = position;
      this.dirty.add(entry);
      return undefined;
    }
    if (entry.voids?.has(event.id)) return undefined;
    try {
      if (broken) throw broken;
      entry.state = this.projection.evolve(entry.state ?? this.projection.initial(entry.key), event);
      entry.at = position;
      this.dirty.add(entry);
      return undefined;
    } catch (error) {
      return this.poisoned(entry, event, error as Error);
    }
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
    this.dirty.add(entry);
  }

  /** A key's streams beyond those that every key has are kept, so that a refold finds all of its history. */
  private remember(key: string, event: RecordedEvent, own?: Entry): void {
    if (own?.lastStream === event.stream) return;
    const entry = own ?? this.entries.get(key) ?? this.create(key);
    entry.lastStream = event.stream;
    if (this.projection.streams(key).includes(event.stream)) return;
    if (entry.streams?.includes(event.stream)) return;
    entry.streams = [...(entry.streams ?? []), event.stream].sort();
    this.dirty.add(entry);
  }

  private async refold(root: Entry, through: Position): Promise<void> {
    // Marked stale earlier in the slice and merged away later in it: the survivor's refold covers it.
    if (root.to) return;
    const events: RecordedEvent[] = [];
    const family = await this.family(root);
    for (const member of family) {
      for (const stream of new Set([...this.projection.streams(member.key), ...(member.streams ?? [])])) {
        for await (const event of this.log.readStream(stream)) {
          if (event.position <= through) events.push(event);
        }
      }
    }
    events.sort((a, b) => (a.position < b.position ? -1 : 1));
    const keys = new Set(family.map((member) => member.key));
    root.state = undefined;
    root.voids = undefined;
    delete root.parked;
    root.at = Number(through);
    this.dirty.add(root);

    const mine: Routed[] = [];
    for (const event of events) {
      const decoded = decodeOne(event, this.decode);
      if (!this.handled.has(event.type) && !this.correcting.has(event.type) && !decoded.unknown) continue;
      const routed = this.route(decoded);
      // A stream may hold events of other keys too (two leads in one deal).
      if (!routed || !keys.has(routed.key)) continue;
      if (routed.correction?.kind === 'void') (root.voids ??= new Set()).add(routed.correction.eventId);
      if (!routed.correction) mine.push(routed);
    }
    for (const { event, broken } of mine) {
      if (root.voids?.has(event.id)) continue;
      const parked = root.parked as Parked | undefined;
      if (parked) {
        parked.events += 1;
        continue;
      }
      try {
        if (broken) throw broken;
        root.state = this.projection.evolve(root.state ?? this.projection.initial(root.key), event);
      } catch (error) {
        if (this.mode === 'strict') throw new PoisonEvent(this.projection.name, event, error as Error);
        await this.poisonedInRefold(root, mine, event, error as Error);
      }
    }
    root.at = Math.max(root.at, Number(through));
  }

  private poisonedInRefold(root: Entry, history: readonly Routed[], poison: RecordedEvent, error: Error): Promise<void> {
    root.state = undefined;
    for (const { event } of history) {
      if (event === poison) break;
      if (!root.voids?.has(event.id)) root.state = this.projection.evolve(root.state ?? this.projection.initial(root.key), event);
    }
    this.park(root, poison, error);
    return Promise.resolve();
  }

  private async family(root: Entry): Promise<Entry[]> {
    await this.loadAll(new Set(root.from));
    const members: Entry[] = [root];
    for (const key of root.from) members.push(...(await this.family(this.entries.get(key)!)));
    return members;
  }

  // ---- writing

  private takeEntry(entry: Entry, { documents, lists, tallies }: PartialCommit): void {
    const text = textOf(entry);
    if (text !== undefined || entry.stored) documents.push([entry.key, text ?? null]);
    entry.stored = text !== undefined;

    const present = entry.state !== undefined && !entry.to;
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
}

/** The list of parked keys, ranked by the position of the event that could not be folded. */
export const PARKED_LIST = '~parked';

/** What the store holds for a key. Short names: there are as many of these as leads. */
export interface StoredDocument<State = unknown> {
  /** Position of the last event folded in. */
  a: number;
  /** The state; absent when the key has been merged into another, or has had no event of its own. */
  d?: State;
  /** Streams beyond those every key has. */
  s?: string[];
  /** Voided event ids. */
  v?: string[];
  /** The key this one is merged into, and the event that did it. */
  t?: { key: string; by: string };
  /** Keys merged into this one. */
  f?: string[];
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

/** An event after decoding, or why it could not be decoded. */
export interface Decoded {
  event: RecordedEvent;
  unknown?: Error;
}

export function decodeOne(event: RecordedEvent, decode: (event: RecordedEvent) => RecordedEvent): Decoded {
  try {
    return { event: decode(event) };
  } catch (error) {
    return { event, unknown: error as Error };
  }
}

export class PoisonEvent extends Error {
  constructor(
    readonly projection: string,
    readonly event: RecordedEvent,
    override readonly cause: Error,
  ) {
    super(`projection ${projection} cannot fold ${event.type} ${event.id} at position ${event.position}: ${cause.message}`);
    this.name = 'PoisonEvent';
  }
}

interface Routed {
  event: RecordedEvent;
  key: string;
  correction?: ReturnType<NonNullable<Projection['corrections']>['of']>;
  broken?: Error;
  /** Of the key itself, where it was in memory already. */
  entry?: Entry;
}

interface Entry {
  readonly key: string;
  at: number;
  tick: number;
  state: unknown;
  streams: string[] | undefined;
  /** The one its last event came from: known already. */
  lastStream: string | undefined;
  voids: Set<string> | undefined;
  to: { key: string; by: string } | undefined;
  from: string[];
  parked?: Parked;
  /** As committed last. */
  lists: Readonly<Record<string, number>>;
  tallies: Readonly<Record<string, number>>;
  stored: boolean;
}

interface PartialCommit {
  generation: string;
  documents: [string, string | null][];
  lists: [string, string, number | null][];
  tallies: Map<string, number>;
}

function emptyCommit(generation: string): PartialCommit {
  return { generation, documents: [], lists: [], tallies: new Map() };
}

function finished(part: PartialCommit): GenerationCommit {
  return { ...part, tallies: [...part.tallies].filter(([, delta]) => delta !== 0) };
}

/** Rows in key order fill the pages of a B-tree one after the other. */
function byKey(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const NOTHING: Readonly<Record<string, number>> = Object.freeze({});

function textOf(entry: Entry): string | undefined {
  const plain = !entry.streams && !entry.voids && !entry.to && entry.from.length === 0 && !entry.parked;
  if (plain) return entry.state === undefined ? undefined : `{"a":${entry.at},"d":${JSON.stringify(entry.state)}}`;
  const document: StoredDocument = { a: entry.at };
  if (entry.state !== undefined && !entry.to) document.d = entry.state;
  if (entry.streams) document.s = entry.streams;
  if (entry.voids) document.v = [...entry.voids].sort();
  if (entry.to) document.t = entry.to;
  if (entry.from.length > 0) document.f = entry.from;
  if (entry.parked) document.p = entry.parked;
  return JSON.stringify(document);
}
