import type { Append, EventLog, RecordedEvent } from '@leadlog/event-log';
import { ProjectionControl } from './engine/control';
import { ProjectionEngine } from './engine/engine';
import { LiveReadModels } from './engine/live-read-models';
import type { Projection } from './projection';
import { fromCode } from './projection-source';
import type { ReadModelStore } from './store';
import type { StoredDocument } from './engine/stored-document';

/** Everything a generation holds, in a form in which two of them can be compared: without the positions of bookkeeping. */
export interface ReadModelDump {
  documents: Record<string, unknown>;
  lists: Record<string, [key: string, rank: number][]>;
  tallies: Record<string, number>;
}

export async function dumpOf(store: ReadModelStore, projection: Projection): Promise<ReadModelDump> {
  const { generations } = await store.registry();
  const live = generations.find((generation) => generation.projection === projection.name && generation.state === 'live');
  if (!live) throw new Error(`${projection.name} has no live generation`);
  const dump: ReadModelDump = { documents: {}, lists: {}, tallies: Object.fromEntries(await store.tallies(live.id, '', '\u{10ffff}')) };
  const names = new Set<string>();
  for await (const [key, text] of store.scan(live.id)) {
    const { a: _, ...rest } = JSON.parse(text) as StoredDocument;
    dump.documents[key] = rest;
    if (rest.d !== undefined) for (const list of Object.keys(projection.lists?.(rest.d, key) ?? {})) names.add(list);
  }
  for (const list of [...names].sort()) {
    dump.lists[list] = (await store.list(live.id, list, { limit: 1_000_000 })).map((entry) => [entry.key, entry.rank]);
  }
  return dump;
}

/** What lists and tallies must be, computed from the documents alone. */
export function derivedFrom(documents: ReadModelDump['documents'], projection: Projection): Pick<ReadModelDump, 'lists' | 'tallies'> {
  const lists: Record<string, [string, number][]> = {};
  const tallies: Record<string, number> = {};
  for (const [key, document] of Object.entries(documents)) {
    const state = (document as StoredDocument).d;
    if (state === undefined) continue;
    for (const [list, rank] of Object.entries(projection.lists?.(state, key) ?? {})) (lists[list] ??= []).push([key, rank]);
    for (const [cell, add] of Object.entries(projection.tallies?.(state, key) ?? {})) tallies[cell] = (tallies[cell] ?? 0) + add;
  }
  for (const entries of Object.values(lists)) entries.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  return {
    lists: Object.fromEntries(Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1))),
    tallies: Object.fromEntries(Object.entries(tallies).filter(([, sum]) => sum !== 0)),
  };
}

export interface ProjectionUnderTest {
  projection: Projection;
  decode?: (event: RecordedEvent) => RecordedEvent;
  /** What is appended, in order. */
  history: readonly Append[];
  openLog(): Promise<EventLog>;
  openStore(): Promise<ReadModelStore>;
}

/** What holds for every projection, whatever it folds: live = rebuilt = crashed and resumed. */
export function projectionContract(name: string, prepare: () => Promise<ProjectionUnderTest>): void {
  describe(`projection ${name}`, () => {
    it('gives the same documents, lists and tallies live, rebuilt, and crashed and resumed', async () => {
      const under = await prepare();
      const { projection } = under;
      const log = await under.openLog();

      const liveStore = await under.openStore();
      const live = engineOn(under, log, liveStore);
      await live.start();
      for (let at = 0; at < under.history.length; at += 7) {
        for (const outcome of await log.appendMany(under.history.slice(at, at + 7))) if (!outcome.ok) throw outcome.error;
      }
      const head = await log.head();
      await reach(liveStore, projection.name, head);
      const lived = await dumpOf(liveStore, projection);
      expect(Object.keys(lived.documents).length).toBeGreaterThan(0);
      expect({ lists: lived.lists, tallies: lived.tallies }).toEqual(derivedFrom(lived.documents, projection));

      const control = new ProjectionControl(liveStore, Date.now);
      const id = await control.rebuild(projection.name, true);
      await untilLive(liveStore, id);
      expect(await dumpOf(liveStore, projection)).toEqual(lived);
      await live.stop();

      // A store that dies at every third commit or so: each time a new engine goes on with what was kept.
      const crashingStore = await under.openStore();
      let commits = 0;
      for (let crashAt = 1, done = false; !done; crashAt += 3) {
        const crashing = dyingAt(crashingStore, () => (commits += 1) >= crashAt);
        commits = 0;
        const died = new Promise<'died'>((resolve) => {
          const engine = engineOn(under, log, crashing, () => resolve('died'));
          void engine.start().then(
            () => void reach(crashingStore, projection.name, head).then(() => engine.stop().then(() => (done = true) && resolve('died'))),
            () => resolve('died'),
          );
        });
        await died;
      }
      expect(await dumpOf(crashingStore, projection)).toEqual(lived);
      await Promise.all([liveStore.close(), crashingStore.close()]);
      await log.close();
    });
  });
}

function engineOn(under: ProjectionUnderTest, log: EventLog, store: ReadModelStore, onStopped?: () => void): ProjectionEngine {
  return new ProjectionEngine({ log, store, sources: [fromCode(under.projection)], decode: under.decode, clock: Date.now, onStopped });
}

function reach(store: ReadModelStore, projection: string, position: bigint): Promise<void> {
  return new LiveReadModels(store).reached([projection], position, 300_000);
}

function untilLive(store: ReadModelStore, id: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () =>
      void store.registry().then(({ generations }) => {
        if (generations.find((generation) => generation.id === id)?.state !== 'live') return;
        stop();
        resolve();
      });
    const stop = store.watch(look);
    look();
  });
}

/** A real store whose commits fail, before or after they were done, from the moment `dies` says so. */
function dyingAt(store: ReadModelStore, dies: () => boolean): ReadModelStore {
  let dead = false;
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'commit') return value.bind(target);
      return async (...args: Parameters<ReadModelStore['commit']>) => {
        if (dead) throw new Error('crashed');
        dead = dies();
        if (dead && args[1].length % 2 === 0) throw new Error('crashed before the commit');
        await target.commit(...args);
        if (dead) throw new Error('crashed after the commit');
      };
    },
  });
}
