import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { dumpOf } from '../projection.contract';
import { ALL_SLICES, sliceOf } from '../slices';
import { SqliteReadModelStore } from '../sqlite/sqlite-read-model-store';
import { leastOf, type ReadModelStore } from '../store';
import { decodeOne } from './decoded';
import { Families } from './families';
import { GenerationFold } from './generation-fold';
import { event, historyOf, historySteps, pointsProjection } from './points.testing';

const projection = pointsProjection('1', 1, true);
const decode = (event: RecordedEvent) => event;
let folder: string;
let log: EventLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-fold-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

let stores = 0;
async function newStore(): Promise<ReadModelStore> {
  const store = SqliteReadModelStore.open({ file: join(folder, `read-models-${(stores += 1)}.db`) });
  await store.saveRegistry(0, [
    {
      id: 'points.1',
      projection: 'points',
      version: '1',
      state: 'live',
      paused: false,
      autoSwitch: true,
      createdAt: '2026-04-01T00:00:00Z',
    },
  ]);
  return store;
}

/** Takes the slices over, as the next worker that holds them, wherever each of them stands. */
async function takeOver(
  store: ReadModelStore,
  slices: readonly number[],
  mode: 'park' | 'strict',
): Promise<{ epoch: number; fold: GenerationFold }> {
  await store.release('test', 'worker');
  await store.stay('test', 'worker', 60_000);
  const { epoch } = await store.lease('test', 'worker', slices, 60_000);
  const checkpoints = await store.take('points.1', epoch, slices);
  const families = await Families.asOf(store, 'points.1', leastOf(checkpoints) ?? START);
  return { epoch, fold: new GenerationFold('points.1', projection, slices, checkpoints, mode, { log, store, decode, families }) };
}

/**
 * Goes on with what comes behind the least checkpoint, `size` events at a time, each committed but the last of `steps`: there the worker
 * dies.
 */
async function follow(store: ReadModelStore, slices: readonly number[], { size, steps }: { size: number; steps: number }): Promise<void> {
  const { epoch, fold } = await takeOver(store, slices, 'park');
  let step = 0;
  for await (const slice of log.read({ after: fold.checkpoint, sliceSize: size })) {
    await fold.apply(
      slice.events.map((event) => decodeOne(event, decode)),
      slice.through,
    );
    if ((step += 1) >= steps) return;
    await store.commit(epoch, [fold.take(slice.through)]);
  }
}

/** Goes to the head in one go, as a build does, writing some documents early; or dies before it. */
async function build(store: ReadModelStore, slices: readonly number[], { size, steps }: { size: number; steps: number }): Promise<void> {
  const { epoch, fold } = await takeOver(store, slices, 'strict');
  let step = 0;
  let head = fold.checkpoint;
  for await (const slice of log.read({ after: fold.checkpoint, sliceSize: size })) {
    await fold.apply(
      slice.events.map((event) => decodeOne(event, decode)),
      slice.through,
    );
    head = slice.through;
    if ((step += 1) % 2 === 0) for (const commit of fold.evict(1, 1)) await store.commit(epoch, [commit]);
    if (step >= steps) return;
  }
  await fold.refoldStale(head);
  for (const commit of fold.takeInParts(2, head)) await store.commit(epoch, [commit]);
}

describe('an event after which less can be read of those before it', () => {
  it.each([
    ['live', follow],
    ['in a build', build],
  ] as const)('leaves of them what can be read, %s', async (_, by) => {
    let forgotten = false;
    const readWhole = log.readStream.bind(log);
    jest.spyOn(log, 'readStream').mockImplementation(async function* (stream) {
      for await (const page of readWhole(stream))
        yield page.map((one) =>
          forgotten && one.type === 'Scored' ? (Object.create(one, { data: { value: { who: 'a', points: 1 } } }) as RecordedEvent) : one,
        );
    });
    const store = await newStore();
    const score = (points: number) => event('Scored', { who: 'a', points });
    await log.append('person-a', [score(40), score(70)], { expected: 'any' });
    const sum = async () => (await dumpOf(store, projection)).documents['a'] as { d: { sum: number } };
    const turn = { size: 10, steps: Infinity };
    await by(store, ALL_SLICES, turn);
    expect((await sum()).d.sum).toBe(110);
    forgotten = true;
    await log.append('person-a', [event('Forgotten', { who: 'a' })], { expected: 'any' });
    await by(store, ALL_SLICES, turn);
    expect((await sum()).d.sum).toBe(2);
    expect((await dumpOf(store, projection)).tallies).toMatchObject({ total: 2 });
    await store.close();
  });
});

describe('slices that stand at different positions', () => {
  it('come to what one worker makes of the history, however they change hands', async () => {
    const hands = fc.array(
      fc.record({
        some: fc.array(fc.nat(4), { minLength: 1 }),
        size: fc.integer({ min: 1, max: 8 }),
        steps: fc.integer({ min: 1, max: 6 }),
        by: fc.constantFrom(follow, follow, build),
      }),
      { maxLength: 10 },
    );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(historySteps, hands, async (steps, turns) => {
        const prefix = `r${(runs += 1)}`;
        const { appends, sums } = historyOf(steps, prefix);
        if (appends.length === 0) return;
        await log.close();
        log = SqliteEventLog.open({ file: join(folder, `${prefix}.db`) });
        for (const append of appends) await log.append(append.stream, append.events, append);
        const store = await newStore();
        const slicesOf = [...sums.keys()].map(sliceOf);
        for (const { some, by, ...turn } of turns)
          await by(
            store,
            [...new Set(some.map((n) => slicesOf[n]!))].sort((a, b) => a - b),
            turn,
          );
        await follow(store, ALL_SLICES, { size: 5, steps: Infinity });
        const whole = await newStore();
        await follow(whole, ALL_SLICES, { size: 1_000, steps: Infinity });
        expect(await dumpOf(store, projection)).toEqual(await dumpOf(whole, projection));
        await Promise.all([store.close(), whole.close()]);
      }),
      { numRuns: Number(process.env.FOLD_RUNS ?? 60), seed: Number(process.env.FOLD_SEED ?? 20261125) },
    );
  });
});
