import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Append, EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { startRedisServer, type RedisServer } from '../../../test/support/redis-server';
import { derivedFrom, dumpOf } from '../projection.contract';
import { fromCode } from '../projection-source';
import { RedisReadModelStore } from '../redis/redis-read-model-store';
import { ALL_SLICES, sliceOf } from '../slices';
import { SqliteReadModelStore } from '../sqlite/sqlite-read-model-store';
import type { ReadModelStore } from '../store';
import { ProjectionControl } from './control';
import { ProjectionEngine, type EngineOptions } from './engine';
import { LiveReadModels } from './live-read-models';
import { event, historyOf, historySteps, pointsProjection, type Points } from './points.testing';

const projection = pointsProjection('1', 1, true);
const LEASES = { ttlMs: 250, everyMs: 25 };

/** The store under test, opened once more, as another process would. */
let backend: () => Promise<ReadModelStore>;
let folder: string;
let log: EventLog;
let store: ReadModelStore;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-workers-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  store = await backend();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

interface Worker {
  engine: ProjectionEngine;
  /** It does nothing any more: as a process that was stopped. Everything that it asks the store from now on waits. */
  pause(): void;
  /** It goes on where it was, as if no time had passed. */
  wake(): void;
}

/** A worker with a connection of its own. */
async function startWorker(worker: string, options: Partial<EngineOptions> = {}): Promise<Worker> {
  const own = await backend();
  let paused: Promise<void> | undefined;
  let wake: () => void = () => undefined;
  const pausable = new Proxy<ReadModelStore>(own, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = (value as (...args: unknown[]) => unknown).bind(target);
      if (name === 'watch' || name === 'scan' || name === 'close') return call;
      return async (...args: unknown[]) => {
        while (paused) await paused;
        return call(...args);
      };
    },
  });
  const engine = new ProjectionEngine({
    log,
    store: pausable,
    sources: [fromCode(projection)],
    clock: Date.now,
    worker,
    leases: LEASES,
    ...options,
  });
  await engine.start();
  closing.push(async () => {
    paused = undefined;
    wake();
    await engine.stop();
    await own.close();
  });
  return {
    engine,
    pause: () => {
      paused = new Promise((resolve) => (wake = resolve));
    },
    wake: () => {
      paused = undefined;
      wake();
    },
  };
}

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 2));
}

const shares = (workers: readonly Worker[]) => workers.map(({ engine }) => engine.leases.slices);
const isShared = (workers: readonly Worker[]) => {
  const all = shares(workers);
  const most = Math.ceil(64 / workers.length);
  return (
    all
      .flat()
      .sort((a, b) => a - b)
      .join() === ALL_SLICES.join() && all.every(({ length }) => length <= most)
  );
};

async function record(appends: readonly Append[]): Promise<bigint> {
  let position = -1n;
  for (const outcome of await log.appendMany(appends)) if (outcome.ok) position = outcome.value.position;
  return position;
}
const score = (who: string, points: number): Append => ({
  stream: `person-${who}`,
  events: [event('Scored', { who, points })],
  expected: 'any',
});
const people = Array.from({ length: 200 }, (_, n) => `p${n}`);
const reached = (position: bigint) => new LiveReadModels(store).reached(['points'], position, 300_000);
const sumOf = async (who: string) => (await (await new LiveReadModels(store).view('points')).get<Points>(who))?.sum;
const isLive = async (id: string) => (await store.registry()).generations.some((one) => one.id === id && one.state === 'live');

/** What is live equals what one worker alone builds from the log. */
async function expectAsRebuilt(): Promise<void> {
  await reached(await log.head());
  const lived = await dumpOf(store, projection);
  expect({ lists: lived.lists, tallies: lived.tallies }).toEqual(derivedFrom(lived.documents, projection));
  const fresh = SqliteReadModelStore.open({ file: join(folder, `fresh-${Math.random()}.db`) });
  const engine = new ProjectionEngine({ log, store: fresh, sources: [fromCode(projection)], clock: Date.now });
  await engine.start();
  await new LiveReadModels(fresh).reached(['points'], await log.head(), 300_000);
  expect(lived).toEqual(await dumpOf(fresh, projection));
  await engine.stop();
  await fresh.close();
}

describe('workers on SQLite', () => {
  beforeAll(() => {
    backend = () => Promise.resolve(SqliteReadModelStore.open({ file: join(folder, 'read-models.db') }));
  });
  workersContract();
});

describe('workers on Redis', () => {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    if (!process.env.REDIS_URL) server = await startRedisServer();
    backend = () => RedisReadModelStore.open({ url: process.env.REDIS_URL ?? server!.url, prefix: basename(folder) });
  });
  afterAll(() => server?.end());
  workersContract();
});

