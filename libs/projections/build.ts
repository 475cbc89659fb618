import { getHeapStatistics } from 'node:v8';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { PoisonEvent, decodeOne, type GenerationFold } from './generation-fold';
import type { EngineParts } from './engine-parts';
import type { GenerationCommit } from './store';

const SLICE = 2_000;
/** Documents a transaction at most, so that a flush neither blocks live commits nor holds everything twice in memory. */
const FLUSH = 2_000;

export interface BuildOptions {
  heapLimitMiB: number;
  finished: (generations: readonly string[]) => Promise<void>;
  failed: (generation: string, reason: string) => Promise<void>;
}

/**
 * Builds generations that nobody reads yet: one pass over the log for all of them, documents kept in memory and written
 * as late as the heap allows. Strict: the first event that cannot be folded fails the generation.
 */
export class Build {
  private folds: GenerationFold[];
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(
    folds: readonly GenerationFold[],
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
      for (let done = false; !done && !this.stopping; ) done = await this.pass();
      if (this.stopping) return;
      await this.options.finished(this.generations);
    } catch (error) {
      if (!this.stopping) this.parts.failed(error);
    }
  }

  private async pass(): Promise<boolean> {
    const { log, retry } = this.parts;
    const head = await retry.untilAvailable(() => log.head());
    const after = this.folds.map((fold) => fold.checkpoint).reduce((least, position) => (position < least ? position : least));
    if (after >= head) return true;
    for (const fold of this.folds) this.parts.board.building(fold.generation, fold.checkpoint, head);
    let through = after;
    for await (const slice of log.read({ after, until: head, sliceSize: SLICE })) {
      if (this.stopping) return false;
      through = slice.through;
      const decoded = slice.events.map((event) => decodeOne(event, this.parts.decode));
      for (const fold of [...this.folds]) {
        try {
          await fold.apply(decoded, through);
          this.parts.board.folded(fold.generation, through, slice.events.length);
        } catch (error) {
          if (!(error instanceof PoisonEvent)) throw error;
          this.folds = this.folds.filter((other) => other !== fold);
          await this.options.failed(fold.generation, error.message);
        }
      }
      if (getHeapStatistics().used_heap_size > this.options.heapLimitMiB * 1_048_576) await this.makeRoom(through);
      // Live commits and queries of this process come in between.
      await eventLoopTurn();
    }
    await this.flush(through);
    // With a steady stream of events the head is never reached; after a short pass the rest is left to following.
    return this.folds.length === 0 || head - after <= SLICE;
  }

  /** The largest generation writes out the half that has rested for longest. */
  private async makeRoom(through: bigint): Promise<void> {
    const largest = this.folds.reduce((a, b) => (a.size >= b.size ? a : b));
    await this.write(await largest.evict(Math.floor(largest.size / 2), FLUSH, through));
  }

  /** Everything folded so far becomes durable, and with the last commit of each generation its checkpoint. */
  private async flush(through: bigint): Promise<void> {
    for (const fold of this.folds) {
      await fold.refoldStale(through);
      await this.write(fold.takeInParts(FLUSH, through > fold.checkpoint ? through : fold.checkpoint));
    }
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
