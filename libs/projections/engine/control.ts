import { NotBuiltYet } from '../read-models';
import type { GenerationRecord, ReadModelStore, Registry } from '../store';
import { nextId } from './generations';
import { PARKED_LIST, type StoredDocument } from './stored-document';

/** Changes the registry, again from what it says then if somebody else was faster. Answers what it says now. */
export async function changeGenerations(
  store: ReadModelStore,
  change: (generations: readonly GenerationRecord[]) => readonly GenerationRecord[],
): Promise<readonly GenerationRecord[]> {
  for (;;) {
    const registry: Registry = await store.registry();
    const next = change(registry.generations);
    if (JSON.stringify(next) === JSON.stringify(registry.generations)) return next;
    if (await store.saveRegistry(registry.version, next)) return next;
  }
}

/** The generation, live in place of the one that was (undefined: it is the first of its projection). */
export function goneLive(generation: GenerationRecord, replaced: GenerationRecord | undefined, now: number): GenerationRecord {
  // Always behind the last switch, whatever the clock does: a rollback goes by the order of switches.
  const last = replaced?.switchedAt === undefined ? -Infinity : Date.parse(replaced.switchedAt);
  const at = new Date(Math.max(now, last + 1)).toISOString();
  const versionSince = replaced?.version === generation.version ? replaced.versionSince : replaced && at;
  return { ...generation, state: 'live', switchedAt: at, versionSince };
}

/** A command that does not fit the state of the projection; says what it is and what would fit. */
export class ControlRefused extends Error {
  constructor(
    readonly expected: string,
    readonly got: string,
    /** What of the command it is about. */
    readonly pointer = '',
  ) {
    super(`expected ${expected}, got ${got}`);
    this.name = 'ControlRefused';
  }
}

export class UnknownProjection extends Error {
  constructor(
    readonly projection: string,
    readonly known: readonly string[],
  ) {
    super(`there is no projection ${projection}; there are ${known.join(', ')}`);
    this.name = 'UnknownProjection';
  }

  get expected(): string {
    return this.known.length === 0 ? 'a projection; there is none yet' : `a projection: one of ${this.known.join(', ')}`;
  }
}

/** What an operator does to projections. Each command is one atomic change of the registry; the worker then follows it. */
export class ProjectionControl {
  constructor(
    private readonly store: ReadModelStore,
    private readonly clock: () => number,
  ) {}

  /** Builds a new generation beside the live one; with `autoSwitch` it takes over by itself. Answers its id. */
  async rebuild(projection: string, autoSwitch: boolean): Promise<string> {
    let id = '';
    await this.change(projection, (mine, all) => {
      const running = mine.find((generation) => generation.state === 'building');
      if (running) throw new ControlRefused('a projection of which nothing is being built (wait for it, or drop it first)', `one of which ${running.id} is being built already`);
      id = nextId(projection, all);
      const created: GenerationRecord = {
        id,
        projection,
        // The worker knows which version it would build and fills it in.
        version: '',
        state: 'building',
        paused: false,
        autoSwitch,
        createdAt: this.now(),
      };
      return [...all, created];
    });
    return id;
  }

  /** Makes the generation that has caught up the live one. */
  async switch(projection: string): Promise<string> {
    return this.takeOver(projection, (mine) => {
      const next = mine.findLast((generation) => generation.state === 'caught-up');
      if (!next) throw new ControlRefused('a generation that has caught up', describe(mine));
      return next;
    });
  }

  /** Goes back to the generation that was live before; it first catches up with what it has missed, then takes over, also for later starts of the worker; a build under way waits for a switch. */
  async rollback(projection: string): Promise<string> {
    let id = '';
    await this.change(projection, (mine, all) => {
      const previous = mine.filter((generation) => generation.state === 'retired').sort((a, b) => (a.switchedAt ?? '').localeCompare(b.switchedAt ?? '')).at(-1);
      if (!previous) throw new ControlRefused('an earlier generation to go back to', describe(mine));
      id = previous.id;
      const live = mine.find((generation) => generation.state === 'live');
      // What the log asks for is known and not wanted: as of there, until it asks for something else.
      const chosen = { insteadOf: live?.version, ...(live?.asOf !== undefined && { asOf: live.asOf }) };
      return all.map((generation) => {
        if (generation.id === id) return { ...generation, state: 'building', autoSwitch: true, built: undefined, ...chosen };
        // What is being built would otherwise take over after it, or together with it.
        return generation.projection === projection && generation.state === 'building' ? { ...generation, autoSwitch: false } : generation;
      });
    });
    return id;
  }

