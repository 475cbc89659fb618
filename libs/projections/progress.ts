import type { EventLog, Position } from '@leadlog/event-log';
import { ENGINE_GENERATION, type ReadModelStore } from './store';

const EVERY_MS = 500;

/** What the engine tells about one generation. Positions as decimal strings; rate in events per second. */
export interface GenerationProgress {
  checkpoint: string;
  head: string;
  /** Positions between the checkpoint and the head. */
  lag: number;
  /** Of a build: positions folded and to fold in all. */
  done?: number;
  total?: number;
  rate: number;
  secondsLeft?: number;
  /** ms since 1970. */
  updatedAt: number;
}

/** Lag, rate and progress of every generation as a read model, written at most twice a second. */
export class ProgressBoard {
  private readonly lines = new Map<string, Line>();
  private timer: NodeJS.Timeout | undefined;
  private writing = false;

  constructor(
    private readonly store: ReadModelStore,
    private readonly log: EventLog,
    private readonly clock: () => number,
    private readonly epoch: () => number,
  ) {}

  show(generations: readonly string[]): void {
    for (const id of this.lines.keys()) if (!generations.includes(id)) this.lines.delete(id);
    this.timer ??= setInterval(() => void this.write(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  building(generation: string, from: Position, until: Position): void {
    const line = this.line(generation);
    line.build ??= { from, startedAt: this.clock() };
    line.build.until = until;
    line.through = from;
  }

  folded(generation: string, through: Position, events: number): void {
    const line = this.line(generation);
    line.through = through;
    line.events += events;
  }

  private line(generation: string): Line {
    let line = this.lines.get(generation);
    if (!line) this.lines.set(generation, (line = { through: -1n, events: 0, since: this.clock() }));
    return line;
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    try {
      const head = await this.log.head();
      const now = this.clock();
      const documents = [...this.lines].map(([id, line]): [string, string] => {
        const seconds = Math.max(0.001, (now - line.since) / 1_000);
        const progress: GenerationProgress = {
          checkpoint: String(line.through),
          head: String(head),
          lag: Number(head > line.through ? head - line.through : 0n),
          rate: Math.round(line.events / seconds),
          updatedAt: now,
        };
        line.events = 0;
        line.since = now;
        if (line.build?.until !== undefined) {
          const done = Number(line.through - line.build.from);
          progress.done = done;
          progress.total = Number(line.build.until - line.build.from);
          const perMs = done / Math.max(1, now - line.build.startedAt);
          if (perMs > 0) progress.secondsLeft = Math.round((progress.total - done) / perMs / 1_000);
        }
        return [id, JSON.stringify(progress)];
      });
      if (documents.length > 0) {
        await this.store.commit(this.epoch(), [{ generation: ENGINE_GENERATION, documents, lists: [], tallies: [] }]);
      }
    } catch {
      // Progress is told again in half a second; the commits of the projections themselves report every fault.
    } finally {
      this.writing = false;
    }
  }
}

interface Line {
  through: Position;
  /** Since the last write. */
  events: number;
  since: number;
  build?: { from: Position; startedAt: number; until?: Position };
}
