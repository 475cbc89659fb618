import type { EventLog, Position, RecordedEvent } from '@leadlog/event-log';
import type { Projection } from '../projection';
import type { GenerationCommit, ReadModelStore } from '../store';
import { numberOfFact, supersededAmong } from '../tellings';
import { PoisonEvent, decodeOne, type Decoded } from './decoded';
import { Documents, type Entry, type Parts } from './documents';
import { MERGES_LIST, entryOf, type Families } from './families';
import { ForeignStreams } from './foreign-streams';
import { HeldSlices } from './held-slices';
import { Routing, isVoided, type Routed } from './routing';

export interface FoldParts {
  log: EventLog;
  store: ReadModelStore;
  decode: (event: RecordedEvent) => RecordedEvent;
  /** As of the least of the checkpoints. */
  families: Families;
}

/**
 * Some slices of one generation of one projection: changed by slices of events, and given back as one commit.
 *
 * Invariants
 * - Only keys of its own slices are ever entries, so only they are written. An event of a merged key is folded under its root,
 *   by whoever holds the slice of the root; the streams that it was seen in are remembered by whoever holds the key's own.
 * - An entry carries the position of the last event folded into it; an event at or before it is skipped. So events may
 *   be given twice (a crash between an early write and the checkpoint) and are folded once.
 * - Corrections of a slice are looked at before its folds: a key touched by one is not folded but marked stale, and
 *   folded again from its streams afterwards. So a fold never sees a correction, and one refold serves many of them.
 * - An entry knows which facts it has been told. One that is told again makes it stale too: which telling holds is decided among all of
 * them.
 * - So does an event after which less can be read of those before it: what was folded from them must go.
 * - After a poison event the entry stays as it was before it, and later events of the key are counted, not folded.
 */
export class GenerationFold {
  private readonly held: HeldSlices;
  private readonly routing: Routing;
  private readonly documents: Documents;
  private readonly foreign: ForeignStreams;
  private readonly telling: ReadonlySet<string> | undefined;
  private readonly forgetting: ReadonlySet<string> | undefined;
  private readonly stale = new Set<Entry>();
  /** Keys whose history a correction has changed, until it is committed. A fault before they are marked must not lose them. */
  private readonly touched = new Set<string>();
  private touchedMarked = true;
  /** Corrections of families not yet committed, as entries of MERGES_LIST. */
  private readonly corrections: (readonly [list: string, key: string, rank: number])[] = [];

  constructor(
    readonly generation: string,
    readonly projection: Projection,
    readonly slices: readonly number[],
    /** In the order of `slices`; undefined where nothing was ever committed. */
    checkpoints: readonly (Position | undefined)[],
    private readonly mode: 'strict' | 'park',
    private readonly parts: FoldParts,
  ) {
    const isNew = checkpoints.every((checkpoint) => checkpoint === undefined);
    this.held = new HeldSlices(slices, checkpoints);
    this.routing = new Routing(projection);
    this.documents = new Documents(generation, slices, projection, isNew, parts);
    this.foreign = new ForeignStreams(generation, projection, this.routing, this.held, parts);
    this.telling = projection.tellings?.types;
    this.forgetting = projection.forgets && new Set(projection.forgets);
  }

  /** Documents in memory. */
  get size(): number {
    return this.documents.size;
  }

  /** Everything up to here is committed, in all slices. */
  get checkpoint(): Position {
    return this.held.checkpoint;
  }

  /** Whether events of this key are folded here, for all that is known of its family. */
  folds(key: string): boolean {
    return this.held.owns(this.parts.families.root(key));
  }

  /** From now on only keys of this part are looked at; what is known of others is forgotten and must have been taken. */
  limitTo(part: ((key: string) => boolean) | undefined): void {
    // The keys of one part are written by that part alone; after the last, those of all parts are there.
    this.documents.forgetAll(part === undefined);
    this.foreign.forget(this.checkpoint);
    this.touchedMarked = false;
    this.held.limitTo(part);
  }

  /** Corrections that lie ahead, told beforehand where not all of them will be among the events given. */
  foresee(events: readonly Decoded[]): void {
    for (const { event } of events) if (event.position > this.checkpoint && this.routing.corrects(event)) this.correctFamilies(event);
  }

