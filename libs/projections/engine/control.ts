import { NotBuiltYet } from '../read-models';
import type { ReadModelStore } from '../store';
import {
  changeGenerations,
  dropped,
  liveOf,
  ofProjection,
  paused,
  rebuildAsked,
  rolledBack,
  switched,
  unparkAsked,
  type Chosen,
  type Generations,
} from './generations';
import { PARKED_LIST, type StoredDocument } from './stored-document';

/** What an operator does to projections. Each command is one atomic change of the registry; the worker then follows it. */
export class ProjectionControl {
  constructor(
    private readonly store: ReadModelStore,
    private readonly clock: () => number,
  ) {}

  /** Builds a new generation beside the live one; with `autoSwitch` it takes over by itself. Answers its id. */
  rebuild(projection: string, autoSwitch: boolean): Promise<string> {
    return this.choose((all) => rebuildAsked(all, projection, autoSwitch, new Date(this.clock()).toISOString()));
  }

  /** Makes the generation that has caught up the live one. Answers its id. */
  switch(projection: string): Promise<string> {
    return this.choose((all) => switched(all, projection, this.clock()));
  }

  /** Goes back to the generation that was live before. Answers its id; it takes over when it has caught up with what it has missed. */
  rollback(projection: string): Promise<string> {
    return this.choose((all) => rolledBack(all, projection));
  }

  drop(projection: string, id: string): Promise<void> {
    return changeGenerations(this.store, (all) => dropped(all, projection, id));
  }

  pause(projection: string, isPaused: boolean): Promise<void> {
    return changeGenerations(this.store, (all) => paused(all, projection, isPaused));
  }

  /** Keys that wait because an event of theirs could not be folded, the oldest first. */
  async parked(projection: string): Promise<ParkedKey[]> {
    const { generations } = await this.store.registry();
    ofProjection(generations, projection);
    const live = liveOf(generations, projection);
    if (!live) throw new NotBuiltYet(projection);
    const entries = await this.store.list(live.id, PARKED_LIST, { limit: 1_000 });
    const texts = await this.store.load(
      live.id,
      entries.map((entry) => entry.key),
    );
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
    await changeGenerations(this.store, (all) => unparkAsked(all, projection, keys));
    return keys;
  }

  private async choose(change: (all: Generations) => Chosen): Promise<string> {
    let id = '';
    await changeGenerations(this.store, (all) => {
      const chosen = change(all);
      id = chosen.id;
      return chosen.all;
    });
    return id;
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
