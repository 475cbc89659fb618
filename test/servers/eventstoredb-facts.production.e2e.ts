import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  NO_STREAM,
  START,
  binaryEvent,
  eventTypeFilter,
  jsonEvent,
  streamNameFilter,
  type AppendResult,
  type EventData,
  type Position,
} from '@eventstore/db-client';
import { startEventStoreServer } from '../support/eventstoredb/server';

/** What our adapter relies on, asked of the server under test through the bare client: the one of the tests, or a real one. */
describe('facts about EventStoreDB', () => {
  let client: EventStoreDBClient;
  beforeAll(() => (client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL!)));
  afterAll(() => client.dispose());

  const prefix = `facts-${randomUUID()}-`;
  let streams = 0;
  const newStream = () => `${prefix}${(streams += 1)}`;
  const event = (data: object = {}): EventData =>
    jsonEvent({ id: randomUUID(), type: 'Noted', data: data as Record<string, unknown>, metadata: {} });
  const append = (stream: string, events: EventData[], expectedRevision: bigint | typeof NO_STREAM | typeof ANY): Promise<AppendResult> =>
    client.appendToStream(stream, events as never, { expectedRevision });
  const idsOf = async (stream: string) => {
    const ids: string[] = [];
    for await (const { event: one } of client.readStream(stream)) ids.push(one!.id);
    return ids;
  };

  it('the same id with NO_STREAM again answers the first revision and position', async () => {
    const [stream, one] = [newStream(), event()];
    const first = await append(stream, [one], NO_STREAM);
    await append(stream, [event()], 0n);
    expect(await append(stream, [one], NO_STREAM)).toEqual(first);
    expect(await idsOf(stream)).toHaveLength(2);
  });

  it('with ANY it does so while the server remembers the id', async () => {
    const [stream, one] = [newStream(), event()];
    const first = await append(stream, [one], ANY);
    expect((await append(stream, [one], ANY)).nextExpectedRevision).toBe(first.nextExpectedRevision);
    expect(await idsOf(stream)).toEqual([one.id]);
  });

  it('with ANY it writes the id a second time after a restart; with NO_STREAM it does not (on a server of our own)', async () => {
    const own = await startEventStoreServer();
    const ours = EventStoreDBClient.connectionString(own.url);
    const [any, none] = [event(), event()];
    const write = async () => {
      await ours.appendToStream('any', [any] as never, { expectedRevision: ANY });
      await ours.appendToStream('none', [none] as never, { expectedRevision: NO_STREAM });
    };
    await write();
    await own.kill();
    await own.start();
    for (let tried = false; !tried;)
      tried = await write().then(
        () => true,
        () => false,
      );
    expect(['any', 'none'].map((stream) => own.storage.stream(stream).length)).toEqual([2, 1]);
    await ours.dispose();
    await own.end();
  });

  it('the same id with a newer, correct revision is written again', async () => {
    const [stream, one] = [newStream(), event()];
    await append(stream, [one], NO_STREAM);
    await append(stream, [one], 0n);
    expect(await idsOf(stream)).toEqual([one.id, one.id]);
  });

  it('a retry of the first of two events succeeds; of both and a new one it is a wrong expected version', async () => {
    const [stream, one, two] = [newStream(), event(), event()];
    await append(stream, [one, two], NO_STREAM);
    await append(stream, [one], NO_STREAM);
    await expect(append(stream, [one, two, event()], NO_STREAM)).rejects.toMatchObject({ type: 'wrong-expected-version' });
    expect(await idsOf(stream)).toEqual([one.id, two.id]);
  });

  it('with throwOnAppendFailure off in the connection string the revision of a conflict is wrong; per call the option is ignored', async () => {
    const url = process.env.EVENTSTORE_URL!;
    const lenient = EventStoreDBClient.connectionString(`${url}${url.includes('?') ? '&' : '?'}throwOnAppendFailure=false`);
    const stream = newStream();
    await append(
      stream,
      Array.from({ length: 8 }, () => event()),
      NO_STREAM,
    );
    const answer = await lenient.appendToStream(stream, [event()] as never, { expectedRevision: NO_STREAM });
    expect([answer.success, answer.nextExpectedRevision === 7n]).toEqual([false, false]);
    await expect(
      client.appendToStream(stream, [event()] as never, { expectedRevision: NO_STREAM, throwOnAppendFailure: false } as never),
    ).rejects.toMatchObject({ type: 'wrong-expected-version' });
    await lenient.dispose();
  });

  it('an append of no events succeeds', async () => {
    expect((await append(newStream(), [], ANY)).success).toBe(true);
  });

  it('a wrong expected version comes with an empty message and the actual one as a bigint or no_stream', async () => {
    const stream = newStream();
    await expect(append(stream, [event()], 5n)).rejects.toMatchObject({
      message: '',
      type: 'wrong-expected-version',
      actualVersion: 'no_stream',
    });
    await append(stream, [event()], NO_STREAM);
    await expect(append(stream, [event()], 5n)).rejects.toMatchObject({ actualVersion: 0n });
  });

  it('an append of more than 1 MiB is refused, with an empty message', async () => {
    await expect(append(newStream(), [event({ text: 'x'.repeat(1_100_000) })], ANY)).rejects.toMatchObject({
      message: '',
      type: 'maximum-append-size-exceeded',
    });
  });

  it('an append of more than 16 MiB is an unknown error of the transport', async () => {
    const large = binaryEvent({ id: randomUUID(), type: 'Noted', data: new Uint8Array(17 * 1_048_576) }) as EventData;
    await expect(append(newStream(), [large], ANY)).rejects.toMatchObject({
      type: 'unknown',
      message: expect.stringContaining('RESOURCE_EXHAUSTED'),
    });
    expect((await append(newStream(), [event()], ANY)).success).toBe(true);
  });

  it('a stream that is not there cannot be read', async () => {
    await expect(idsOf(newStream())).rejects.toMatchObject({ type: 'stream-not-found' });
  });

  it('a deleted stream can be written again and goes on from its old revision; a tombstoned one cannot', async () => {
    const stream = newStream();
    await append(stream, [event(), event()], NO_STREAM);
    await client.deleteStream(stream);
    await expect(idsOf(stream)).rejects.toMatchObject({ type: 'stream-not-found' });
    expect((await append(stream, [event()], NO_STREAM)).nextExpectedRevision).toBe(2n);
    expect(await idsOf(stream)).toHaveLength(1);
    await client.tombstoneStream(stream);
    await expect(append(stream, [event()], ANY)).rejects.toMatchObject({ type: 'stream-deleted' });
  });

  it('$all still returns the events of a deleted stream', async () => {
    const [stream, one] = [newStream(), event()];
    const { position } = await append(stream, [one], NO_STREAM);
    await client.deleteStream(stream);
    const found: string[] = [];
    for await (const { event: there } of client.readAll({ fromPosition: position, maxCount: 1 })) found.push(there!.id);
    expect(found).toEqual([one.id]);
  });

  it('a stream keeps as many events as its metadata says', async () => {
    const stream = newStream();
    const events = [event(), event(), event()];
    await client.setStreamMetadata(stream, { maxCount: 2 });
    await append(stream, events, NO_STREAM);
    expect(await idsOf(stream)).toEqual(events.slice(1).map(({ id }) => id));
    expect((await client.getStreamMetadata(stream)).metadata).toMatchObject({ maxCount: 2 });
  });

  it('$all goes backwards from a position without the event that stands there', async () => {
    const stream = newStream();
    await append(stream, [event(), event()], NO_STREAM);
    const last = await append(stream, [event()], 1n);
    const before: bigint[] = [];
    for await (const { event: one } of client.readAll({ direction: BACKWARDS, fromPosition: last.position, maxCount: 5 }))
      before.push(one!.position.commit);
    expect(before.every((position) => position < last.position!.commit)).toBe(true);
    for await (const { event: one } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))
      expect(one!.position.commit).toBeGreaterThanOrEqual(last.position!.commit);
  });

  it('a burst overtakes a live subscription, however fast it is read: up to 23.10 it is dropped and not taken up again by itself, from 24.2 on it falls behind and is caught up', async () => {
    const stream = newStream();
    const subscription = client.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: [stream] }) });
    const given = new Set<string>();
    const overtaken = new Promise<Error | 'fell behind'>((told) =>
      subscription.on('error', told).on('fellBehind', () => told('fell behind')),
    );
    subscription.on('data', ({ event: one }) => given.add(one!.id));
    await new Promise((live) => subscription.once('caughtUp', live));
    const burst = Array.from({ length: 5 }, () => Array.from({ length: 200 }, () => event()));
    await Promise.all(burst.map((events, n) => append(`${stream}-${n}`, events, ANY)));
    const later = event();
    await append(`${stream}-0`, [later], ANY);
    if ((await overtaken) === 'fell behind') {
      while (!given.has(later.id)) await sleep(5);
      expect(given.size).toBe(1_001);
      return subscription.unsubscribe();
    }
    expect(await overtaken).toMatchObject({
      type: 'timeout',
      message: expect.stringMatching(/^10 ABORTED.*Consumer too slow to handle event while live\. Client resubscription required/),
    });
    // Another one has been given it meanwhile.
    for await (const { event: one } of client.subscribeToStream(`${stream}-0`).on('error', () => undefined))
      if (one!.id === later.id) break;
    expect(given.size).toBeLessThan(1_000);
    expect(given.has(later.id)).toBe(false);
  });

  it('a subscription from a position gives what comes behind it, and says when it has caught up', async () => {
    const stream = newStream();
    const { position } = await append(stream, [event()], NO_STREAM);
    const later = [event(), event()];
    await append(stream, later, 0n);
    const subscription = client.subscribeToAll({ fromPosition: position, filter: streamNameFilter({ prefixes: [stream] }) });
    subscription.on('error', () => undefined);
    const caughtUp = new Promise((told) => subscription.once('caughtUp', told));
    const given: string[] = [];
    subscription.on('data', ({ event: one }) => given.push(one!.id));
    await caughtUp;
    expect(given).toEqual(later.map(({ id }) => id));
    await subscription.unsubscribe();
  });

  it('what a regular expression says of the name of a stream, or a type, is given, and nothing else', async () => {
    const stream = newStream();
    const of = (type: string) => jsonEvent({ id: randomUUID(), type: `${type}-${stream}`, data: {}, metadata: {} }) as EventData;
    await append(`1${stream}`, [of('A'), of('B')], NO_STREAM);
    await append(`x${stream}`, [of('A'), of('End')], NO_STREAM);
    await append(`2${stream}`, [of('End')], NO_STREAM);
    const typesUpToEnd = async (filter: Parameters<EventStoreDBClient['subscribeToAll']>[0] & object) => {
      const types: string[] = [];
      const subscription = client.subscribeToAll({ fromPosition: START, ...filter });
      subscription.on('error', () => undefined);
      for await (const { event: one } of subscription) {
        types.push(`${one!.streamId[0]} ${one!.type.split('-')[0]}`);
        if (types.at(-1)!.endsWith('End')) break;
      }
      return types;
    };
    expect(await typesUpToEnd({ filter: streamNameFilter({ regex: `^\\d${stream}$` }) })).toEqual(['1 A', '1 B', '2 End']);
    expect(await typesUpToEnd({ filter: eventTypeFilter({ regex: `^(B|End)-${stream}$` }) })).toEqual(['1 B', 'x End']);
  });

  it('caughtUp comes without a position', async () => {
    const subscription = client.subscribeToAll({ fromPosition: END });
    subscription.on('error', () => undefined);
    subscription.on('data', () => undefined);
    expect(await new Promise((told) => subscription.once('caughtUp', (...said: unknown[]) => told(said)))).toEqual([]);
    await subscription.unsubscribe();
  });

  it('a checkpoint is told to an option of the filter, ahead of events that came before it; nobody hears an event of that name', async () => {
    const stream = newStream();
    const { position } = await append(stream, [event()], NO_STREAM);
    const ids = Array.from({ length: 12 }, () => event());
    await append(stream, ids, 0n);
    const listener = jest.fn();
    const told: { position: Position; handled: number }[] = [];
    let handled = 0;
    const filter = streamNameFilter({
      prefixes: [stream],
      maxSearchWindow: 4,
      checkpointReached: (_subscription, at) => Promise.resolve(void told.push({ position: at, handled })),
    });
    const subscription = client.subscribeToAll({ fromPosition: position, filter });
    subscription.on('error', () => undefined);
    subscription.on('checkpointReached', listener);
    const last: bigint[] = [];
    for await (const { event: one } of subscription) {
      await sleep(5);
      handled += 1;
      last.push(one!.position.commit);
      if (handled === ids.length) break;
    }
    expect(told.length).toBeGreaterThan(0);
    expect(listener).not.toHaveBeenCalled();
    // The client had read on: more had come before some checkpoint than the consumer had handled.
    const overtaken = told.filter((one) => last.filter((commit) => commit <= one.position.commit).length > one.handled);
    expect(overtaken.length).toBeGreaterThan(0);
    // It stands behind what was asked for, and where the page held a match it is the last of them.
    expect(told.filter((one) => one.position.commit <= position!.commit)).toEqual([]);
    expect(last).toContain(told.at(-1)!.position.commit);
  });

  it('an async listener of data does not hold the subscription up', async () => {
    const stream = newStream();
    await append(
      stream,
      Array.from({ length: 40 }, () => event()),
      NO_STREAM,
    );
    const subscription = client.subscribeToStream(stream);
    subscription.on('error', () => undefined);
    let begun = 0;
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((done) => (finish = done));
    await new Promise<void>((all) =>
      subscription.on('data', async () => {
        begun += 1;
        if (begun === 40) all();
        await finished;
      }),
    );
    expect(begun).toBe(40);
    finish();
    await subscription.unsubscribe();
  });

  it('a link that points at nothing any more comes without an event', async () => {
    const [stream, links] = [newStream(), newStream()];
    await append(stream, [event(), event()], NO_STREAM);
    for (const revision of [0, 1])
      await append(links, [binaryEvent({ id: randomUUID(), type: '$>', data: Buffer.from(`${revision}@${stream}`) }) as EventData], ANY);
    const resolved = async () => {
      const found: (string | undefined)[] = [];
      for await (const { event: one, link } of client.readStream(links, { resolveLinkTos: true }))
        found.push(`${link?.type} ${one?.streamId}`);
      return found;
    };
    expect(await resolved()).toEqual([`$> ${stream}`, `$> ${stream}`]);
    await client.deleteStream(stream);
    expect(await resolved()).toEqual(['$> undefined', '$> undefined']);
  });

  it('a filter by event type passes over the others, from the start', async () => {
    const stream = newStream();
    const type = `Type${randomUUID()}`;
    await append(stream, [event(), jsonEvent({ id: randomUUID(), type, data: {}, metadata: {} }) as EventData, event()], NO_STREAM);
    const subscription = client.subscribeToAll({ fromPosition: START, filter: eventTypeFilter({ prefixes: [type] }) });
    subscription.on('error', () => undefined);
    for await (const { event: one } of subscription) {
      expect(one!.type).toBe(type);
      break;
    }
  });
});
