import { START, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { Build } from './build';
import { changeGenerations, goneLive } from './control';
import type { EngineParts } from './engine-parts';
import { Follow } from './follow';
import { GenerationFold, PARKED_LIST } from './generation-fold';
import { nextId } from './generation-id';
import { LiveReadModels } from './live-read-models';
import type { Projection } from './projection';
import { ProgressBoard } from './progress';
import { ReactionLoop } from './reaction-loop';
import type { Reaction } from './reaction';
import { Retry } from './retry';
import { Diverged, Fenced, type GenerationRecord, type ReadModelStore } from './store';

/** A projection the worker can run: what it is now, and what it was for an earlier generation. */
export interface ProjectionSource {
  readonly name: string;
  /** As a new generation would be made. `spec` is kept with the generation where the projection is made from data. */
  current(): { projection: Projection; spec?: unknown };
  /** The fold of an earlier generation made from data; undefined when its code is gone. */
  earlier?(spec: unknown): Projection;
}

/** A projection made from code alone: earlier versions of it cannot be run any more, only read. */
export function fromCode(projection: Projection): ProjectionSource {
  return { name: projection.name, current: () => ({ projection }) };
}

export interface EngineOptions {
  log: EventLog;
  store: ReadModelStore;
  sources: readonly ProjectionSource[];
  reactions?: readonly Reaction[];
  /** Upcasts; throws for an event that it does not know. */
  decode?: (event: RecordedEvent) => RecordedEvent;
  clock: () => number;
  /** Documents that a build keeps before it writes some out early; 150,000 by default. */
  documentsInMemory?: number;
  onWarning?: (message: string, error?: unknown) => void;
  /** The engine has stopped by itself: another worker has taken over. */
  onStopped?: (reason: Error) => void;
}

/**
 * Runs projections: follows the log with the live generations, builds new ones beside them, switches, and lets reactions
 * drain the lists of live generations. What should run is said by the registry of the store and by nothing else, so every
 * command (rebuild, switch, pause …) is one change of the registry, made by anyone, at any time, and survives a crash.
 */
export class ProjectionEngine {
  private epoch = 0;
  private follow: Follow | undefined;
  private readonly builds = new Map<string, Build>();
  private readonly reactions: ReactionLoop;
  private readonly board: ProgressBoard;
  private readonly retry: Retry;
  private readonly stopping = new AbortController();
  private unwatch: (() => void) | undefined;
  private seenRegistry = -1;
  private arranging: Promise<void> = Promise.resolve();
  private arrangeAgain = false;

  constructor(private readonly options: EngineOptions) {
    this.retry = new Retry(this.stopping.signal, (error) => this.options.onWarning?.(`waiting: ${error.message}`, error));
    this.board = new ProgressBoard(options.store, options.log, options.clock, () => this.epoch);
    this.reactions = new ReactionLoop(
      options.reactions ?? [],
      new LiveReadModels(options.store),
      options.log,
      options.clock,
      (message, error) => this.options.onWarning?.(message, error),
    );
  }

  /** Resolves when the engine owns the store and has started what the registry asks for. */
  async start(): Promise<void> {
    this.epoch = await this.options.store.claim();
    this.unwatch = this.options.store.watch(() => this.onChange());
    await this.addMissingGenerations();
    this.reactions.start();
    await this.arrange();
  }

  /** Finishes the slice in hand, commits it, and stops. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.unwatch?.();
    await this.arranging.catch(() => undefined);
    await this.reactions.stop();
    await Promise.all([this.follow?.stop(), ...[...this.builds.values()].map((build) => build.stop())]);
    this.board.stop();
  }

  /** A generation for every projection that has none of its present version; it takes over by itself when caught up. */
  private async addMissingGenerations(): Promise<void> {
    const createdAt = new Date(this.options.clock()).toISOString();
    await changeGenerations(this.options.store, (generations) => {
      const next = [...generations];
      for (const source of this.options.sources) {
        const { projection, spec } = source.current();
        const mine = next.filter((generation) => generation.projection === source.name);
        const wanted = mine.find(
          (generation) => generation.version === projection.version && (generation.state === 'live' || generation.state === 'building' || generation.state === 'caught-up'),
        );
        if (wanted) {
          // The program is of that version (again): the rollback is done with.
          if (wanted.state === 'live' && wanted.insteadOf !== undefined) next[next.indexOf(wanted)] = { ...wanted, insteadOf: undefined };
          continue;
        }
        const live = mine.find((generation) => generation.state === 'live');
        if (live?.insteadOf === projection.version) {
          this.options.onWarning?.(`${source.name} stays at ${live.id}, which was rolled back to from this program's version ${projection.version}; a rebuild goes forward again`);
          continue;
        }
        // A build of a version that nobody wants any more would take over after the right one.
        for (const old of mine) if (old.state === 'building') next.splice(next.indexOf(old), 1);
        next.push({
          id: nextId(source.name, generations),
          projection: source.name,
          version: projection.version,
          spec,
          state: 'building',
          paused: false,
          autoSwitch: true,
          createdAt,
        });
      }
      return next;
    });
  }

  private onChange(): void {
    void this.options.store.registry().then(
      (registry) => {
        if (registry.version !== this.seenRegistry) void this.arrange();
      },
      () => undefined,
    );
  }

  /** Makes what runs equal to what the registry says. One at a time; a change meanwhile leads to another round. */
  private arrange(): Promise<void> {
    if (this.arrangeAgain) return this.arranging;
    this.arrangeAgain = true;
    this.arranging = this.arranging
      .catch(() => undefined)
      .then(async () => {
        this.arrangeAgain = false;
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
    const registry = await this.options.store.registry();
    if (registry.version === this.seenRegistry) return;
    // Versions only grow: what says less has forgotten. Followed, it would quietly stop everything.
    if (registry.version < this.seenRegistry) throw new Diverged('all projections');
    await this.fillInNewGenerations(registry.generations);
    const current = await this.options.store.registry();
    this.seenRegistry = current.version;

    const toBuild = current.generations.filter((generation) => generation.state === 'building' && !generation.paused);
    const wantedBuilds = new Set(toBuild.map((generation) => generation.id));
    for (const build of [...this.builds.values()]) {
      if (build.generations.every((id) => wantedBuilds.has(id))) continue;
      await build.stop();
      for (const id of build.generations) this.builds.delete(id);
    }

    const toFollow = current.generations.filter(
      (generation) => (generation.state === 'live' || generation.state === 'caught-up') && !generation.paused && this.projectionOf(generation),
    );
    const wanted = toFollow.map((generation) => generation.id).join(' ');
    const unpark = toFollow.some((generation) => generation.unpark?.length);
    if (wanted !== this.follow?.name || unpark) {
      await this.follow?.stop();
      this.follow = undefined;
      if (toFollow.length > 0) {
        const folds = await Promise.all(toFollow.map((generation) => this.foldOf(generation, 'park')));
        if (unpark) await this.unparkKeys(toFollow, folds);
        this.follow = new Follow(wanted, folds, this.dependencies(), this.reactions);
      }
    }

    const fresh = toBuild.filter((generation) => !this.builds.has(generation.id));
    if (fresh.length > 0) {
      const runnable: GenerationRecord[] = [];
      for (const generation of fresh) {
        if (this.projectionOf(generation)) runnable.push(generation);
        else await this.fail(generation.id, `the code of version ${generation.version} is not in this program`);
      }
      const folds = await Promise.all(runnable.map((generation) => this.foldOf(generation, 'strict')));
      if (folds.length > 0) {
        const build = new Build(folds, this.dependencies(), {
          documentsInMemory: this.options.documentsInMemory ?? 150_000,
          finished: (ids) => this.onBuilt(ids),
          failed: (id, reason) => this.fail(id, reason),
        });
        for (const id of build.generations) this.builds.set(id, build);
      }
    }
    this.board.show(current.generations.map((generation) => generation.id));
    // What has just gone live may hold keys that are due, and no event need come for a long time.
    this.reactions.wake();
  }

  /** A rebuild that was asked for from outside does not know the version and spec that this worker would make. */
  private async fillInNewGenerations(generations: readonly GenerationRecord[]): Promise<void> {
    if (!generations.some((generation) => generation.version === '')) return;
    await changeGenerations(this.options.store, (all) =>
      all.map((generation) => {
        const source = this.options.sources.find((one) => one.name === generation.projection);
        if (generation.version !== '' || !source) return generation;
        const { projection, spec } = source.current();
        return { ...generation, version: projection.version, spec };
      }),
    );
  }

  private projectionOf(generation: GenerationRecord): Projection | undefined {
    const source = this.options.sources.find((one) => one.name === generation.projection);
    if (!source) return undefined;
    const { projection } = source.current();
    if (projection.version === generation.version) return projection;
    const earlier = generation.spec === undefined ? undefined : source.earlier?.(generation.spec);
    return earlier?.version === generation.version ? earlier : undefined;
  }

  private async foldOf(generation: GenerationRecord, mode: 'strict' | 'park'): Promise<GenerationFold> {
    const { log, store } = this.options;
    const checkpoint = (await store.checkpoint(generation.id)) ?? START;
    let empty = true;
    for await (const _ of store.scan(generation.id)) {
      empty = false;
      break;
    }
    return new GenerationFold(generation.id, this.projectionOf(generation)!, log, store, this.decode, checkpoint, mode, empty);
  }

  private async unparkKeys(generations: readonly GenerationRecord[], folds: readonly GenerationFold[]): Promise<void> {
    const { store } = this.options;
    for (const generation of generations) {
      if (!generation.unpark?.length) continue;
      const fold = folds.find((one) => one.generation === generation.id)!;
      const parked = (await store.list(generation.id, PARKED_LIST, { limit: 100_000 })).map((entry) => entry.key);
      const keys = generation.unpark.includes('*') ? parked : generation.unpark.filter((key) => parked.includes(key));
      for (const key of keys) await fold.refoldKey(key, fold.checkpoint);
      await store.commit(this.epoch, [fold.take(fold.checkpoint)]);
    }
    await changeGenerations(store, (all) => all.map(({ unpark: _, ...generation }) => generation));
  }

  private async onBuilt(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.builds.delete(id);
    await changeGenerations(this.options.store, (generations) => {
      const isBuilt = (generation: GenerationRecord) => ids.includes(generation.id) && generation.state === 'building';
      const takingOver = generations.filter((generation) => isBuilt(generation) && generation.autoSwitch);
      return generations.map((generation): GenerationRecord => {
        if (isBuilt(generation)) {
          if (!generation.autoSwitch) return { ...generation, state: 'caught-up' };
          const live = generations.find((other) => other.projection === generation.projection && other.state === 'live');
          return goneLive(generation, live, this.options.clock());
        }
        const replaced = generation.state === 'live' && takingOver.some((other) => other.projection === generation.projection);
        return replaced ? { ...generation, state: 'retired' } : generation;
      });
    });
    await this.arrange();
  }

  private async fail(id: string, reason: string): Promise<void> {
    this.builds.delete(id);
    this.options.onWarning?.(`generation ${id} failed: ${reason}`);
    await changeGenerations(this.options.store, (generations) =>
      generations.map((generation) => (generation.id === id ? { ...generation, state: 'failed', error: reason } : generation)),
    );
    await this.arrange();
  }

  private readonly decode = (event: RecordedEvent): RecordedEvent => (this.options.decode ? this.options.decode(event) : event);

  private dependencies(): EngineParts {
    const { log, store, clock } = this.options;
    return {
      log,
      store,
      clock,
      epoch: this.epoch,
      decode: this.decode,
      retry: this.retry,
      board: this.board,
      failed: (error) => this.onFailure(error),
    };
  }

  private onFailure(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    if (!(error instanceof Fenced)) this.options.onWarning?.('the projection engine stopped', error);
    void this.stop().finally(() => this.options.onStopped?.(error as Error));
  }
}
