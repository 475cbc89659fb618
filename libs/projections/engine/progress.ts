import type { Position } from '@leadlog/event-log';
import { ENGINE_GENERATION, type ReadModelStore } from '../store';

const EVERY_MS = 500;
/** What a worker has said longer ago is not true any more. */
const OLD_MS = 5_000;

/** What the workers tell about one generation, added up. Rate in events per second. */
export interface GenerationProgress {
  /** Of a build: positions folded and to fold in all. */
  done?: number;
  total?: number;
  rate: number;
  secondsLeft?: number;
  /** ms since 1970. */
  updatedAt: number;
}

/** By generation. */
type Told = Record<string, GenerationProgress>;

/** The progress of every generation, over all workers. */
export async function progressOf(store: ReadModelStore, clock: () => number): Promise<ReadonlyMap<string, GenerationProgress>> {
  const sum = new Map<string, GenerationProgress>();
  for await (const [, text] of store.scan(ENGINE_GENERATION)) {
    for (const [id, one] of Object.entries(JSON.parse(text) as Told)) {
      if (one.updatedAt < clock() - OLD_MS) continue;
      const other = sum.get(id);
      sum.set(id, other ? added(one, other) : one);
    }
  }
  return sum;
}

function added(one: GenerationProgress, other: GenerationProgress): GenerationProgress {
  const both = (a: number | undefined, b: number | undefined, join: (a: number, b: number) => number) =>
    a === undefined ? b : b === undefined ? a : join(a, b);
  return {
    done: both(one.done, other.done, (a, b) => a + b),
    total: both(one.total, other.total, (a, b) => a + b),
    rate: one.rate + other.rate,
    secondsLeft: both(one.secondsLeft, other.secondsLeft, Math.max),
    updatedAt: Math.max(one.updatedAt, other.updatedAt),
  };
}

/** Rate and progress of what this worker folds, as a document of its own, written at most twice a second. */
export class ProgressBoard {
  private readonly lines = new Map<string, Line>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly store: ReadModelStore,
    private readonly clock: () => number,
    private readonly worker: string,
  ) {}

  /** Also takes away what workers that ended without a word have left. */
  async start(): Promise<void> {
    const old: [string, null][] = [];
    for await (const [worker, text] of this.store.scan(ENGINE_GENERATION)) {
      const told = Object.values(JSON.parse(text) as Told);
      if (told.every(({ updatedAt }) => updatedAt < this.clock() - OLD_MS)) old.push([worker, null]);
    }
    // Tidying: no reason not to start.
    if (old.length > 0) await this.put(old).catch(() => undefined);
    this.timer = setInterval(() => void (this.writing ??= this.write().finally(() => (this.writing = undefined))), EVERY_MS).unref();
  }

  show(generations: readonly string[]): void {
    for (const id of this.lines.keys()) if (!generations.includes(id)) this.lines.delete(id);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    await this.put([[this.worker, null]]).catch(() => undefined);
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
    if (this.lines.size === 0) return;
    const now = this.clock();
    const told: Told = {};
    for (const [id, line] of this.lines) {
      const seconds = Math.max(0.001, (now - line.since) / 1_000);
      const progress: GenerationProgress = { rate: Math.round(line.events / seconds), updatedAt: now };
      line.events = 0;
      line.since = now;
      if (line.build?.until !== undefined) {
        const done = Number(line.through - line.build.from);
        progress.done = done;
        progress.total = Number(line.build.until - line.build.from);
        const perMs = done / Math.max(1, now - line.build.startedAt);
        if (perMs > 0) progress.secondsLeft = Math.round((progress.total - done) / perMs / 1_000);
      }
      told[id] = progress;
    }
    // A fault is reported by the commits of the projections themselves; this is told again in half a second.
    await this.put([[this.worker, JSON.stringify(told)]]).catch(() => undefined);
  }

  private put(documents: [string, string | null][]): Promise<void> {
    return this.store.commit(0, [{ generation: ENGINE_GENERATION, slices: [], documents, lists: [], tallies: [] }]);
  }
}

interface Line {
  through: Position;
  /** Since the last write. */
  events: number;
  since: number;
  build?: { from: Position; startedAt: number; until?: Position };
}
