import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { EventFilter } from '@leadlog/event-log';
import { SLICES, sliceOf } from '../slices';
import type { GenerationCommit } from '../store';
import { PoisonEvent, decodeOne } from './decoded';
import type { EngineParts } from './engine-parts';
import type { GenerationFold } from './generation-fold';

const SLICE = 2_000;
/** Documents a transaction at most, so that a flush neither blocks live commits nor holds everything twice in memory. */
const FLUSH = 2_000;
/** One key of so many is looked at to find where to cut. */
const SAMPLED = 16;

export interface BuildOptions {
  /** Above it the ones that have rested for longest are written out early. A document takes 1 to 2 KiB. */
  documentsInMemory: number;
  /** Events whose keys are held in memory at the same time, about. */
  eventsInPart: number;
  finished: (generations: readonly string[]) => Promise<void>;
  failed: (generation: string, reason: string) => Promise<void>;
}

/**
 * Builds some slices of generations that nobody reads yet, all of them together. Documents stay in memory and are written once:
 * where keys can be told from stream names and the log finds by stream, the log is gone through once for each part of the keys, and
 * what belongs to another part or worker is skipped before it is read; elsewhere documents are written early when there are too
 * many. Strict: the first event that cannot be folded fails the generation.
 */
export class Build {
  private folds: GenerationFold[];
  private stopping = false;
  /** Events that the pass has gone through. */
  private seen = 0;
  private readonly running: Promise<void>;

  constructor(
    folds: readonly GenerationFold[],
    readonly slices: readonly number[],
    private readonly parts: EngineParts,
    private readonly options: BuildOptions,
  ) {
    this.folds = [...folds];
    this.running = this.run();
  }

  get generations(): readonly string[] {
    return this.folds.map((fold) => fold.generation);
  }

  /** What is folded but not written is folded again by the next build. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      for (let done = false; !done && !this.stopping;) done = await this.pass();
      if (this.stopping || this.folds.length === 0) return;
      await this.options.finished(this.generations);
    } catch (error) {
      if (!this.stopping) this.parts.failed(error);
    }
  }

  private async pass(): Promise<boolean> {
    const { log, retry, board } = this.parts;
    const head = await retry.untilAvailable(() => log.head());
    const after = this.folds.map((fold) => fold.checkpoint).reduce((least, position) => (position < least ? position : least));
    if (after >= head) {
      // Nothing to fold, and yet it is built as of here.
      for (const fold of this.folds) await this.write([fold.take(fold.checkpoint)]);
      return true;
    }
    for (const fold of this.folds) board.building(fold.generation, fold.checkpoint, head);
    const bounds = await retry.untilAvailable(() => this.bounds(after, head));
    this.seen = 0;
    const parts = bounds.length + 1;
    const byStream = log.findsByStream && (parts > 1 || this.slices.length < SLICES);
    if (byStream) await retry.untilAvailable(() => this.foreseeCorrections(after, head));
    if (!byStream) await this.part(this.folds, { after, head, part: 0, parts: 1 });
    else {
      // What cannot be told from stream names needs a pass through the whole log, of which the others would have little.
      const whole = this.folds.filter((fold) => !isPartable(fold));
      await this.part(whole, { after, head, part: 0, parts: 1, filter: ofKeys(whole) });
      for (const fold of whole) fold.forget(0);
      for (let part = 0; part < parts && !this.stopping; part += 1) {
        const folds = this.folds.filter(isPartable);
        await this.part(folds, {
          after,
          head,
          part,
          parts,
          from: bounds[part - 1],
          to: bounds[part],
          filter: { accepts: anyOf(folds), skips: this.handledByOthers(folds) },
        });
      }
    }
    // With a steady stream of events the head is never reached; after a short pass the rest is left to following.
    return !this.stopping && (this.folds.length === 0 || this.seen <= SLICE);
  }

  /** A part is not given the streams of others, where merges with its own keys may stand. */
  private async foreseeCorrections(after: bigint, head: bigint): Promise<void> {
    const types = [...new Set(this.folds.flatMap((fold) => fold.projection.corrections?.types ?? []))];
    if (types.length === 0) return;
    for await (const slice of this.parts.log.read({ after, until: head, filter: { types } })) {
      if (this.stopping) return;
      const decoded = slice.events.map((event) => decodeOne(event, this.parts.decode));
      for (const fold of this.folds) fold.foresee(decoded);
    }
  }

  /**
   * The keys at which one part ends and the next begins. Parts are ranges, not hashes: each page of the store is then filled by
   * one part and written once. They are cut at quantiles of a sample of the keys, by streams, since events per key are not known.
   */
  private async bounds(after: bigint, head: bigint): Promise<string[]> {
    if (!this.parts.log.findsByStream) return [];
    const parts = Math.ceil((Number(head - after) * this.slices.length) / SLICES / this.options.eventsInPart);
    const keysOf = new Set(this.folds.filter(isPartable).map((fold) => fold.projection.keyOfStream!));
    if (parts <= 1 || keysOf.size === 0) return [];
    const mine = new Set(this.slices);
    const sample = new Set<string>();
    const accepts = (stream: string): boolean => {
      for (const keyOf of keysOf) {
        const key = keyOf(stream);
        if (typeof key === 'string' && sampled(key) && mine.has(sliceOf(key))) sample.add(key);
      }
      return false;
    };
    for await (const _ of this.parts.log.read({ after, until: head, filter: { accepts } })) if (this.stopping) return [];
    const keys = [...sample].sort();
    const cuts = Array.from({ length: parts - 1 }, (_, part) => keys[Math.floor(((part + 1) * keys.length) / parts)]);
    return [...new Set(cuts.filter((key) => key !== undefined))];
  }