  /** Folds a slice. Rejects with PoisonEvent in strict mode, and with what the store or log say when they fail. */
  async apply(events: readonly Decoded[], through: Position): Promise<void> {
    this.documents.nextRound();
    const checkpoint = Number(this.checkpoint);
    if (this.routing.hasCorrections)
      for (const { event, at } of events) if (at > checkpoint && this.routing.corrects(event)) this.correctFamilies(event);
    await this.markTouched();
    const missing = new Set<string>();
    // A build folds at once what it has in memory: what a correction changes is folded again at its end.
    const atOnce = this.mode === 'strict' && this.documents.areAll;
    const later: Routed[] = [];
    for (const decoded of events) {
      if (decoded.at <= checkpoint) continue;
      const routed = this.routing.route(decoded);
      if (!routed) continue;
      const root = this.parts.families.root(routed.key);
      const own = this.find(routed.key, missing);
      const entry = root === routed.key ? own : this.find(root, missing);
      if (atOnce) {
        // Awaited only where there is something to wait for: this runs once for every event.
        const poisoned = this.fold(routed, own, entry);
        if (poisoned) await poisoned;
      } else if (this.held.owns(routed.key) || this.held.owns(root)) later.push(routed);
      else this.foreign.remember(routed.key, routed.event.stream);
    }
    if (!atOnce) {
      await this.documents.load(missing);
      // Those that void others first: an event and its invalidation may come in one slice, in either order.
      for (const routed of later) if (routed.voids) this.voided(routed);
      for (const routed of later) {
        const own = this.documents.get(routed.key);
        const poisoned = this.fold(routed, own, this.documents.get(this.parts.families.root(routed.key)));
        if (poisoned) await poisoned;
      }
    }
    if (this.mode !== 'park') return;
    await this.refoldStale(through);
    this.foreign.forgetIfMany(through);
  }

  /** Folds the streams of all stale keys again from the start, up to and including `through`. */
  async refoldStale(through: Position): Promise<void> {
    await this.markTouched();
    for (const entry of this.stale) await this.refold(entry, through);
    this.stale.clear();
  }

  /** Folds one parked key again from its streams. */
  async refoldParked(key: string): Promise<void> {
    if (!this.held.owns(key) || this.parts.families.parent(key)) return;
    await this.documents.load([key]);
    await this.refold(this.documents.get(key)!, this.held.checkpointOf(key)!);
  }

  /** What has changed since the last call, as one commit that moves the checkpoints. */
  take(through: Position): GenerationCommit {
    const [only] = this.commits(this.documents.take(), through);
    return only!;
  }

  /**
   * The same in parts of `size` documents by key, made one by one as they are asked for; the last one moves the checkpoints, if they are to
   * move.
   */
  takeInParts(size: number, through?: Position): Iterable<GenerationCommit> {
    return this.commits(this.documents.takeInParts(size), through);
  }

  /** Forgets what was not touched for longest and is written already. */
  forget(keep: number): void {
    this.documents.forget(keep);
  }

  /**
   * Gives back, in parts, and forgets the documents that were not touched for longest, so that about `keep` remain. Stale ones stay:
   * a build is not given all events of a family, so they are folded again once, at its end.
   */
  evict(keep: number, size: number): Iterable<GenerationCommit> {
    return this.commits(this.documents.evict(keep, size, this.stale));
  }

  private *commits(parts: Parts, through?: Position): Iterable<GenerationCommit> {
    const last = yield* parts;
    if (through === undefined) return yield last;
    this.held.moveTo(through);
    this.touched.clear();
    yield { ...last, lists: [...last.lists, ...this.corrections.splice(0)], through };
  }

  /** The entry of a key that is ours; one that must be loaded first is put on the list. */
  private find(key: string, missing: Set<string>): Entry | undefined {
    const entry = this.documents.find(key);
    if (entry || !this.held.owns(key)) return entry;
    if (this.documents.areAll) return this.documents.create(key);
    missing.add(key);
    return undefined;
  }

  // ---- corrections

  private correctFamilies(event: RecordedEvent): void {
    const correction = this.routing.familyCorrectionOf(event);
    if (!correction) return;
    const touched = this.parts.families.correct(correction, event.id, event.position);
    if (touched.length === 0) return;
    this.corrections.push([MERGES_LIST, entryOf(correction, event.id), Number(event.position)]);
    // What a slice that is ahead has seen already is in its documents.
    for (const key of touched) if (event.position > (this.held.checkpointOf(key) ?? event.position)) this.touched.add(key);
    this.touchedMarked = false;
  }

