import { randomUUID } from 'node:crypto';
import { startEventStoreServer, type EventStoreServer } from '../../../test/support/eventstoredb/server';
import { LogUnavailable, START, type EventLog, type RecordedEvent } from '../log';
import { eventLogContract, eventsOf, newEvent } from '../log.contract';
import { EventStoreDbEventLog } from './eventstoredb-event-log';

const opened: EventStoreDbEventLog[] = [];
const open = (url: string, namespace: string, patienceMs?: number) => {
  opened.push(EventStoreDbEventLog.open({ url, namespace, patienceMs, silenceMs: 1_000 }));
  return Promise.resolve(opened.at(-1)!);
};
const closeAll = async () => {
  for (const log of opened.splice(0)) await log.close();
};

let server: EventStoreServer | undefined;
let url: string;
beforeAll(async () => {
  if (!process.env.EVENTSTORE_URL) server = await startEventStoreServer();
  url = process.env.EVENTSTORE_URL ?? server!.url;
});
afterAll(() => server?.end());

eventLogContract(
  'eventstoredb',
  async () => {
    const namespace = `test-${randomUUID()}.`;
    return { log: await open(url, namespace), another: () => open(url, namespace), reopen: () => open(url, namespace), end: closeAll };
  },
  { ownClock: false },
);

it('tells where events stand that another process appends, also after the subscription broke', async () => {
  const own = await startEventStoreServer();
  try {
    const [here, there, stranger] = await Promise.all([open(own.url, 'ours.', 2_000), open(own.url, 'ours.'), open(own.url, 'theirs.')]);
    const known = newEvent();
    const { position } = await there.append('a', [known], { expected: 'any' });
    const later = [newEvent(), newEvent(), newEvent()];
    const told: string[] = [];
    const following = (async () => {
      for await (const places of here.followPlaces(position)) {
        told.push(...places.map(({ id, stream }) => `${stream} ${id}`));
        if (told.length === 1) {
          own.dropConnections();
          await there.append('c', later.slice(1), { expected: 'any' });
        }
        if (told.length === later.length) return;
      }
    })();
    await stranger.append('b', [newEvent()], { expected: 'any' });
    await there.append('b', later.slice(0, 1), { expected: 'any' });
    await following;
    expect(told).toEqual([`b ${later[0]!.id}`, `c ${later[1]!.id}`, `c ${later[2]!.id}`]);
  } finally {
    await closeAll();
    await own.end();
  }
});

