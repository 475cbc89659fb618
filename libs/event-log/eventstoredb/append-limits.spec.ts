import { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions } from '../../../test/support/eventstoredb/server';
import { EventTooLarge } from '../log';
import { eventsOf, newEvent } from '../log.contract';
import { EventStoreDbEventLog } from './eventstoredb-event-log';

describe('appends to EventStoreDB at their limits', () => {
  let server: EventStoreServer;
  const logs: EventStoreDbEventLog[] = [];
  const start = async (options?: EventStoreServerOptions) => {
    server = await startEventStoreServer(options);
    return open();
  };
  const open = () => {
    logs.push(EventStoreDbEventLog.open({ url: server.url, patienceMs: 3_000 }));
    return logs.at(-1)!;
  };
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    await server.end();
  });
  const large = (bytes: number) => newEvent({ text: 'あ'.repeat(bytes / 3) });

  it('splits many events given with any revision below 1 MiB, counted in bytes; in order, and the repeat writes nothing', async () => {
    const log = await start();
    const events = Array.from({ length: 40 }, () => large(90_000));
    expect(await log.append('a', events, { expected: 'any' })).toMatchObject({ revision: 39n, repeated: [] });
    expect((await eventsOf(log, 'a')).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    const again = await open().append('a', events, { expected: 'any' });
    expect(again).toMatchObject({ revision: 39n, repeated: events.map(({ id }) => id) });
    expect(await eventsOf(log, 'a')).toHaveLength(40);
  });

  it('writes what is missing when the connection breaks between two parts, and calls none of it a repeat', async () => {
    const log = await start();
    await log.append('first', [newEvent()], { expected: 'any' });
    const events = Array.from({ length: 40 }, () => large(90_000));
    server.faults.slow = 5;
    const appending = log.append('a', events, { expected: 'any' });
    while (server.storage.stream('a').length < 10 || server.storage.stream('a') === 'not-found')
      await new Promise((turn) => setTimeout(turn, 1));
    server.dropConnections();
    expect(await appending).toMatchObject({ revision: 39n, repeated: [] });
    expect((await eventsOf(log, 'a')).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it('packs waiting appends by bytes: none is refused for the company it is in', async () => {
    const log = await start();
    const events = Array.from({ length: 30 }, () => large(120_000));
    const outcomes = await log.appendMany(events.map((event) => ({ stream: 'a', events: [event], expected: 'any' })));
    expect(outcomes.map((outcome) => outcome.ok && outcome.value.revision)).toEqual(events.map((_, n) => BigInt(n)));
    // One that was refused would have gone again one by one.
    expect(server.refusedAsTooLarge()).toBe(0);
  });

  it('learns how little a server takes, and writes in parts of that size', async () => {
    const log = await start({ maxAppendSize: 20_000 });
    const events = Array.from({ length: 20 }, () => large(3_000));
    expect(await log.append('a', events, { expected: 'any' })).toMatchObject({ revision: 19n, repeated: [] });
    expect((await eventsOf(log, 'a')).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it('refuses an append with a revision that does not fit into one, and one event that fits into none, before any of it is written', async () => {
    const log = await start({ maxAppendSize: 20_000 });
    const many = Array.from({ length: 8 }, () => large(3_000));
    await expect(log.append('a', many, { expected: 'no-stream' })).rejects.toMatchObject({
      name: EventTooLarge.name,
      limit: 20_000,
      together: 8,
      message: expect.stringMatching(/^the 8 events of one append .*append them in parts$/),
    });
    const one = large(30_000);
    await expect(log.append('b', [...many, one], { expected: 'any' })).rejects.toMatchObject({
      name: EventTooLarge.name,
      eventId: one.id,
      together: 1,
    });
    expect([server.storage.stream('a'), server.storage.stream('b')]).toEqual(['not-found', 'not-found']);
  });

  it.each([true, false])(
    'says which event is larger than a server of 24.10 was told to take, at once; those that waited with it go in (batch append %s)',
    async (batchAppend) => {
      const log = await start({ version: '24.10.4', maxAppendEventSize: 5_000, batchAppend });
      const [before, tooLarge, after] = [large(300), large(6_000), large(300)];
      const outcomes = await log.appendMany(
        [before, tooLarge, after].map((event) => ({ stream: 'a', events: [event], expected: 'any' as const })),
      );
      const refused = {
        name: EventTooLarge.name,
        eventId: tooLarge.id,
        limit: 5_000,
        together: 1,
        message: expect.stringContaining('send large content as a reference'),
      };
      expect(outcomes).toEqual([
        { ok: true, value: expect.objectContaining({ revision: 0n }) },
        { ok: false, error: expect.objectContaining(refused) },
        { ok: true, value: expect.objectContaining({ revision: 1n }) },
      ]);
      expect(server.refusedAsTooLarge()).toBe(2);
      await expect(log.append('b', [tooLarge], { expected: 'no-stream' })).rejects.toMatchObject(refused);
      expect(server.refusedAsTooLarge()).toBe(3);
    },
  );

  it('writes to a stream whose events were truncated, or have expired', async () => {
    const log = await start();
    await log.append('a', [newEvent(), newEvent(), newEvent()], { expected: 'any' });
    server.storage.append('$$a', 'any', [
      {
        id: crypto.randomUUID(),
        type: '$metadata',
        contentType: 'application/json',
        data: Buffer.from('{"$tb":3}'),
        metadata: Buffer.from(''),
      },
    ]);
    expect(await open().append('a', [newEvent()], { expected: 'any' })).toMatchObject({ revision: 3n });
  });

  it('writes once what two write at once, and answers both alike', async () => {
    const log = await start();
    const another = open();
    for (let round = 0; round < 20; round += 1) {
      const event = newEvent();
      const [one, two] = await Promise.all([log, another].map((either) => either.append('a', [event], { expected: 'any' })));
      expect([one!.revision, two!.revision, one!.position === two!.position]).toEqual([BigInt(round), BigInt(round), true]);
    }
    expect(await eventsOf(log, 'a')).toHaveLength(20);
  });
});
