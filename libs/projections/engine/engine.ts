import { START, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import type { Projection } from '../projection';
import type { ProjectionSource } from '../projection-source';
import { hexOfSlices, sliceOf, slicesOfHex } from '../slices';
import { Diverged, Fenced, leastOf, type GenerationRecord, type ReadModelStore } from '../store';
import { Build } from './build';
import type { EngineParts } from './engine-parts';
import { Families } from './families';
import { Follow } from './follow';
import { GenerationFold } from './generation-fold';
import { changeGenerations, failed, failedWithoutCode, slicesBuilt, unparked, versionsFilledIn, wantedGenerations } from './generations';
import { Leases } from './leases';
import { ProgressBoard } from './progress';
import { Retry } from './retry';

/** Of all generations together: each takes 1 to 2 KiB, and a worker has 384 MiB. */
const DOCUMENTS_IN_MEMORY = 150_000;

export interface EngineOptions {
  log: EventLog;
  store: ReadModelStore;
  sources: readonly ProjectionSource[];
  /** Upcasts; throws for an event that it does not know. */
  decode?: (event: RecordedEvent) => RecordedEvent;
  clock: () => number;
  /** Documents that a build keeps before it writes some out early, and that are kept while following; 150,000 by default. */
  documentsInMemory?: number;
  /** Events whose keys a build holds in memory at the same time, about, where the log finds by stream; 125,000 by default. */
  eventsInPart?: number;
  /** Name of this worker among all, and how its leases run; made up by default. */
  worker?: string;
  leases?: { ttlMs: number; everyMs: number };
  onWarning?: (message: string, error?: unknown) => void;
  /** The engine has stopped by itself. */
  onStopped?: (reason: Error) => void;
}

/**
 * Runs projections for the slices that this worker holds: follows the log with the live generations, builds new ones beside them,
 * and switches when all slices are built, by whomever. What should run is said by the registry of the store and by nothing else,
 * so every command (rebuild, switch, pause …) is one change of the registry, made by anyone, at any time, and survives a crash.
 */
export class ProjectionEngine {
  readonly leases: Leases;
  private sources: readonly ProjectionSource[];
  private follow: Follow | undefined;
  private builds: Build[] = [];
  private readonly board: ProgressBoard;
  private readonly retry: Retry;
  private readonly stopping = new AbortController();
  private unwatch: (() => void) | undefined;
  private seenRegistry = -1;
  private arranging: Promise<void> = Promise.resolve();
  private waitingToArrange = false;
  private losing = false;

  constructor(private readonly options: EngineOptions) {
    const { store, clock, worker, onWarning } = options;
    this.sources = options.sources;
    this.retry = new Retry(this.stopping.signal, (error) => onWarning?.(`waiting: ${error.message}`, error));
    this.leases = new Leases({ store, group: 'projections', worker, ...options.leases, onWarning, onChange: () => this.arrange() });
    this.board = new ProgressBoard(store, clock, this.leases.worker);
  }

  /** Resolves when the engine has the slices that were free and has started what the registry asks for. */
  async start(): Promise<void> {
    this.unwatch = this.options.store.watch(() => this.onChange());
    await this.addMissingGenerations();
    await this.board.start();
    await this.leases.start();
    await this.arrange();
  }

  /** Finishes the slice in hand, commits it, gives back what it holds, and stops. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.unwatch?.();
    await this.arranging.catch(() => undefined);
    await Promise.all([this.follow?.stop(), ...this.builds.map((build) => build.stop())]);
    await Promise.all([this.leases.stop(), this.board.stop()]);
  }

  /** From now on runs these. Resolves once the registry asks for their present versions; builds and switches follow. */
  async run(sources: readonly ProjectionSource[]): Promise<void> {
    this.sources = sources;
    await this.addMissingGenerations();
    // What is asked for may have been there already, and only its fold be new to this worker.
    void this.arrange();
  }

  /** A generation for every projection that has none of its present version; it takes over by itself when caught up. */
  private async addMissingGenerations(): Promise<void> {
    const createdAt = new Date(this.options.clock()).toISOString();
    let notices: string[] = [];
    await changeGenerations(this.options.store, (generations) => {
      notices = [];
      return this.sources.reduce((all, source) => wantedGenerations(source, all, createdAt, (notice) => notices.push(notice)), generations);
    });
    for (const notice of notices) this.options.onWarning?.(notice);
  }

  private onChange(): void {
    void this.options.store.registry().then(
      (registry) => {
        if (registry.version !== this.seenRegistry) void this.arrange();
      },
      () => undefined,
    );
  }

  /** Makes what runs equal to what the registry says and the slices are. One at a time; a change meanwhile leads to another round. */
  private arrange(): Promise<void> {
    if (this.waitingToArrange) return this.arranging;
    this.waitingToArrange = true;
    this.arranging = this.arranging
      .catch(() => undefined)
      .then(async () => {
        this.waitingToArrange = false;
        if (this.stopping.signal.aborted) return;
        try {
          await this.retry.untilAvailable(() => this.arrangeOnce());
        } catch (error) {
          this.onFailure(error);
        }
      });
    return this.arranging;
  }

  private async arrangeOnce(): Promise<void> {
    const slices = this.leases.slices;
    const { version } = await this.options.store.registry();
    // Versions only grow: what says less has forgotten. Followed, it would quietly stop everything.
    if (version < this.seenRegistry) throw new Diverged('all projections');
    await this.fillInNewGenerations();
    const { version: current, generations } = await this.options.store.registry();
    this.seenRegistry = current;

    const running = generations.filter((generation) => !generation.paused && this.canRun(generation));
    const builds = this.buildsThatStay(running, slices);
    await Promise.all(this.builds.filter((build) => !builds.includes(build)).map((build) => build.stop()));
    this.builds = builds;
    await this.arrangeFollow(running, slices);
    await this.arrangeBuilds(running, slices);
    this.board.show(generations.map((generation) => generation.id));
  }

  private async arrangeFollow(running: readonly GenerationRecord[], slices: readonly number[]): Promise<void> {
    const wanted = running
      .map((generation) => ({
        generation,
        slices: generation.state === 'building' ? common(slices, slicesOfHex(generation.built)) : slices,
      }))
      .filter((one) => one.slices.length > 0 && one.generation.state !== 'retired' && one.generation.state !== 'failed');
    const unpark = wanted.flatMap(({ generation }) => (generation.unpark ?? []).filter((key) => slices.includes(sliceOf(key))));
    const name = `${this.leases.epoch} ${wanted.map((one) => `${one.generation.id}:${hexOfSlices(one.slices)}`).join(' ')}`;
    if (name === this.follow?.name && unpark.length === 0) return;
    await this.follow?.stop();
    this.follow = undefined;
    if (wanted.length === 0) return;
    const folds = await Promise.all(wanted.map((one) => this.foldOf(one.generation, one.slices, 'park')));
    if (unpark.length > 0)
      await this.unparkKeys(
        wanted.map(({ generation }) => generation),
        folds,
      );
    this.follow = new Follow(name, folds, this.parts(), this.options.documentsInMemory ?? DOCUMENTS_IN_MEMORY);
  }

  /** A build is long: it stays as it is as long as all that it builds is still ours and wanted. */
  private buildsThatStay(running: readonly GenerationRecord[], slices: readonly number[]): Build[] {
    const building = new Set(running.filter(({ state }) => state === 'building').map(({ id }) => id));
    return this.builds.filter(
      (build) => build.generations.every((id) => building.has(id)) && build.slices.every((slice) => slices.includes(slice)),
    );
  }

  /** What is to be built and nobody builds yet; generations of which the same slices are missing share a build. */
  private async arrangeBuilds(running: readonly GenerationRecord[], slices: readonly number[]): Promise<void> {
    const missing = new Map<string, GenerationRecord[]>();
    for (const generation of running) {
      if (generation.state !== 'building') continue;
      const done = new Set(slicesOfHex(generation.built));
      for (const build of this.builds) if (build.generations.includes(generation.id)) for (const slice of build.slices) done.add(slice);
      const open = slices.filter((slice) => !done.has(slice));
      if (open.length === 0) continue;
      const name = hexOfSlices(open);
      missing.set(name, [...(missing.get(name) ?? []), generation]);
    }
    for (const [name, generations] of missing) {
      const folds = await Promise.all(generations.map((generation) => this.foldOf(generation, slicesOfHex(name), 'strict')));
      const build: Build = new Build(folds, slicesOfHex(name), this.parts(), {
        documentsInMemory: this.options.documentsInMemory ?? DOCUMENTS_IN_MEMORY,
        eventsInPart: this.options.eventsInPart ?? 125_000,
        finished: (ids) => this.onBuilt(build, ids),
        failed: (id, reason) => this.fail(id, reason),
      });
      this.builds.push(build);
    }
  }

  /**
   * What there is of the registry that only a worker can say: the version of a rebuild that was asked for from outside, and which builds
   * nobody can run.
   */
  private async fillInNewGenerations(): Promise<void> {
    await changeGenerations(this.options.store, (all) => {
      // While other workers are there, one of them may be of the version that can.
      const runnable = this.leases.isAlone ? failedWithoutCode(all, (generation) => this.canRun(generation)) : all;
      return versionsFilledIn(runnable, this.sources);
    });
  }

  private canRun(generation: GenerationRecord): boolean {
    return this.projectionOf(generation) !== undefined;
  }

  private projectionOf(generation: GenerationRecord): Projection | undefined {
    const source = this.sources.find((one) => one.name === generation.projection);
    if (!source) return undefined;
    const { projection } = source.current();
    if (projection.version === generation.version) return projection;
    const earlier = generation.spec === undefined ? undefined : source.earlier?.(generation.spec);
    return earlier?.version === generation.version ? earlier : undefined;
  }

  private async foldOf(generation: GenerationRecord, slices: readonly number[], mode: 'strict' | 'park'): Promise<GenerationFold> {
    const { log, store } = this.options;
    const checkpoints = await store.take(generation.id, this.leases.epoch, slices);
    const projection = this.projectionOf(generation)!;
    const families = projection.corrections ? await Families.asOf(store, generation.id, leastOf(checkpoints) ?? START) : Families.none();
    return new GenerationFold(generation.id, projection, slices, checkpoints, mode, { log, store, decode: this.decode, families });
  }

  private async unparkKeys(generations: readonly GenerationRecord[], folds: readonly GenerationFold[]): Promise<void> {
    const { store } = this.options;
    const done = new Map<string, readonly string[]>();
    for (const [index, { id, unpark = [] }] of generations.entries()) {
      const fold = folds[index]!;
      const keys = unpark.filter((key) => fold.slices.includes(sliceOf(key)));
      if (keys.length === 0) continue;
      for (const key of keys) await fold.refoldParked(key);
      await store.commit(this.leases.epoch, [fold.take(fold.checkpoint)]);
      done.set(id, keys);
    }
    await changeGenerations(store, (all) => unparked(all, done));
  }

  /** These slices are built. Whoever builds the last ones makes the generation take over. */
  private async onBuilt(build: Build, ids: readonly string[]): Promise<void> {
    await changeGenerations(this.options.store, (all) => slicesBuilt(all, ids, build.slices, this.options.clock()));
    this.builds = this.builds.filter((other) => other !== build);
    // Not awaited: what is being arranged may be waiting for this build to end.
    void this.arrange();
  }

  private async fail(id: string, reason: string): Promise<void> {
    this.options.onWarning?.(`generation ${id} failed: ${reason}`);
    await changeGenerations(this.options.store, (all) => failed(all, id, reason));
    void this.arrange();
  }

  private readonly decode = (event: RecordedEvent): RecordedEvent => (this.options.decode ? this.options.decode(event) : event);

  private parts(): EngineParts {
    const { log, store, clock } = this.options;
    const handled = new Set(this.sources.flatMap((source) => source.current().projection.handles));
    return {
      log,
      store,
      clock,
      epoch: this.leases.epoch,
      decode: this.decode,
      handled,
      retry: this.retry,
      board: this.board,
      failed: (error) => this.onFailure(error),
    };
  }

  private onFailure(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    if (error instanceof Fenced) {
      if (this.losing) return;
      this.losing = true;
      this.options.onWarning?.(error.message);
      void this.leases
        .lost()
        .catch((reason: unknown) => this.options.onWarning?.('leases will be looked at again', reason))
        .finally(() => (this.losing = false));
      return;
    }
    this.options.onWarning?.('the projection engine stopped', error);
    void this.stop().finally(() => this.options.onStopped?.(error as Error));
  }
}

function common(some: readonly number[], others: readonly number[]): number[] {
  return some.filter((slice) => others.includes(slice));
}