describe('faults of EventStoreDB', () => {
  let own: EventStoreServer;
  let log: EventStoreDbEventLog;
  const start = async (options = {}) => {
    own = await startEventStoreServer(options);
    log = await open(own.url, '', 2_000);
  };
  beforeEach(() => start());
  afterEach(async () => {
    await closeAll();
    await own.end();
  });

  const idsIn = async (stream: string) => (await eventsOf(log, stream)).map(({ id }) => id);
  const appendAll = (streams: number, each: number, to: EventLog = log) =>
    Promise.all(Array.from({ length: streams * each }, (_, n) => to.append(`s${n % streams}`, [newEvent({ n })], { expected: 'any' })));

  it.each(['dropBeforeWrite', 'dropAfterWrite', 'notReady', 'notLeader'] as const)(
    'writes each event once and says so, although %s happens to many appends',
    async (fault) => {
      own.faults[fault] = 3;
      const answers = await appendAll(5, 20);
      expect(answers.flatMap(({ repeated }) => repeated)).toEqual([]);
      for (let stream = 0; stream < 5; stream += 1) {
        const events = await eventsOf(log, `s${stream}`);
        expect(events.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 20 }, (_, n) => n * 5 + stream));
      }
      expect(own.faults[fault]).toBe(0);
    },
  );

  it('says that the outcome is unknown when patience ends; the same append again writes once', async () => {
    const event = newEvent();
    own.faults.dropBeforeWrite = 1_000;
    await expect(log.append('a', [event], { expected: 'any' })).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    own.faults.dropBeforeWrite = 0;
    expect(await log.append('a', [event], { expected: 'any' })).toMatchObject({ revision: 0n });
    expect(await idsIn('a')).toEqual([event.id]);
  });

  it('looks for itself whether an append whose answer was lost is there', async () => {
    const event = newEvent();
    own.faults.dropAfterWrite = 1_000;
    expect(await log.append('a', [event], { expected: 'any' })).toMatchObject({ revision: 0n, repeated: [] });
    expect(await idsIn('a')).toEqual([event.id]);
  });

  it('does not wait for ever for a server that hangs, and leaves the call that it hung on', async () => {
    own.faults.stallAppends = 1;
    await expect(log.append('a', [newEvent()], { expected: 'any' })).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    expect(await log.append('a', [newEvent()], { expected: 'any' })).toMatchObject({ revision: 0n });
    expect(own.calls.batchAppend).toBe(2);
  });

  it('writes many new streams once, although the server says again and again that another leads', async () => {
    for (let round = 0; round < 5; round += 1) {
      Object.assign(own.faults, { notReady: 1, notLeader: 1 });
      const outcomes = await log.appendMany(
        Array.from({ length: 60 }, (_, n) => ({ stream: `s${round}-${n}`, events: [newEvent({ n })], expected: 'no-stream' as const })),
      );
      expect(outcomes.filter((outcome) => !outcome.ok || outcome.value.repeated.length > 0)).toEqual([]);
    }
    expect(own.storage.log.filter(({ stream }) => stream.startsWith('s'))).toHaveLength(300);
  });

  it('writes a repeat with any once over a restart in which the server forgets the ids it knew', async () => {
    const event = newEvent();
    await log.append('a', [event], { expected: 'any' });
    await own.kill();
    await own.start();
    expect(await log.append('a', [event], { expected: 'any' })).toMatchObject({ revision: 0n, repeated: [event.id] });
    const another = await open(own.url, '');
    expect(await another.append('a', [event], { expected: 'any' })).toMatchObject({ revision: 0n, repeated: [event.id] });
    expect(await idsIn('a')).toEqual([event.id]);
  });

  it('goes on by itself when the server restarts under appends and subscriptions; nothing is lost or given twice', async () => {
    const given: RecordedEvent[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const slice of log.subscribe({ signal: stop.signal })) given.push(...slice.events);
    })();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 300; sent += 1) await log.append(`s${sent % 3}`, [newEvent({ n: sent })], { expected: 'any' });
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      while (sent < (kill + 1) * 70) await new Promise((turn) => setImmediate(turn));
      await own.kill();
      await new Promise((away) => setTimeout(away, 150));
      await own.start();
    }
    await sending;
    while (given.length < 300) await new Promise((turn) => setTimeout(turn, 5));
    stop.abort();
    await following;
    expect(given.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });

  it('takes a live subscription that a burst has ended up again at once, without a gap', async () => {
    const given: RecordedEvent[] = [];
    const stop = new AbortController();
    let caughtUp = false;
    const following = (async () => {
      for await (const slice of log.subscribe({ signal: stop.signal })) {
        given.push(...slice.events);
        caughtUp = slice.caughtUp;
      }
    })();
    await log.append('first', [newEvent()], { expected: 'any' });
    for (let burst = 1; burst <= 3; burst += 1) {
      while (!caughtUp || given.length < (burst - 1) * 1_000 + 1) await new Promise((turn) => setTimeout(turn, 5));
      await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          log.append(
            `b${n}`,
            Array.from({ length: 200 }, () => newEvent()),
            { expected: 'any' },
          ),
        ),
      );
    }
    while (given.length < 3_001) await new Promise((turn) => setTimeout(turn, 5));
    stop.abort();
    await following;
    expect(new Set(given.map(({ position }) => position)).size).toBe(3_001);
    expect(given.every(({ position }, index) => index === 0 || position > given[index - 1]!.position)).toBe(true);
    expect(log.drops).toBe(own.drops());
    expect(log.drops).toBeGreaterThan(0);
  });

  it('notices a subscription that is accepted and then says nothing', async () => {
    own.faults.stallSubscriptions = 1;
    const stop = new AbortController();
    const slices = log.subscribe({ signal: stop.signal })[Symbol.asyncIterator]();
    const next = slices.next();
    await new Promise((subscribed) => setTimeout(subscribed, 100));
    await log.append('a', [newEvent({ n: 1 })], { expected: 'any' });
    expect((await next).value).toMatchObject({ events: [{ data: { n: 1 } }] });
    stop.abort();
  });

  it('never lets a checkpoint pass an event that was not given, whatever the filter of the subscription passes over', async () => {
    const stop = new AbortController();
    const seen = new Set<string>();
    const following = (async () => {
      let through = START;
      for await (const slice of log.subscribe({ signal: stop.signal, filter: { types: ['Wanted'] } })) {
        for (const event of slice.events) seen.add(event.id);
        expect(slice.through).toBeGreaterThan(through);
        through = slice.through;
        const behind = own.storage.log.filter(({ type, position, id }) => type === 'Wanted' && position <= through && !seen.has(id));
        expect(behind).toEqual([]);
      }
    })();
    const wanted = Array.from({ length: 20 }, () => newEvent({}, 'Wanted'));
    for (const event of wanted) {
      await Promise.all(Array.from({ length: 40 }, (_, n) => log.append(`$sys-${n}`, [newEvent()], { expected: 'any' })));
      await log.append('w', [event], { expected: 'any' });
    }
    while (seen.size < wanted.length) await new Promise((turn) => setTimeout(turn, 5));
    stop.abort();
    await following;
  });

  it('says which event is too large for a server that takes less than we do; those that waited with it go in', async () => {
    await closeAll();
    await own.end();
    await start({ maxAppendSize: 2_000 });
    const outcomes = await log.appendMany(
      [500, 500, 5_000, 500].map((length) => ({ stream: 'a', events: [newEvent({ text: 'x'.repeat(length) })], expected: 'any' as const })),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.value.revision : outcome.error))).toEqual([
      0n,
      1n,
      expect.objectContaining({ name: 'EventTooLarge', limit: 2_000 }),
      2n,
    ]);
  });

  it('says that nobody answers, and what to look at', async () => {
    await own.kill();
    await expect(log.head()).rejects.toMatchObject({
      name: LogUnavailable.name,
      reason: 'unreachable',
      message: expect.stringContaining('EVENTSTORE_URL'),
    });
    await own.start();
    expect(await log.head()).toBe(START);
  });

  it('goes on from the old revision of a stream that was deleted, and refuses one that was tombstoned', async () => {
    await log.append('a', [newEvent(), newEvent()], { expected: 'any' });
    own.storage.delete('a', 'any');
    const another = await open(own.url, '');
    expect(await another.append('a', [newEvent()], { expected: 'no-stream' })).toMatchObject({ revision: 2n });
    own.storage.tombstone('b', 'any');
    await expect(log.append('b', [newEvent()], { expected: 'any' })).rejects.toMatchObject({
      name: LogUnavailable.name,
      message: expect.stringContaining('tombstoned'),
    });
  });

  it('finds the server by gossip, and writes where batch append is not offered', async () => {
    await closeAll();
    await own.end();
    await start({ batchAppend: false });
    const discovered = await open(own.url.replace('esdb://', 'esdb+discover://'), '');
    own.faults.dropAfterWrite = 2;
    await appendAll(2, 5, discovered);
    expect((await idsIn('s0')).length + (await idsIn('s1')).length).toBe(10);
  });
});
