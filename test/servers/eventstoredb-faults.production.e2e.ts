import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { startEventStoreServer, type EventStoreServer } from '../support/eventstoredb/server';
import { expectReadModelsAsRebuilt, untilQuiet } from '../support/read-models.testing';
import { expectExactlyOnce, historyLines, hotLines, sendStream, type Line } from '../support/sent-lines.testing';

/** Lines of one request: every fault meets the appends of some. */
const AT_ONCE = 60;

// On a server of its own, which breaks on demand.
describe('faults of EventStoreDB under a started engine', () => {
  let server: EventStoreServer;
  let engine: EngineProcess;
  const { folder, remove } = temporaryFolder();
  const sent: Line[] = [];

  beforeAll(async () => {
    server = await startEventStoreServer();
    process.env.EVENTSTORE_URL = server.url;
    engine = await startEngine(folder);
  });
  afterAll(async () => {
    await engine.stop();
    await server.end();
    remove();
  });

  it.each<[string, (request: number) => unknown]>([
    [
      'connections dropped in the middle of appends, before and after they were written',
      () => Object.assign(server.faults, { dropBeforeWrite: 1, dropAfterWrite: 1 }),
    ],
    ['appends refused by a server that is not the leader, or not ready', () => Object.assign(server.faults, { notLeader: 1, notReady: 1 })],
    // Not at each request: an append waits for ten seconds before it is given up.
    [
      'a server that never answers some appends and subscriptions',
      (request) => request % 4 === 0 && Object.assign(server.faults, { stallAppends: 1, stallSubscriptions: 1 }),
    ],
    [
      'killed and restarted, again and again, under appends and subscriptions',
      async () => {
        await sleep(30);
        await server.kill();
        await sleep(200);
        await server.start();
      },
    ],
  ])('%s: everything is taken, and read models come to rest', async (_name, fault) => {
    const lines = [...historyLines(sent.length + 1, 220, 20), ...hotLines(`hot-${sent.length}`, 20)]
      .sort((a, b) => (a.text.length % 7) - (b.text.length % 7))
      // Out of order, a merge may name a lead that nobody has heard of yet.
      .map((line) => (line.text.includes('LeadsMerged') ? { ...line, mayBeRefused: true } : line));
    sent.push(...lines);
    // The sender sends again what it has no answer for.
    let requests = 0;
    for (let left: Line[] = lines; left.some(({ mayBeRefused }) => !mayBeRefused); left = left.filter((line) => !line.acknowledged)) {
      for (let at = 0; at < left.length; at += AT_ONCE) {
        await Promise.all([sendStream(engine.url, left.slice(at, at + AT_ONCE)), fault(requests)]);
        requests += 1;
      }
    }
    for (const one of Object.keys(server.faults)) Object.assign(server.faults, { [one]: 0 });

    await untilQuiet(engine.url);
  });

  // Once, since none of the faults brings back what an earlier one may have lost.
  it('after all of them each event is there once, each decision once, and read models are as rebuilt', async () => {
    await engine.stop();
    await expectExactlyOnce(folder, sent);
    await expectReadModelsAsRebuilt(folder);
  });
});
