import { startEventStoreServer, type EventStoreServer } from '../../../test/support/eventstoredb/server';
import { START, type LogSlice, type RecordedEvent, type ReadOptions } from '../log';
import { newEvent } from '../log.contract';
import { EventStoreDbEventLog, type EventStoreDbOptions } from './eventstoredb-event-log';

const FOREIGN = 1_000_000;

/** Whatever is done costs what our own events cost: those of others stay on the server. */
describe('a server of EventStoreDB whose log holds a million events of others', () => {
  let server: EventStoreServer;
  const logs: EventStoreDbEventLog[] = [];
  const open = (options: Partial<EventStoreDbOptions> = {}) => {
    logs.push(EventStoreDbEventLog.open({ url: server.url, namespace: 'ours.', ...options }));
    return logs.at(-1)!;
  };
  const close = async () => {
    for (const log of logs.splice(0)) await log.close();
  };
  beforeEach(async () => {
    server = await startEventStoreServer();
  });
  afterEach(async () => {
    await close();
    await server.end();
  });
  const sentBy = async (work: () => Promise<unknown>) => {
    const [sent, before] = [server.sent(), { ...server.calls }];
    await work();
    return { sent: server.sent() - sent, subscribed: (server.calls.subscribe ?? 0) - (before.subscribe ?? 0) };
  };
  const slicesOf = async (log: EventStoreDbEventLog, options?: ReadOptions) => {
    const slices: LogSlice[] = [];
    for await (const slice of log.read(options)) slices.push(slice);
    return slices;
  };
  const record = async (events: number) => {
    const log = open();
    for (let n = 0; n < events; n += 1)
      await log.append(n % 5 ? `lead-${n % 10}` : `model-${n % 2}`, [newEvent({ n })], { expected: 'any' });
  };

  it('gives a new namespace its head, an empty read and a live subscription, and sends none of them', async () => {
    server.storage.addForeign(FOREIGN);
    const log = open();
    const given: RecordedEvent[] = [];
    const stop = new AbortController();
    let following = Promise.resolve();
    const { sent } = await sentBy(async () => {
      expect(await log.head()).toBe(START);
      expect(await slicesOf(log)).toEqual([]);
      following = (async () => {
        for await (const slice of log.subscribe({ signal: stop.signal })) given.push(...slice.events);
      })();
      await log.append('lead-1', [newEvent({ n: 1 })], { expected: 'any' });
      while (given.length < 1) await new Promise((turn) => setTimeout(turn, 5));
      expect(await log.head()).toBe(given[0]!.position);
    });
    stop.abort();
    await following;
    // Our own one, and the newest of all, whoever wrote it, at each look at the head.
    expect(sent).toBeLessThan(20);
  });

  it.each([
    ['before ours', () => server.storage.addForeign(FOREIGN), () => undefined],
    ['behind ours', () => undefined, () => server.storage.addForeign(FOREIGN)],
  ])('gives a history of 40 events for about as many on the wire: %s', async (_where, before, behind) => {
    before();
    await record(40);
    await close();
    behind();
    const log = open();
    let slices: LogSlice[] = [];
    const whole = await sentBy(async () => (slices = await slicesOf(log)));
    expect(slices.flatMap(({ events }) => events)).toHaveLength(40);
    expect(slices.at(-1)!.through).toBe(await log.head());
    expect(whole.sent).toBeLessThan(60);
    // What the head is told, a checkpoint that is stored may be; no archive or projection stands behind it after a restart.
    const another = open();
    expect(await another.head()).toBe(slices.at(-1)!.through);
    // Of one kind of streams: those events, and the stream of the head, by which it is seen that nothing else comes.
    const models = await sentBy(async () => (slices = await slicesOf(log, { filter: { streamPrefixes: ['model-'] } })));
    expect(slices.flatMap(({ events }) => events)).toHaveLength(8);
    expect(slices.at(-1)!.through).toBe(await log.head());
    expect(models.sent).toBeLessThan(20);
    // Once searched, no part without ours is searched again, and a live subscription begins behind what was looked at.
    const next = await sentBy(() => slicesOf(log, { after: slices.at(-1)!.through }));
    expect(next).toEqual({ sent: 1, subscribed: 0 });
  });

  it('never lets a checkpoint pass our head, however much others write while we follow', async () => {
    await record(3);
    const log = open();
    const throughs: bigint[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { through } of log.subscribe({ signal: stop.signal })) throughs.push(through);
    })();
    while (throughs.length === 0) await new Promise((turn) => setTimeout(turn, 5));
    for (let n = 0; n < 30; n += 1) {
      server.storage.append(
        `others.lead-${n}`,
        'any',
        Array.from({ length: 300 }, () => ({
          id: crypto.randomUUID(),
          type: 'Noted',
          contentType: 'application/json',
          data: Buffer.from('{}'),
          metadata: Buffer.from('{}'),
        })),
      );
      await new Promise((turn) => setImmediate(turn));
    }
    const { position } = await log.append('lead-1', [newEvent()], { expected: 'any' });
    while (throughs.at(-1)! < position) await new Promise((turn) => setTimeout(turn, 5));
    stop.abort();
    await following;
    const ours = server.storage.log.filter(({ stream }) => stream.startsWith('ours.')).map((record) => record.position);
    expect(throughs.filter((through) => !ours.includes(through))).toEqual([]);
  });

  it('finds out by itself how far it has come where a look backwards takes longer than patience', async () => {
    server.storage.addForeign(FOREIGN / 10);
    Object.assign(server.faults, { silentLeast: 30, silentMost: 60, silentEvery: 1 });
    const log = open({ patienceMs: 200 });
    expect(await log.head()).toBe(START);
    expect(server.calls.subscribe).toBe(1);
    expect(server.sent()).toBeLessThan(5);
  });
});
