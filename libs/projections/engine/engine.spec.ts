import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { LogUnavailable, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { Projection } from '../projection';
import { derivedFrom, dumpOf, projectionContract } from '../projection.contract';
import { fromCode, type ProjectionSource } from '../projection-source';
import type { Reaction } from '../reaction';
import { SqliteReadModelStore } from '../sqlite/sqlite-read-model-store';
import { StoreUnavailable, type GenerationRecord, type ReadModelStore } from '../store';
import { ProjectionControl } from './control';
import { ProjectionEngine, type EngineOptions } from './engine';
import { ControlRefused, UnknownProjection } from './generations';
import { LiveReadModels } from './live-read-models';
import { event, historyOf, historySteps, pointsProjection, type Points, type Scored } from './points.testing';
import { ReactionLoop } from './reaction-loop';
import { progressOf } from './progress';

let folder: string;
let log: EventLog;
let store: ReadModelStore;
const engines: { stop(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-engine-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function start(
  options: Partial<EngineOptions> & { projection?: Projection; reactions?: readonly Reaction[] } = {},
): Promise<{ stop(): Promise<void> }> {
  const { projection = pointsProjection(), reactions = [], ...rest } = options;
  const engine = new ProjectionEngine({ log, store, sources: [fromCode(projection)], clock: Date.now, ...rest });
  const loop = new ReactionLoop({ log, store, reactions, clock: Date.now });
  const both = { stop: () => Promise.all([engine.stop(), loop.stop()]).then(() => undefined) };
  engines.push(both);
  await engine.start();
  await loop.start();
  return both;
}

async function record(who: string, type: string, data: object = {}, stream = `person-${who}`): Promise<{ id: string; position: bigint }> {
  const made = event(type, { who, ...data });
  const { position } = await log.append(stream, [made], { expected: 'any' });
  return { id: made.id, position };
}

const score = (who: string, points: number) => record(who, 'Scored', { points });
const readModels = () => new LiveReadModels(store);
const reached = (position: bigint) => readModels().reached(['points'], position, 300_000);
const control = () => new ProjectionControl(store, Date.now);

async function sumOf(who: string): Promise<number | undefined> {
  return (await (await readModels().view('points')).get<Points>(who))?.sum;
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  return new Promise((resolve, reject) => {
    let done = false;
    const tryOnce = () =>
      void look().then(
        (value) => {
          if (done || value === undefined || value === false) return;
          done = true;
          stop();
          resolve(value);
        },
        (error: unknown) => reject(error as Error),
      );
    const stop = store.watch(tryOnce);
    tryOnce();
  });
}

const generation = (id: string, state: GenerationRecord['state']) =>
  until(async () => (await store.registry()).generations.find((one) => one.id === id && one.state === state));

describe('following the log', () => {
  it('makes an event visible in documents, lists and tallies at once', async () => {
    await start();
    await score('a', 3);
    await reached((await score('a', 4)).position);
    const view = await readModels().view('points');
    expect(await view.get<Points>('a')).toMatchObject({ sum: 7 });
    expect(await view.list('by-sum')).toEqual([{ key: 'a', rank: 7 }]);
    expect(await view.tallies('total', 'total~')).toEqual([['total', 7]]);
  });

  it('moves the checkpoint past events of no interest, also when a batch ends in them', async () => {
    await start();
    await score('a', 1);
    const last = await record('a', 'SomethingElse');
    await reached(last.position);
    expect((await readModels().view('points')).through).toBe(last.position);
  });

  it('goes on by itself after the store could not be written for a while, and folds nothing twice', async () => {
    let broken = true;
    const failing = new Proxy(store, {
      get: (target, name) =>
        name === 'commit' && broken
          ? () => Promise.reject(new StoreUnavailable('disk-full', 'the disk is full'))
          : (Reflect.get(target, name) as () => unknown).bind(target),
    });
    const warned = new Promise<void>((resolve) => void start({ store: failing, onWarning: () => resolve() }));
    const { position } = await score('a', 5);
    await warned;
    broken = false;
    await reached(position);
    expect(await sumOf('a')).toBe(5);
  });

  it('answers a wait that comes too early with where the read model stands', async () => {
    await start();
    await reached((await score('a', 1)).position);
    await expect(readModels().reached(['points'], 1_000_000n, 20)).rejects.toThrow(/is at \d+ and did not reach 1000000 within 20 ms/);
  });
});

describe('corrections', () => {
  it('a voided event counts as never having happened, also when it arrives after its invalidation', async () => {
    await start();
    const first = await score('a', 5);
    await score('a', 2);
    await reached((await record('a', 'Voided', { target: first.id })).position);
    expect(await sumOf('a')).toBe(2);
    const late = event('Scored', { who: 'a', points: 50 });
    await record('a', 'Voided', { target: late.id });
    const { position } = await log.append('person-a', [late], { expected: 'any' });
    await reached(position);
    expect(await sumOf('a')).toBe(2);
  });

  it('a merged key answers as its survivor, and so do its later events; an unmerge gives each its own back', async () => {
    await start();
    await score('a', 1);
    await score('b', 10);
    const merge = await record('b', 'Merged', { to: 'a' });
    await reached((await score('b', 100)).position);
    expect([await sumOf('a'), await sumOf('b')]).toEqual([111, 111]);
    const view = await readModels().view('points');
    expect([await view.resolve('b'), await view.family('a')]).toEqual(['a', ['a', 'b']]);
    await reached((await record('b', 'Unmerged', { target: merge.id })).position);
    expect([await sumOf('a'), await sumOf('b')]).toEqual([1, 110]);
  });

  it('an unmerge frees whom it names with all that was merged into it, before or after', async () => {
    await start();
    for (const [who, points] of [
      ['a', 1],
      ['b', 10],
      ['c', 100],
      ['d', 1000],
    ] as const)
      await score(who, points);
    await record('d', 'Merged', { to: 'a' });
    const merge = await record('a', 'Merged', { to: 'b' });
    await reached((await record('c', 'Merged', { to: 'a' })).position);
    expect(await sumOf('c')).toBe(1111);
    await reached((await record('a', 'Unmerged', { target: merge.id })).position);
    expect([await sumOf('a'), await sumOf('b'), await sumOf('c'), await sumOf('d')]).toEqual([1101, 10, 1101, 1101]);
    expect(await (await readModels().view('points')).resolve('c')).toBe('a');
  });

  it('two merges that would make a circle: the first in the log holds', async () => {
    await start();
    await score('a', 1);
    await score('b', 2);
    await record('a', 'Merged', { to: 'b' });
    await reached((await record('b', 'Merged', { to: 'a' })).position);
    expect([await sumOf('a'), await sumOf('b')]).toEqual([3, 3]);
    expect(await (await readModels().view('points')).resolve('a')).toBe('b');
  });

  it('finds events of a key in other streams again when it refolds', async () => {
    await start();
    const first = await score('a', 1);
    await record('a', 'Scored', { points: 20 }, 'deal-7');
    await reached((await record('a', 'Voided', { target: first.id })).position);
    expect(await sumOf('a')).toBe(20);
  });

  it('equal a history in which they had been so from the start (random histories, in slices and rebuilt)', async () => {
    await start();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(historySteps, fc.integer({ min: 1, max: 9 }), async (steps, batch) => {
        const { appends, sums } = historyOf(steps, `r${(round += 1)}`);
        let position = -1n;
        for (let at = 0; at < appends.length; at += batch) {
          for (const outcome of await log.appendMany(appends.slice(at, at + batch))) if (outcome.ok) position = outcome.value.position;
        }
        await reached(position);
        const view = await readModels().view('points');
        for (const [who, sum] of sums) expect((await view.get<Points>(who))?.sum ?? 0).toBe(sum);
      }),
      { numRuns: 60 },
    );
    const lived = await dumpOf(store, pointsProjection());
    expect({ lists: lived.lists, tallies: lived.tallies }).toEqual(derivedFrom(lived.documents, pointsProjection()));
    await generation(await control().rebuild('points', true), 'live');
    expect(await dumpOf(store, pointsProjection())).toEqual(lived);
  });
});

describe('generations', () => {
  /** Made from data, as a scoring model is: the factor is the spec, so the old generation goes on being followed. */
  const source = (factor: number): ProjectionSource => ({
    name: 'points',
    current: () => ({ projection: pointsProjection(`factor-${factor}`, factor), spec: factor }),
    earlier: (spec) => pointsProjection(`factor-${spec as number}`, spec as number),
  });

  it('a new version is built under load; readers see the old answer, then the new, never a mixture', async () => {
    const first = await start({ sources: [source(1)] });
    for (let n = 0; n < 300; n += 1) void score(`p${n % 10}`, 1);
    await reached((await score('p0', 1)).position);
    await first.stop();

    let loading = true;
    const load = (async () => {
      while (loading) await score('p0', 1);
    })();
    const seen: string[] = [];
    const second = await start({ sources: [source(1000)] });
    for (;;) {
      const view = await readModels().view('points');
      const sums = (await view.many<Points>(['p1', 'p2', 'p3'])).map((state) => state!.sum);
      const factors = new Set(sums.map((sum) => (sum >= 1000 ? 1000 : 1)));
      expect(factors.size).toBe(1);
      const version = [...factors].join();
      if (seen.at(-1) !== version) seen.push(version);
      if (version === '1000') break;
      await eventLoopTurn();
    }
    loading = false;
    await load;
    expect(['1,1000', '1000']).toContain(seen.join());
    await reached(await log.head());
    expect(await sumOf('p1')).toBe(30_000);
    await second.stop();
  });

  it('keeps following the old generation while the new one waits for the switch; rollback catches up first', async () => {
    await start();
    await reached((await score('a', 1)).position);
    const id = await control().rebuild('points', false);
    await generation(id, 'caught-up');
    await reached((await score('a', 1)).position);
    expect(await sumOf('a')).toBe(2);
    expect(await control().switch('points')).toBe(id);
    await generation('points.1', 'retired');
    await reached((await score('a', 1)).position);
    expect(await control().rollback('points')).toBe('points.1');
    await generation('points.1', 'live');
    expect(await sumOf('a')).toBe(3);
    await control().drop('points', id);
    expect((await store.registry()).generations.map((one) => one.id)).toEqual(['points.1']);
  });

  it('a rollback wins over a rebuild that is under way, and one generation is live', async () => {
    await start();
    await reached((await score('a', 1)).position);
    await generation(await control().rebuild('points', true), 'live');
    await engines.pop()!.stop();
    // Both are asked for while nobody builds, so that they are built together.
    const rebuilt = await control().rebuild('points', true);
    const back = await control().rollback('points');
    await start();
    await generation(back, 'live');
    await generation(rebuilt, 'caught-up');
    expect((await store.registry()).generations.map(({ id, state }) => [id, state])).toEqual([
      ['points.1', 'live'],
      ['points.2', 'retired'],
      ['points.3', 'caught-up'],
    ]);
    await control().switch('points');
    await generation(rebuilt, 'live');
    await generation(back, 'retired');
  });

  it('of two that are to take over and are finished together, one does', async () => {
    await start();
    await reached((await score('a', 1)).position);
    await generation(await control().rebuild('points', true), 'live');
    await engines.pop()!.stop();
    const rebuilt = await control().rebuild('points', true);
    await control().rollback('points');
    const { version, generations } = await store.registry();
    await store.saveRegistry(
      version,
      generations.map((one) => ({ ...one, autoSwitch: true })),
    );
    await start();
    await generation(rebuilt, 'live');
    expect((await store.registry()).generations.map(({ state }) => state)).toEqual(['retired', 'retired', 'live']);
  });

  it('a rollback outlives a restart; a rebuild, or a program of the former version in between, ends it', async () => {
    const restart = async (factor: number) => {
      await engines.pop()?.stop();
      await start({ sources: [source(factor)] });
    };
    const rollback = async () => generation(await control().rollback('points'), 'live');
    await restart(1);
    await reached((await score('a', 3)).position);
    await restart(10);
    await generation('points.2', 'live');
    await rollback();
    await restart(10);
    await reached((await score('a', 3)).position);
    expect((await store.registry()).generations.map(({ id, state }) => [id, state])).toEqual([
      ['points.1', 'live'],
      ['points.2', 'retired'],
    ]);
    expect(await sumOf('a')).toBe(6);

    await generation(await control().rebuild('points', true), 'live');
    expect(await sumOf('a')).toBe(60);
    await rollback();
    await restart(1);
    await restart(10);
    await generation('points.4', 'live');
    expect(await sumOf('a')).toBe(60);
  });

  it('a rollback is not lost when a worker of a third version starts in the middle of it, and takes over from nothing that came later', async () => {
    const restart = async (factor: number) => {
      await engines.pop()?.stop();
      await start({ sources: [source(factor)] });
    };
    const states = async () => (await store.registry()).generations.map(({ id, state }) => `${id} ${state}`);
    await restart(1);
    await reached((await score('a', 3)).position);
    await restart(10);
    await generation('points.2', 'live');
    await engines.pop()!.stop();
    await control().rollback('points');
    await restart(100);
    await generation('points.3', 'live');
    expect(await states()).toEqual(['points.1 retired', 'points.2 retired', 'points.3 live']);

    await control().drop('points', 'points.2');
    await engines.pop()!.stop();
    await control().rollback('points');
    // As one that takes long.
    const { version, generations } = await store.registry();
    await store.saveRegistry(
      version,
      generations.map((one) => ({ ...one, paused: one.state === 'building' })),
    );
    await restart(1_000);
    await generation('points.4', 'live');
    expect(await states()).toEqual(['points.1 retired', 'points.3 retired', 'points.4 live']);
  });

  it('tell since when their version is live, over rebuilds of it', async () => {
    let now = 1_000;
    const clock = () => now;
    const since = async () => (await readModels().view('points')).versionSince;
    await start({ sources: [source(1)], clock });
    await generation('points.1', 'live');
    expect(await since()).toBe(0);
    await engines.pop()!.stop();
    now = 2_000;
    await start({ sources: [source(10)], clock });
    await generation('points.2', 'live');
    now = 3_000;
    await generation(await control().rebuild('points', true), 'live');
    expect(await since()).toBe(2_000);
    now = 4_000;
    await generation(await new ProjectionControl(store, clock).rebuild('points', false), 'caught-up');
    await new ProjectionControl(store, clock).switch('points');
    expect(await since()).toBe(2_000);
    now = 5_000;
    await control().drop('points', 'points.2');
    await control().drop('points', 'points.3');
    await generation(await control().rollback('points'), 'live');
    expect(await since()).toBe(5_000);
  });

  it('pauses, and goes on from where it stood', async () => {
    await start();
    const { position } = await score('a', 1);
    await reached(position);
    await control().pause('points', true);
    const later = await score('a', 1);
    await expect(readModels().reached(['points'], later.position, 150)).rejects.toThrow(/is at \d+ and did not reach/);
    await control().pause('points', false);
    await reached(later.position);
    expect(await sumOf('a')).toBe(2);
  });

  it('tells how far a build is', async () => {
    await log.append(
      'person-a',
      Array.from({ length: 900 }, () => event('Scored', { who: 'a', points: 1 })),
      { expected: 'any' },
    );
    await start();
    const progress = await until(async () => (await progressOf(store, Date.now)).get('points.1'));
    expect(progress).toMatchObject({ rate: expect.any(Number) as number, updatedAt: expect.any(Number) as number });
    await generation('points.1', 'live');
  });

  it('goes on with a build after the log could not be read for a while, and folds nothing twice', async () => {
    const people = Array.from({ length: 3_000 }, (_, n) => `p${n}`);
    await log.appendMany(
      people.map((who) => ({ stream: `person-${who}`, events: [event('Scored', { who, points: 1 })], expected: 'any' as const })),
    );
    let slices = 0;
    const failing = new Proxy(log, {
      get: (target, name) => {
        if (name !== 'read') return (Reflect.get(target, name) as (() => unknown) | undefined)?.bind?.(target) ?? Reflect.get(target, name);
        return async function* (options: Parameters<EventLog['read']>[0]) {
          for await (const slice of target.read(options)) {
            yield slice;
            if ((slices += 1) === 1) throw new LogUnavailable('unreachable', 'the log is away');
          }
        };
      },
    });
    const warned: string[] = [];
    await start({ log: failing, onWarning: (message) => warned.push(message) });
    await generation('points.1', 'live');
    expect(warned).toEqual(['waiting: the log is away']);
    const dump = await dumpOf(store, pointsProjection());
    expect([Object.keys(dump.documents).length, dump.tallies.total]).toEqual([3_000, 3_000]);
  });

  it('builds with little memory what it builds with much', async () => {
    const people = Array.from({ length: 400 }, (_, n) => `p${n}`);
    for (let round = 0; round < 12; round += 1) {
      await log.appendMany(
        people.map((who) => ({ stream: `person-${who}`, events: [event('Scored', { who, points: round })], expected: 'any' as const })),
      );
    }
    await start({ documentsInMemory: 50 });
    await generation('points.1', 'live');
    const dump = await dumpOf(store, pointsProjection());
    expect(Object.keys(dump.documents)).toHaveLength(400);
    expect(dump.tallies.total).toBe(400 * 66);
    expect({ lists: dump.lists, tallies: dump.tallies }).toEqual(derivedFrom(dump.documents, pointsProjection()));
  });

  it('follows with little memory what it follows with much: what has rested for longest is read again', async () => {
    let read = 0;
    const counting = new Proxy(store, {
      get: (target, name) =>
        name === 'load'
          ? (id: string, keys: readonly string[]) => {
              read += keys.length;
              return target.load(id, keys);
            }
          : (Reflect.get(target, name) as unknown),
    });
    await start({ store: counting, documentsInMemory: 50 });
    await generation('points.1', 'live');
    const people = Array.from({ length: 400 }, (_, n) => `p${n}`);
    const rounds = 3;
    for (let round = 0; round < rounds; round += 1)
      await reached(
        (
          await log.appendMany(
            people.map((who) => ({ stream: `person-${who}`, events: [event('Scored', { who, points: 1 })], expected: 'any' as const })),
          )
        )
          .flatMap((one) => (one.ok ? one.value.position : []))
          .at(-1)!,
      );
    expect(read).toBeGreaterThan(people.length);
    const dump = await dumpOf(store, pointsProjection());
    expect(dump.tallies.total).toBe(rounds * people.length);
    expect({ lists: dump.lists, tallies: dump.tallies }).toEqual(derivedFrom(dump.documents, pointsProjection()));
  });

  it.each([
    ['switch' as const, /expected a generation that has caught up, got points.1 \(live\)/],
    ['rollback' as const, /expected an earlier generation to go back to/],
  ])('refuses %s without a candidate and says what there is', async (command, message) => {
    await start();
    await generation('points.1', 'live');
    await expect(control()[command]('points')).rejects.toThrow(message);
    await expect(control()[command]('points')).rejects.toThrow(ControlRefused);
    await expect(control()[command]('nothing')).rejects.toThrow(UnknownProjection);
    await expect(control().drop('points', 'points.1')).rejects.toThrow(
      /switch to another before dropping it\), got points.1, which is live/,
    );
  });
});

describe('poison events', () => {
  it('park their key with the error, and every later event of it, while other keys go on; unpark folds it all after a fix', async () => {
    const engine = await start();
    await score('a', 1);
    const poison = await score('a', 666);
    await score('a', 2);
    await reached((await score('b', 7)).position);
    expect([await sumOf('a'), await sumOf('b')]).toEqual([1, 7]);
    expect(await control().parked('points')).toEqual([
      { key: 'a', position: Number(poison.position), event: poison.id, type: 'Scored', error: 'cannot count 666', events: 2 },
    ]);

    await control().unpark('points', 'a');
    await until(async () => !(await store.registry()).generations.some((one) => one.unpark));
    expect(await sumOf('a')).toBe(1);
    expect(await control().parked('points')).toMatchObject([{ key: 'a', events: 2 }]);

    await engine.stop();
    const repaired = pointsProjection();
    await start({
      projection: { ...repaired, evolve: (state, one) => ((one.data as Scored).points === 666 ? state : repaired.evolve(state, one)) },
    });
    await control().unpark('points');
    await until(async () => (await control().parked('points')).length === 0);
    expect(await sumOf('a')).toBe(3);
  });

  it('of a type nobody knows park the key that they concern', async () => {
    const decode = (one: RecordedEvent) => {
      if (one.type === 'FromTheFuture') throw new Error('unknown event type FromTheFuture');
      return one;
    };
    await start({ decode });
    await record('a', 'FromTheFuture');
    await reached((await score('b', 1)).position);
    expect(await control().parked('points')).toMatchObject([
      { key: 'a', type: 'FromTheFuture', error: 'unknown event type FromTheFuture' },
    ]);
  });

  it('fail a rebuild, which is strict, and leave the live generation in place', async () => {
    await start();
    await score('a', 1);
    await reached((await score('a', 666)).position);
    const id = await control().rebuild('points', true);
    const failed = await generation(id, 'failed');
    expect(failed.error).toMatch(/projection points cannot fold Scored .* cannot count 666/);
    expect(await sumOf('a')).toBe(1);
  });
});

describe('reactions', () => {
  /** Decides for everybody with 100 points or more; the decision takes them off the list. */
  const decide = (acted: string[]): Reaction => ({
    name: 'decide',
    projection: 'points',
    list: 'due',
    react: async (key, _rank, view) => {
      acted.push(key);
      const state = (await view.get<Points>(key))!;
      const made = event('Decided', { who: key }, uuidFrom(`${key}-${state.ids.length}`));
      return (await log.append(`person-${key}`, [made], { expected: 'any' })).position;
    },
  });

  it('act once for a key in the list, and not again before their decision has come back', async () => {
    const acted: string[] = [];
    await start({ reactions: [decide(acted)] });
    await score('a', 100);
    await until(async () => (await sumOf('a')) === 0);
    await reached(await log.head());
    expect(acted).toEqual(['a']);
  });

  it('run while events keep coming: a steady stream must not keep them waiting', async () => {
    const acted: string[] = [];
    await start({ reactions: [decide(acted)] });
    let steady = true;
    const stream = (async () => {
      while (steady) await score('busy', 0);
    })();
    await score('a', 100);
    await until(async () => (await sumOf('a')) === 0);
    expect(acted).toEqual(['a']);
    steady = false;
    await stream;
  });

  it('never fire for a generation that is being built, and not for what history has decided already', async () => {
    const acted: string[] = [];
    await score('a', 100);
    await record('a', 'Decided');
    await score('b', 100);
    await start({ reactions: [decide(acted)] });
    await generation('points.1', 'live');
    await until(async () => (await sumOf('b')) === 0);
    expect(acted).toEqual(['b']);
    await generation(await control().rebuild('points', true), 'live');
    await reached((await score('c', 1)).position);
    expect(acted).toEqual(['b']);
  });

  it('act on what a new version finds due as soon as it is live, also when no event comes', async () => {
    const acted: string[] = [];
    await start({ reactions: [decide(acted)] });
    await reached((await score('a', 10)).position);
    await engines.pop()!.stop();
    await start({ reactions: [decide(acted)], projection: pointsProjection('2', 10) });
    await until(async () => (await sumOf('a')) === 0);
    expect(acted).toEqual(['a']);
  });

  it('wait, as readers do, while what is live was made by another fold than their program knows', async () => {
    await start();
    await reached((await score('a', 100)).position);
    await engines.pop()!.stop();
    const readable = ({ version }: { version: string }) => version === '2';
    const own = new LiveReadModels(store, readable);
    await expect(own.view('points')).rejects.toThrow(
      'the read model points has version 1, which another version of Leadlog built; it is being built, try again in a moment',
    );
    const seen: string[] = [];
    const inner = decide([]);
    const loop = new ReactionLoop({
      log,
      store,
      readable,
      clock: Date.now,
      reactions: [{ ...inner, react: (key, rank, view) => (seen.push(view.version), inner.react(key, rank, view)) }],
    });
    await loop.start();
    const waits = own.reached(['points'], await log.head(), 300_000);
    await start({ projection: pointsProjection('2', 1) });
    await waits;
    expect((await own.view('points')).version).toBe('2');
    await until(async () => (await sumOf('a')) === 0);
    expect(seen).toEqual(['2']);
    await loop.stop();
  });

  it('leave a key alone until the time that they have named, and then come back to it by themselves', async () => {
    const acted: string[] = [];
    const inner = decide(acted);
    const asked: string[] = [];
    let notBefore = 0;
    const patient: Reaction = {
      ...inner,
      react: (key, rank, view) => {
        asked.push(key);
        if (key === 'never') return Promise.resolve({ notBefore: Infinity });
        if (key !== 'later' || notBefore > 0) return inner.react(key, rank, view);
        notBefore = Date.now() + 30;
        return Promise.resolve({ notBefore });
      },
    };
    await start({ reactions: [patient] });
    await score('never', 100);
    await score('later', 100);
    await until(async () => (await sumOf('later')) === 0);
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore);
    await score('a', 100);
    await until(async () => (await sumOf('a')) === 0);
    expect(asked).toEqual(['never', 'later', 'later', 'a']);
  });

  it('are tried again after an error, and one key does not hold up another', async () => {
    const acted: string[] = [];
    const inner = decide(acted);
    let failures = 0;
    const flaky: Reaction = {
      ...inner,
      react: (key, rank, view) => (key === 'a' && failures++ === 0 ? Promise.reject(new Error('no')) : inner.react(key, rank, view)),
    };
    await start({ reactions: [flaky] });
    await score('a', 100);
    await score('b', 100);
    await until(async () => (await sumOf('a')) === 0 && (await sumOf('b')) === 0);
    expect(acted).toEqual(['b', 'a']);
  });
});

function uuidFrom(text: string): string {
  return Buffer.from(text.padEnd(16, '-'))
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

projectionContract('points', () => {
  const contractFolder = mkdtempSync(join(tmpdir(), 'leadlog-contract-'));
  let stores = 0;
  const history = Array.from({ length: 60 }, (_, n) => ({
    stream: `person-${n % 5}`,
    events: [event('Scored', { who: String(n % 5), points: n })],
    expected: 'any' as const,
  }));
  return Promise.resolve({
    projection: pointsProjection(),
    history,
    openLog: () => Promise.resolve(SqliteEventLog.open({ file: join(contractFolder, 'log.db') })),
    openStore: () => Promise.resolve(SqliteReadModelStore.open({ file: join(contractFolder, `read-models-${(stores += 1)}.db`) })),
  });
});