function workersContract(): void {
  it('share the slices as they come and go, and each of them folds its own', async () => {
    const one = await startWorker('one');
    expect(one.engine.leases.slices).toEqual(ALL_SLICES);
    const two = await startWorker('two');
    const three = await startWorker('three');
    await until(() => isShared([one, two, three]));
    await reached(await record(people.map((who) => score(who, 1))));
    await three.engine.stop();
    await until(() => isShared([one, two]));
    await reached(await record(people.map((who) => score(who, 2))));
    for (const who of people) expect(await sumOf(who)).toBe(3);
    await expectAsRebuilt();
  });

  it('take over what a dead one held', async () => {
    const [one, two] = [await startWorker('one'), await startWorker('two')];
    await until(() => isShared([one, two]));
    await reached(await record(people.map((who) => score(who, 1))));
    two.pause();
    await reached(await record(people.map((who) => score(who, 2))));
    expect(one.engine.leases.slices).toEqual(ALL_SLICES);
    await expectAsRebuilt();
  });

  it('refuse the late writes of one that was paused; woken, it takes its share again', async () => {
    const warnings: string[] = [];
    const one = await startWorker('one');
    const two = await startWorker('two', { onWarning: (message) => warnings.push(message) });
    await until(() => isShared([one, two]));
    const slept = two.engine.leases.slices;
    two.pause();
    // Folded by the sleeper too, whose commit waits as its connection does.
    await reached(await record(people.map((who) => score(who, 1))));
    await reached(await record(people.map((who) => score(who, 10))));
    two.wake();
    await until(() => warnings.some((message) => message.includes('has taken over')));
    await until(() => isShared([one, two]));
    await reached(await record(people.map((who) => score(who, 100))));
    expect(people.filter((who) => slept.includes(sliceOf(who))).length).toBeGreaterThan(20);
    for (const who of people) expect(await sumOf(who)).toBe(111);
    await expectAsRebuilt();
  });

  it('two that claim the same slices: one has each, and nothing is folded twice', async () => {
    const workers = await Promise.all(['one', 'two', 'three', 'four'].map((name) => startWorker(name)));
    const loading = (async () => {
      for (let n = 0; n < 30; n += 1) await record(people.map((who) => score(who, 1)));
    })();
    await until(() => isShared(workers));
    await loading;
    await reached(await log.head());
    for (const who of people) expect(await sumOf(who)).toBe(30);
    await expectAsRebuilt();
  });

  it('build a generation together, over parts of the keys and passes of the log, and it goes live when all slices are built', async () => {
    // None of them dies: a lease that runs out while another program has the processor would have its part of the build begun again.
    const small = { documentsInMemory: 30, eventsInPart: 400, leases: { ttlMs: 10_000, everyMs: 25 } };
    // More than a short pass, so that a second one goes through what has come meanwhile.
    for (let n = 0; n < 15; n += 1) await record(people.map((who) => score(who, 1)));
    const starting = Promise.all(['one', 'two', 'three'].map((name) => startWorker(name, small)));
    let loading = true;
    const load = (async () => {
      for (let n = 0; loading; n += 1) {
        await record(people.map((who) => score(who, 1)));
        const [who, to] = [people[(7 * n) % 200]!, people[(11 * n + 3) % 200]!];
        await record([{ stream: `person-${who}`, events: [event('Merged', { who, to })], expected: 'any' }]);
        if (n === 15) loading = false;
      }
    })();
    await starting;
    await until(() => isLive('points.1'));
    await load;
    const id = await new ProjectionControl(store, Date.now).rebuild('points', true);
    await record(people.map((who) => score(who, 5)));
    await until(() => isLive(id));
    await expectAsRebuilt();
  });

  it('merge, unmerge and void across slices as one worker would (random histories; workers come, die, wake and go)', async () => {
    const workers = [await startWorker('one'), await startWorker('two'), await startWorker('three')];
    let round = 0;
    await fc.assert(
      fc.asyncProperty(historySteps, fc.integer({ min: 1, max: 9 }), fc.nat(9), async (steps, batch, fate) => {
        round += 1;
        const { appends, sums } = historyOf(steps, `r${round}`);
        const victim = workers[fate];
        let position = -1n;
        for (let at = 0; at < appends.length; at += batch) {
          if (at === batch) victim?.pause();
          position = await record(appends.slice(at, at + batch));
        }
        await reached(position);
        victim?.wake();
        const view = await new LiveReadModels(store).view('points');
        for (const [who, sum] of sums) expect([who, (await view.get<Points>(who))?.sum ?? 0]).toEqual([who, sum]);
      }),
      { numRuns: 40 },
    );
    await expectAsRebuilt();
    const id = await new ProjectionControl(store, Date.now).rebuild('points', true);
    await until(() => isLive(id));
    await expectAsRebuilt();
  }, 400_000);
}
