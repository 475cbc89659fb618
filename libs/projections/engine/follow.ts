import type { EventLog, LogSlice, Position } from '@leadlog/event-log';
import type { EngineParts } from './engine-parts';
import { decodeOne } from './decoded';
import type { GenerationFold } from './generation-fold';

/** Live slices stay small so that one is folded and visible before the next has piled up. */
const SLICE = 1_000;
/**
 * A worker that is behind folds on before it commits, up to so many events or milliseconds: readers wait for it anyway, and
 * the documents that the next slice changes again are written once.
 */
const BEHIND_EVENTS = 20_000;
const BEHIND_MS = 500;

/**
 * Follows the log with all generations that are built, for the slices held: one read, and one commit a slice of the log unless it is
 * behind.
 */
export class Follow {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    readonly name: string,
    private readonly folds: readonly GenerationFold[],
    private readonly parts: EngineParts,
    /** Of all generations together, between slices: keys that are active now are active again soon. */
    private readonly documentsInMemory: number,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        // A subscription that fails is taken up again from what is committed.
        await this.parts.retry.untilAvailable(() => this.subscribeOnce(this.parts.log));
      }
    } catch (error) {
      if (!this.stopping.signal.aborted) this.parts.failed(error);
    }
  }

  private async subscribeOnce(log: EventLog): Promise<void> {
    const after = this.folds.map((fold) => fold.checkpoint).reduce((least, position) => (position < least ? position : least));
    let events = 0;
    let since = performance.now();
    for await (const slice of log.subscribe({ after, sliceSize: SLICE, signal: this.stopping.signal })) {
      await this.parts.retry.untilAvailable(() => this.foldSlice(slice));
      events += slice.events.length;
      if (!slice.caughtUp && events < BEHIND_EVENTS && performance.now() - since < BEHIND_MS && !this.stopping.signal.aborted) continue;
      const commits = this.folds.map((fold) => fold.take(max(fold.checkpoint, slice.through)));
      await this.parts.retry.untilAvailable(() => this.parts.store.commit(this.parts.epoch, commits));
      for (const fold of this.folds) this.parts.board.folded(fold.generation, fold.checkpoint, events);
      this.makeRoom();
      events = 0;
      since = performance.now();
      if (this.stopping.signal.aborted) return;
    }
  }

  /** The largest generations forget the half that has rested for longest. */
  private makeRoom(): void {
    const size = (): number => this.folds.reduce((sum, fold) => sum + fold.size, 0);
    while (size() > this.documentsInMemory) {
      const largest = this.folds.reduce((a, b) => (a.size >= b.size ? a : b));
      const before = largest.size;
      largest.forget(Math.floor(before / 2));
      if (largest.size === before) return;
    }
  }

  private async foldSlice(slice: LogSlice): Promise<void> {
    const decoded = slice.events.map((event) => decodeOne(event, this.parts.decode));
    // Given twice after a fault in the middle, a slice changes nothing for those that had it already.
    for (const fold of this.folds) await fold.apply(decoded, max(fold.checkpoint, slice.through));
  }
}

function max(a: Position, b: Position): Position {
  return a > b ? a : b;
}
