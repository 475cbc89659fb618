import { randomUUID } from 'node:crypto';
import { ANY, BACKWARDS, END, EventStoreDBClient, NO_STREAM, START, eventTypeFilter, jsonEvent, streamNameFilter, type AppendResult, type EventData } from '@eventstore/db-client';
import { startEventStoreServer } from './support/eventstoredb/server';

/** What our adapter relies on, asked of the server under test through the bare client: the one of the tests, or a real one. */
describe('facts about EventStoreDB', () => {
  let client: EventStoreDBClient;
  beforeAll(() => (client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL!)));
  afterAll(() => client.dispose());

  const prefix = `facts-${randomUUID()}-`;
  let streams = 0;
  const newStream = () => `${prefix}${(streams += 1)}`;
  const event = (data: object = {}): EventData => jsonEvent({ id: randomUUID(), type: 'Noted', data: data as Record<string, unknown>, metadata: {} });
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
    for (let tried = false; !tried; ) tried = await write().then(() => true, () => false);
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

  it('an append of no events succeeds', async () => {
    expect((await append(newStream(), [], ANY)).success).toBe(true);
  });

  it('a wrong expected version comes with an empty message and the actual one as a bigint or no_stream', async () => {
    const stream = newStream();
    await expect(append(stream, [event()], 5n)).rejects.toMatchObject({ message: '', type: 'wrong-expected-version', actualVersion: 'no_stream' });
    await append(stream, [event()], NO_STREAM);
    await expect(append(stream, [event()], 5n)).rejects.toMatchObject({ actualVersion: 0n });
  });

  it('an append of more than 1 MiB is refused, with an empty message', async () => {
    await expect(append(newStream(), [event({ text: 'x'.repeat(1_100_000) })], ANY)).rejects.toMatchObject({ message: '', type: 'maximum-append-size-exceeded' });
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
    for await (const { event: one } of client.readAll({ direction: BACKWARDS, fromPosition: last.position, maxCount: 5 })) before.push(one!.position.commit);
    expect(before.every((position) => position < last.position!.commit)).toBe(true);
    for await (const { event: one } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })) expect(one!.position.commit).toBeGreaterThanOrEqual(last.position!.commit);
  });

  it('a live subscription is dropped by a burst, however fast it is read', async () => {
    const stream = newStream();
    const subscription = client.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: [stream] }) });
    const dropped = new Promise<Error>((told) => subscription.on('error', told));
    subscription.on('data', () => undefined);
    await new Promise((confirmed) => subscription.once('confirmation', confirmed));
    await new Promise((live) => setTimeout(live, 200));
    await Promise.all(Array.from({ length: 5 }, (_, n) => append(`${stream}-${n}`, Array.from({ length: 200 }, () => event()), ANY)));
    expect((await dropped).message).toContain('too slow');
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
