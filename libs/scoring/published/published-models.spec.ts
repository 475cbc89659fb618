import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, leadStream, type LeadTierChanged } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import {
  fromCode,
  LiveReadModels,
  ProjectionEngine,
  ReactionLoop,
  type Projection,
  type ProjectionSource,
  type ReadModelStore,
} from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { readDocument } from '../model/model-text';
import { scoresNow } from '../scores/score-queries';
import type { ScoreState } from '../scores/score-state';
import { DUE_LIST, scoresBeside, scoresSource } from '../scores/scores.projection';
import { tierReaction } from '../scores/tier-reaction';
import { tierOf } from '../scores/tiers';
import { knownAs, type LiveModel } from './live-model';
import { modelsProjection } from './models.projection';
import { PublishedModels } from './published-models';
import { proposeOnModel, publish, retire, rollback, type Publish } from './stored-model';

const document = (points: number, modelId = 'test') =>
  readDocument(
    `{ model: ${modelId}, axes: { engagement: { rules: [ { id: page, on: WebPageViewed, points: ${points} }, { id: call, on: CallCompleted, points: 1 } ] } }, tiers: { hot: { enter: { engagement: 50 }, leave: { engagement: 10 } } } }`,
    'test',
  );
const FILE = document(1);

let folder: string;
let log: EventLog;
let store: ReadModelStore;
const workers: { stop(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-models-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const readModels = () => new LiveReadModels(store);

/** As the app wires it, with a file that says FILE. */
function sourcesOf(published: PublishedModels): ProjectionSource[] {
  const main = published.get('test');
  const others = published.all().filter(([modelId]) => modelId !== 'test');
  return [
    fromCode(modelsProjection as Projection),
    scoresSource(main?.model ?? FILE.model, { asOf: main?.asOf }),
    ...others.map(([modelId, { model, asOf, retired }]) => scoresSource(model, { name: scoresBeside(modelId), asOf, retired })),
  ];
}

async function startWorker({ follows = true, decides = false } = {}): Promise<{ stop(): Promise<void> }> {
  const published = await PublishedModels.open(log, readModels(), 'Asia/Tokyo');
  const engine = new ProjectionEngine({
    log,
    store,
    sources: sourcesOf(published),
    decode,
    clock: Date.now,
    leases: { ttlMs: 1_000, everyMs: 100 },
  });
  const loop = new ReactionLoop({ log, store, reactions: decides ? [tierReaction(log, Date.now)] : [], clock: Date.now });
  await engine.start();
  await loop.start();
  if (follows) published.follow(() => engine.run(sourcesOf(published)));
  const worker = {
    stop: async () => {
      await published.stop();
      await loop.stop();
      await engine.stop();
      workers.splice(workers.indexOf(worker), 1);
    },
  };
  workers.push(worker);
  return worker;
}

const propose = async (modelId: string, decide: Parameters<typeof proposeOnModel>[2]) => {
  const answer = await proposeOnModel({ log, clock: Date.now, actor: { kind: 'person', id: 'key-1' } }, modelId, decide);
  if (!answer.ok) throw new Error(answer.expected);
  return answer;
};
const publishing = (what: Publish['what'], more: Partial<Publish> = {}, modelId = 'test') =>
  propose(modelId, (history) =>
    publish(history, { what, mode: 'retroactive', handoffs: 'silent', ...(modelId === 'test' && { insteadOf: FILE }), ...more }),
  );
const record = async (type: 'WebPageViewed' | 'CallCompleted', leadId: string) => {
  const { stream, events, expected } = asAppend(recorded(type, { leadId }, { at: Date.now() }));
  return (await log.append(stream, events, { expected })).position;
};
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(5);
  }
}
const versionOf = async (projection = 'scores') => {
  const live = (await store.registry()).generations.find((one) => one.projection === projection && one.state === 'live');
  return live && knownAs(live.spec as LiveModel);
};
const answers = (version: string, projection = 'scores') => until(async () => (await versionOf(projection)) === version);
const states = async (projection = 'scores') =>
  (await store.registry()).generations.filter((one) => one.projection === projection).map(({ id, state }) => `${id} ${state}`);
const engagement = async (leadId: string, projection = 'scores') => {
  await readModels().reached([projection], await log.head(), 300_000);
  const [score] = await scoresNow(await readModels().view(projection), [leadId], Date.now());
  return score?.scores.engagement;
};