  private async markTouched(): Promise<void> {
    if (this.touchedMarked) return;
    const missing = new Set<string>();
    for (const key of this.touched) this.find(key, missing);
    await this.documents.load(missing);
    for (const key of this.touched) {
      const entry = this.documents.get(key);
      if (!entry) continue;
      // All that a merged one was is found again in its streams, by the refold of its root now and by its own after an unmerge.
      if (this.parts.families.parent(key)) this.documents.startOver(entry);
      else this.markStale(entry);
    }
    this.touchedMarked = true;
  }

  private voided({ key, at }: Routed): void {
    const entry = this.documents.get(this.parts.families.root(key));
    if (entry && at > entry.at && !this.held.hasPassed(at, entry.key)) this.markStale(entry);
  }

  private markStale(entry: Entry): void {
    this.stale.add(entry);
    this.documents.changed(entry);
  }

  // ---- folding

  private fold(routed: Routed, own: Entry | undefined, entry: Entry | undefined): Promise<void> | undefined {
    const { event, at, broken } = routed;
    if (!own) this.foreign.remember(routed.key, event.stream);
    else if (!this.held.hasPassed(at, own.key)) this.documents.addStream(own, event.stream);
    if (routed.corrects) {
      if (routed.voids) this.voided(routed);
      return undefined;
    }
    if (!entry) return undefined;
    if (at <= entry.at || this.held.hasPassed(at, entry.key) || (this.stale.size > 0 && this.stale.has(entry))) return undefined;
    // Of a parked one, too: it holds what it was folded from before.
    if (this.forgetting?.has(event.type)) {
      this.markStale(entry);
      return undefined;
    }
    if (entry.parked) {
      entry.parked.events += 1;
      entry.at = at;
      this.documents.changed(entry);
      return undefined;
    }
    if (entry.voids && isVoided(entry.voids, event)) return undefined;
    try {
      if (broken) throw broken;
      if (this.telling?.has(event.type) && this.isToldAgain(entry, event)) {
        this.markStale(entry);
        return undefined;
      }
      this.evolve(entry, event);
      entry.at = at;
      this.documents.changed(entry);
      return undefined;
    } catch (error) {
      return this.poisoned(entry, event, error as Error);
    }
  }

  private evolve(entry: Entry, event: RecordedEvent): void {
    entry.state = this.projection.evolve(entry.state ?? this.projection.initial(entry.key), event);
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
    this.documents.changed(entry);
  }

  // ---- folding again

  private async refold(entry: Entry, through: Position): Promise<void> {
    // Marked stale earlier in the slice and merged away later in it: the refold of its root covers it.
    if (this.parts.families.parent(entry.key)) return;
    const members = this.parts.families.members(entry.key);
    const events = await this.historyOf(members, through);
    const keys = new Set(members);
    this.documents.startOver(entry);

    const all: Routed[] = [];
    for (const event of events) {
      const routed = this.routing.route(decodeOne(event, this.parts.decode));
      // A stream may hold events of other keys too (two leads in one deal).
      if (!routed || !keys.has(routed.key)) continue;
      if (routed.voids) (entry.voids ??= new Set()).add(routed.voids);
      if (!routed.corrects) all.push(routed);
    }
    const mine = this.holding(entry, all);
    for (const { event, broken } of mine) {
      if (entry.parked) {
        entry.parked.events += 1;
        continue;
      }
      try {
        if (broken) throw broken;
        this.evolve(entry, event);
      } catch (error) {
        if (this.mode === 'strict') throw new PoisonEvent(this.projection.name, event, error as Error);
        this.poisonedInRefold(entry, mine, event, error as Error);
      }
    }
    entry.at = Number(through);
  }

  /** In the order of the log, of all streams that may hold events of these keys. */
  private async historyOf(keys: readonly string[], through: Position): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (const stream of await this.streamsOf(keys)) {
      for await (const page of this.parts.log.readStream(stream))
        for (const event of page) if (event.position <= through) events.push(event);
    }
    return events.sort((a, b) => (a.position < b.position ? -1 : 1));
  }

  private async streamsOf(keys: readonly string[]): Promise<Set<string>> {
    const streams = new Set(keys.flatMap((key) => this.projection.streams(key)));
    await this.documents.load(keys.filter((key) => this.held.owns(key)));
    for (const key of keys) for (const stream of this.documents.get(key)?.streams ?? []) streams.add(stream);
    for (const stream of await this.foreign.of(keys.filter((key) => !this.held.owns(key)))) streams.add(stream);
    return streams;
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
      this.evolve(entry, event);
    }
    this.park(entry, poison, error);
  }
}
