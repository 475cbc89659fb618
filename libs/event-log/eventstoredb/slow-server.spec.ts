import { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions } from '../../../test/support/eventstoredb/server';
import { START, type LogSlice, type RecordedEvent } from '../log';
import { eventsOf, newEvent } from '../log.contract';
import { EventStoreDbEventLog } from './eventstoredb-event-log';

/** As seen on a loaded server: silences of 29 to 691 ms between events. */
const SILENCES = { silentLeast: 29, silentMost: 691 };

describe('a server of EventStoreDB that is slower than our patience', () => {
  let server: EventStoreServer;
  const logs: EventStoreDbEventLog[] = [];
  const warnings: string[] = [];
  const start = async (options?: EventStoreServerOptions) => (server = await startEventStoreServer(options));
  const open = (patienceMs = 200) => {
    logs.push(
      EventStoreDbEventLog.open({ url: server.url, namespace: 'ours.', patienceMs, onWarning: (message) => warnings.push(message) }),
    );
    return logs.at(-1)!;
  };
  beforeEach(() => (warnings.length = 0));
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    await server.end();
  });

  const record = async (events: number) => {
    const log = open(10_000);
    for (let at = 0; at < events; at += 100)
      await log.append(
        `s${(at / 100) % 3}`,
        Array.from({ length: 100 }, (_, n) => newEvent({ n: at + n })),
        { expected: 'any' },
      );
    return log.head();
  };
  const ns = (events: readonly RecordedEvent[]) => events.map(({ data }) => (data as { n: number }).n);
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  it('is read to the end in one go: what has come is given at once, and after a silence that is too long the rest is asked for', async () => {
    await start();
    const head = await record(1_000);
    Object.assign(server.faults, SILENCES, { silentEvery: 60 });
    const slices: LogSlice[] = [];
    for await (const slice of open().read({ sliceSize: 1_000 })) slices.push(slice);
    expect(ns(slices.flatMap(({ events }) => events))).toEqual(upTo(1_000));
    expect(slices.at(-1)!.through).toBe(head);
    // It did not keep all for a full slice.
    expect(slices.length).toBeGreaterThan(5);
    // Some silences were longer than patience, and what had come before them did not come again: at most what was on its way.
    expect(server.calls.subscribe).toBeGreaterThan(1);
    expect(server.sent()).toBeLessThan(1_000 + 60 * server.calls.subscribe!);
  });

  it('is followed, live too, without loss or doubling', async () => {
    await start();
    await record(500);
    Object.assign(server.faults, SILENCES, { silentEvery: 60 });
    const given: RecordedEvent[] = [];
    const stop = new AbortController();
    let through = START;
    const following = (async () => {
      for await (const slice of open().subscribe({ signal: stop.signal })) {
        expect(slice.through).toBeGreaterThan(through);
        through = slice.through;
        given.push(...slice.events);
      }
    })();
    while (given.length < 500) await new Promise((turn) => setTimeout(turn, 5));
    const writer = open(10_000);
    for (let n = 500; n < 520; n += 1) await writer.append('live', [newEvent({ n })], { expected: 'any' });
    while (given.length < 520) await new Promise((turn) => setTimeout(turn, 5));
    stop.abort();
    await following;
    expect(ns(given)).toEqual(upTo(520));
  });

  it('is written to: an append waits while others are answered, and a stream of many ids is looked through', async () => {
    await start();
    await record(900);
    Object.assign(server.faults, SILENCES, { silentEvery: 100, slow: 100 });
    const log = open();
    const known = await eventsOf(log, 's1');
    expect(known).toHaveLength(300);
    const repeat = { id: known[42]!.id, type: known[42]!.type, data: known[42]!.data as object, metadata: known[42]!.metadata };
    expect(await log.append('s1', [repeat], { expected: 'any' })).toMatchObject({ revision: 42n, repeated: [repeat.id] });
    // Each answer takes half of our patience, and all of them together many times as long.
    const writes = await Promise.all(
      upTo(30).map((n) => log.append('s1', [newEvent({ n })], { expected: BigInt(299 + n) }).catch((error: Error) => error.name)),
    );
    expect(writes.filter((one) => typeof one === 'string' && one !== 'WrongExpectedRevision')).toEqual([]);
  });

  it('has a stream read backwards and up to a limit, in spite of silences in between', async () => {
    await start();
    await record(600);
    Object.assign(server.faults, SILENCES, { silentEvery: 20 });
    const revisions: bigint[] = [];
    for await (const page of open().readStream('s0', { direction: 'backwards', limit: 150 }))
      revisions.push(...page.map(({ revision }) => revision));
    expect(revisions).toEqual(upTo(150).map((n) => BigInt(199 - n)));
  });

  it('needs no subscription to be dropped: from 24.2 on the server catches it up by itself', async () => {
    await start({ version: '24.10.4' });
    const log = open(5_000);
    await log.append('s', [newEvent({ n: 0 })], { expected: 'any' });
    const given: RecordedEvent[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const slice of log.subscribe({ signal: stop.signal })) given.push(...slice.events);
    })();
    // The first reads up to the head, the second is live.
    while (given.length < 1 || server.calls.subscribe !== 2) await new Promise((turn) => setTimeout(turn, 5));
    for (let burst = 0; burst < 3; burst += 1) {
      await Promise.all(
        upTo(5).map((n) =>
          log.append(
            `b${n}`,
            upTo(200).map((m) => newEvent({ n: m })),
            { expected: 'any' },
          ),
        ),
      );
      while (given.length < 1 + (burst + 1) * 1_000) await new Promise((turn) => setTimeout(turn, 5));
    }
    stop.abort();
    await following;
    expect(new Set(given.map(({ position }) => position)).size).toBe(3_001);
    expect(given.every(({ position }, index) => index === 0 || position > given[index - 1]!.position)).toBe(true);
    expect([server.calls.subscribe, log.drops, warnings]).toEqual([2, 0, []]);
  });
});