describe('what is published', () => {
  it('is taken up by workers that run: built beside the live one, and only caught up where it was live before', async () => {
    await startWorker();
    await startWorker();
    await record('WebPageViewed', 'a');
    expect(await engagement('a')).toBe(1);
    await publishing(document(10));
    await answers(document(10).version);
    expect(await engagement('a')).toBe(10);
    await record('WebPageViewed', 'a');
    await propose('test', (history) => rollback(history, { handoffs: 'silent' }));
    await answers(FILE.version);
    expect(await engagement('a')).toBe(2);
    expect(await states()).toEqual(['scores.1 live', 'scores.2 retired']);
    await publishing(document(10));
    await answers(document(10).version);
    // What it had decided was rolled back, so it begins anew; the version before has only to catch up again.
    expect([await engagement('a'), await states()]).toEqual([20, ['scores.1 retired', 'scores.2 retired', 'scores.3 live']]);
    await propose('test', (history) => rollback(history, { handoffs: 'silent' }));
    await answers(FILE.version);
    expect(await states()).toEqual(['scores.1 live', 'scores.2 retired', 'scores.3 retired']);
    expect(await states('models')).toEqual(['models.1 live']);
  });

  it('is taken up by a worker that starts, whatever became of the one that was told, and counts more than its file', async () => {
    const deaf = await startWorker({ follows: false });
    await record('WebPageViewed', 'a');
    expect(await engagement('a')).toBe(1);
    await publishing(document(10));
    await deaf.stop();
    expect(await versionOf()).toBe(FILE.version);
    const worker = await startWorker();
    await answers(document(10).version);
    await worker.stop();
    // All read models lost: what counts is in the log.
    const { version } = await store.registry();
    await store.saveRegistry(version, []);
    await startWorker();
    await until(() => versionOf());
    expect([await versionOf(), await engagement('a')]).toEqual([document(10).version, 10]);
  });

  it('stays when a worker that has not heard of it asks for what it knows', async () => {
    await publishing(document(10));
    await startWorker();
    await answers(document(10).version);
    const before = await PublishedModels.open(log, readModels(), 'Asia/Tokyo');
    const engine = new ProjectionEngine({ log, store, sources: sourcesOf(before), decode, clock: Date.now });
    await publishing(document(20));
    await answers(document(20).version);
    await engine.run(sourcesOf(before));
    expect(await states()).toEqual(['scores.1 retired', 'scores.2 live']);
  });

  it('of two publications at once the last one counts, and the first leaves nothing behind', async () => {
    await startWorker();
    await record('WebPageViewed', 'a');
    expect(await engagement('a')).toBe(1);
    await Promise.all([publishing(document(10)), publishing(document(20)), publishing(document(30))]);
    const { position } = await publishing(document(40));
    await until(async () => (await readModels().view('scores')).asOf?.position === position);
    expect(await engagement('a')).toBe(40);
    expect((await states()).filter((state) => /live|building/.test(state))).toHaveLength(1);
  });

  it('may run beside the main model, until it is retired', async () => {
    await startWorker();
    await record('WebPageViewed', 'a');
    await publishing(document(7, 'second'), {}, 'second');
    await answers(document(7, 'second').version, 'scores.second');
    expect([await engagement('a'), await engagement('a', 'scores.second')]).toEqual([1, 7]);
    await propose('second', (history) => retire(history, 'test'));
    await until(async () => (await states('scores.second')).join() === 'scores.second.1 retired');
    await record('WebPageViewed', 'a');
    expect(await engagement('a')).toBe(2);
    await publishing({ version: document(7, 'second').version }, {}, 'second');
    await answers(document(7, 'second').version, 'scores.second');
    expect([await engagement('a', 'scores.second'), await states('scores.second')]).toEqual([14, ['scores.second.1 live']]);
  });
});