  async drop(projection: string, id: string): Promise<void> {
    await this.change(projection, (mine, all) => {
      const generation = mine.find((one) => one.id === id);
      if (!generation) throw new ControlRefused(`a generation of ${projection}: ${describe(mine)}`, JSON.stringify(id), '/id');
      if (generation.state === 'live') throw new ControlRefused('a generation that is not live (switch to another before dropping it)', `${id}, which is live`, '/id');
      return all.filter((one) => one.id !== id);
    });
  }

  async pause(projection: string, paused: boolean): Promise<void> {
    await this.change(projection, (_, all) =>
      all.map((generation) => (generation.projection === projection && generation.state !== 'retired' ? { ...generation, paused } : generation)),
    );
  }

  /** Keys that wait because an event of theirs could not be folded, the oldest first. */
  async parked(projection: string): Promise<ParkedKey[]> {
    const { generations } = await this.store.registry();
    const live = generations.find((generation) => generation.projection === projection && generation.state === 'live');
    if (!live) {
      if (!generations.some((generation) => generation.projection === projection)) throw new UnknownProjection(projection, namesOf(generations));
      throw new NotBuiltYet(projection);
    }
    const entries = await this.store.list(live.id, PARKED_LIST, { limit: 1_000 });
    const texts = await this.store.load(live.id, entries.map((entry) => entry.key));
    return entries.flatMap(({ key }, index) => {
      const parked = texts[index] === undefined ? undefined : (JSON.parse(texts[index]) as StoredDocument).p;
      return parked ? [{ key, ...parked }] : [];
    });
  }

  /** Folds parked keys again from their streams; the oldest thousand of them without `key`. Answers which. */
  async unpark(projection: string, key?: string): Promise<string[]> {
    const parked = (await this.parked(projection)).map((one) => one.key);
    const keys = key === undefined ? parked : parked.filter((one) => one === key);
    if (keys.length === 0) return [];
    await this.change(projection, (_, all) =>
      all.map((generation) =>
        generation.projection === projection && generation.state === 'live' ? { ...generation, unpark: [...new Set([...(generation.unpark ?? []), ...keys])] } : generation,
      ),
    );
    return keys;
  }

  private takeOver(projection: string, choose: (mine: readonly GenerationRecord[]) => GenerationRecord): Promise<string> {
    let id = '';
    return this.change(projection, (mine, all) => {
      id = choose(mine).id;
      const replaced = mine.find((generation) => generation.state === 'live');
      return all.map((generation): GenerationRecord => {
        if (generation.id === id) return goneLive(generation, replaced, this.clock());
        return generation.projection === projection && generation.state === 'live' ? { ...generation, state: 'retired' } : generation;
      });
    }).then(() => id);
  }

  private async change(
    projection: string,
    change: (mine: readonly GenerationRecord[], all: readonly GenerationRecord[]) => readonly GenerationRecord[],
  ): Promise<void> {
    await changeGenerations(this.store, (all) => {
      const mine = all.filter((generation) => generation.projection === projection);
      if (mine.length === 0) throw new UnknownProjection(projection, namesOf(all));
      return change(mine, all);
    });
  }

  private now(): string {
    return new Date(this.clock()).toISOString();
  }
}

export interface ParkedKey {
  key: string;
  position: number;
  event: string;
  type: string;
  error: string;
  events: number;
}

function namesOf(generations: readonly GenerationRecord[]): string[] {
  return [...new Set(generations.map((generation) => generation.projection))];
}

function describe(generations: readonly GenerationRecord[]): string {
  return generations.map((generation) => `${generation.id} (${generation.state})`).join(', ');
}