  /** Goes through the log for one part of the keys, and writes what came of it. The last part moves the checkpoints. */
  private async part(folds: readonly GenerationFold[], { after, head, part, parts, from, to, filter }: Part): Promise<void> {
    if (folds.length === 0) return;
    if (parts > 1) {
      const ofPart = (key: string) => (from === undefined || key >= from) && (to === undefined || key < to);
      for (const fold of folds) if (isPartable(fold)) fold.limitTo(ofPart);
    }
    const { retry, log, board, decode } = this.parts;
    let going = [...folds];
    let through = after;
    // A log or store that is away in the middle is waited for; a slice that is folded again changes nothing.
    await retry.untilAvailable(async () => {
      for await (const slice of log.read({ after: through, until: head, sliceSize: SLICE, filter })) {
        if (this.stopping) return;
        const decoded = slice.events.map((event) => decodeOne(event, decode));
        for (const fold of going) {
          try {
            await fold.apply(decoded, slice.through);
            const done = (BigInt(part) * (head - after) + (slice.through - after)) / BigInt(parts);
            board.folded(fold.generation, after + done, slice.events.length);
          } catch (error) {
            if (!(error instanceof PoisonEvent)) throw error;
            going = await this.without(fold, going, error);
          }
        }
        this.seen += decoded.length;
        through = slice.through;
        if (going.reduce((sum, fold) => sum + fold.size, 0) > this.options.documentsInMemory) await this.makeRoom(going);
      }
    });
    if (this.stopping) return;
    for (const fold of going) {
      try {
        await retry.untilAvailable(() => fold.refoldStale(head));
      } catch (error) {
        if (!(error instanceof PoisonEvent)) throw error;
        going = await this.without(fold, going, error);
        continue;
      }
      await this.write(fold.takeInParts(FLUSH, part === parts - 1 ? head : undefined));
    }
    if (part === parts - 1 && parts > 1) for (const fold of going) if (isPartable(fold)) fold.limitTo(undefined);
  }

  /**
   * What other projections fold and these do not. Only that: an event of which nobody here has heard may be of a newer program, and whoever
   * finds it must fail.
   */
  private handledByOthers(folds: readonly GenerationFold[]): EventFilter['skips'] {
    const mine = new Set(folds.flatMap(({ projection }) => [...projection.handles, ...(projection.corrections?.types ?? [])]));
    return { types: [...this.parts.handled].filter((type) => !mine.has(type)), without: [] };
  }

  private async without(fold: GenerationFold, going: readonly GenerationFold[], error: PoisonEvent): Promise<GenerationFold[]> {
    this.folds = this.folds.filter((other) => other !== fold);
    await this.options.failed(fold.generation, error.message);
    return going.filter((other) => other !== fold);
  }

  /** The largest generation writes out the half that has rested for longest. */
  private async makeRoom(folds: readonly GenerationFold[]): Promise<void> {
    const largest = folds.reduce((a, b) => (a.size >= b.size ? a : b));
    await this.write(largest.evict(Math.floor(largest.size / 2), FLUSH));
  }

  private async write(commits: Iterable<GenerationCommit>): Promise<void> {
    const { store, epoch, retry } = this.parts;
    for (const commit of commits) {
      // A build that is stopped here goes on from its checkpoint; documents written ahead of it skip what they have.
      if (this.stopping) return;
      await retry.untilAvailable(() => store.commit(epoch, [commit]));
      await eventLoopTurn();
    }
  }
}

interface Part {
  after: bigint;
  head: bigint;
  /** Number of this part of the keys, and of how many. */
  part: number;
  parts: number;
  /** Keys with from <= key < to, where given. */
  from?: string;
  to?: string;
  /** What the log may leave out. */
  filter?: EventFilter;
}

function isPartable(fold: GenerationFold): boolean {
  return fold.projection.keyOfStream !== undefined;
}

/** Streams that hold events of keys that any of these folds, as far as their names tell. */
function anyOf(folds: readonly GenerationFold[]): (stream: string) => boolean {
  // Most have the same way of telling.
  const groups = [...new Set(folds.map((fold) => fold.projection.keyOfStream!))].map((keyOf) => ({
    keyOf,
    folds: folds.filter((fold) => fold.projection.keyOfStream === keyOf),
  }));
  return (stream) =>
    groups.some(({ keyOf, folds: same }) => {
      const key = keyOf(stream);
      return key === undefined || (key !== null && same.some((fold) => fold.folds(key)));
    });
}

/** Without the events that have no key in any of these folds. */
function ofKeys(folds: readonly GenerationFold[]): EventFilter | undefined {
  const projections = folds.map((fold) => fold.projection);
  if (!projections.every(({ keyedBy }) => keyedBy)) return undefined;
  const corrections = new Set(projections.flatMap((projection) => projection.corrections?.types ?? []));
  const types = [...new Set(projections.flatMap(({ handles }) => handles))].filter((type) => !corrections.has(type));
  return { skips: { types, without: [...new Set(projections.flatMap(({ keyedBy }) => keyedBy!))] } };
}

/** Independent of the slices, of which a worker may hold any few. */
function sampled(key: string): boolean {
  let value = 0;
  for (let index = 0; index < key.length; index += 1) value = (Math.imul(value, 31) + key.charCodeAt(index)) | 0;
  return ((value ^ (value >>> 15)) & (SAMPLED - 1)) === 0;
}