describe('a lead that is hot because of a switch alone', () => {
  const decided = async (leadId: string): Promise<LeadTierChanged> =>
    until(async () => {
      for await (const [event] of log.readStream(leadStream(leadId), { direction: 'backwards', limit: 1 }))
        return event!.data as LeadTierChanged;
      return undefined;
    });

  it.each([
    ['silent', true],
    ['trickle', true],
    ['all', false],
  ] as const)('is withheld with handoffs %s: %s', async (handoffs, withheld) => {
    const deaf = await startWorker();
    for (let n = 0; n < 5; n += 1) await record('WebPageViewed', 'a');
    const { position } = await publishing(document(10), { handoffs, ...(handoffs === 'trickle' && { perDay: 5 }) });
    await answers(document(10).version);
    await deaf.stop();
    await startWorker({ decides: true });
    const since = new Date((await readModels().view('scores')).versionSince).toISOString();
    expect((await decided('a')).withheld).toEqual(withheld ? { since, published: String(position) } : undefined);
  });

  it('is told from one that is hot because of what came after, also where nobody came to decide before', async () => {
    const worker = await startWorker();
    for (let n = 0; n < 5; n += 1) await record('WebPageViewed', 'by-switch');
    for (let n = 0; n < 4; n += 1) await record('WebPageViewed', 'by-itself');
    await publishing(document(10));
    await answers(document(10).version);
    // Log and engine count time in ms: what comes now comes after the switch.
    const { versionSince } = await readModels().view('scores');
    await until(async () => Date.now() > versionSince);
    await record('CallCompleted', 'by-switch');
    await record('WebPageViewed', 'by-itself');
    await worker.stop();
    await startWorker({ decides: true });
    expect((await decided('by-switch')).withheld).toMatchObject({ since: new Date(versionSince).toISOString() });
    expect(await decided('by-itself')).toMatchObject({ to: 'hot', score: { engagement: 50 } });
    expect((await decided('by-itself')).withheld).toBeUndefined();
  });

  it('is withheld also where the read models have forgotten that there was a switch', async () => {
    const worker = await startWorker();
    for (let n = 0; n < 5; n += 1) await record('WebPageViewed', 'a');
    await publishing(document(10));
    await answers(document(10).version);
    await worker.stop();
    const { version } = await store.registry();
    await store.saveRegistry(version, []);
    await startWorker({ decides: true });
    expect((await decided('a')).withheld).toBeDefined();
  });
});

describe('tiers after rollbacks', () => {
  const quiet = async (): Promise<Record<string, unknown>> => {
    const leads = ['rose', 'grew', 'new'];
    for (;;) {
      const head = await log.head();
      await readModels().reached(['scores'], head, 300_000);
      const view = await readModels().view('scores');
      const due = await view.list(DUE_LIST, { max: Date.now(), limit: 1 });
      if (due.length === 0 && (await log.head()) === head)
        return Object.fromEntries(await Promise.all(leads.map(async (lead) => [lead, await view.get<ScoreState>(lead)] as const)));
      await sleep(5);
    }
  };
  const tiers = (states: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(states).map(([lead, state]) => [lead, tierOf(state as ScoreState)]));
  const views = async (leadId: string, times: number) => {
    for (let n = 0; n < times; n += 1) await record('WebPageViewed', leadId);
  };
  const back = () => propose('test', (history) => rollback(history, { handoffs: 'silent' }));

  it.each(['retroactive', 'prospective'] as const)('are the same followed live and built anew, %s', async (mode) => {
    const worker = await startWorker({ decides: true });
    await views('rose', 6);
    await views('grew', 45);
    await publishing(document(60), { mode });
    await until(async () => (await versionOf())?.startsWith(document(60).version));
    await views('new', 1);
    await views('rose', 1);
    await until(async () => Object.values(tiers(await quiet())).filter((tier) => tier === 'hot').length >= 2);
    await publishing(document(100), { mode });
    await until(async () => (await versionOf())?.startsWith(document(100).version));
    await views('grew', 1);
    await back();
    await views('grew', 3);
    await back();
    await answers(FILE.version);
    await views('grew', 2);
    await views('new', 1);
    await until(async () => tiers(await quiet())['grew'] === 'hot');
    const live = await quiet();
    expect(tiers(live)).toEqual({ rose: 'cold', grew: 'hot', new: 'cold' });
    await worker.stop();
    const { version } = await store.registry();
    await store.saveRegistry(version, []);
    await startWorker({ decides: true });
    await until(() => versionOf());
    const head = await log.head();
    expect(await quiet()).toEqual(live);
    expect(await log.head()).toBe(head);
  });
});
