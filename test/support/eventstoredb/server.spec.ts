import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ANY,
  END,
  EventStoreDBClient,
  NO_STREAM,
  jsonEvent,
  streamNameFilter,
  type AppendResult,
  type EventData,
} from '@eventstore/db-client';
import { makeCertificate } from './certificate';
import { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions } from './server';

/** What only a server can show that breaks when it is told to; the rest is in test/servers/eventstoredb-facts. */
describe('EventStoreDB test server', () => {
  let server: EventStoreServer;
  let client: EventStoreDBClient;
  const clients: EventStoreDBClient[] = [];
  const connect = (url = server.url) => {
    clients.push(EventStoreDBClient.connectionString(url));
    return clients.at(-1)!;
  };
  const start = async (options?: EventStoreServerOptions) => {
    server = await startEventStoreServer(options);
    client = connect();
  };
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.dispose()));
    await server.end();
  });

  const event = (data: object = {}): EventData =>
    jsonEvent({ id: randomUUID(), type: 'Noted', data: data as Record<string, unknown>, metadata: {} });
  const append = (
    stream: string,
    events = [event()],
    expectedRevision: bigint | typeof NO_STREAM | typeof ANY = ANY,
    over = client,
  ): Promise<AppendResult> => over.appendToStream(stream, events as never, { expectedRevision });
  const faultsOf = async (appends: Promise<unknown>[]) =>
    (await Promise.allSettled(appends)).map((one) => (one.status === 'rejected' ? (one.reason as { type: string }).type : 'written'));
  const lengthOf = (stream: string) => {
    const records = server.storage.stream(stream);
    return typeof records === 'string' ? 0 : records.length;
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((turn) => setTimeout(turn, 5));
  };

  it('asks for the features of the server once, before the first append, and for its members only when it is to discover them', async () => {
    await start();
    await append('a');
    await append('a');
    expect(server.calls).toEqual({ getSupportedMethods: 1, batchAppend: 1 });
    await append('a', [event()], ANY, connect(server.url.replace('esdb://', 'esdb+discover://')));
    expect(server.calls).toMatchObject({ gossip: 1, getSupportedMethods: 2, batchAppend: 2 });
  });

  it('is written to by append where batch append is not offered, or credentials come with the call', async () => {
    await start();
    await client.appendToStream('a', [event()] as never, { credentials: { username: 'admin', password: 'changeit' } });
    expect(server.calls).toMatchObject({ append: 1 });
    await server.end();
    await start({ batchAppend: false });
    await append('a');
    await expect(append('a', [event()], NO_STREAM)).rejects.toMatchObject({ type: 'wrong-expected-version', actualVersion: 0n });
    expect(server.calls).toEqual({ getSupportedMethods: 1, append: 2 });
  });

  it.each([
    ['dropBeforeWrite', 0],
    ['dropAfterWrite', 1],
  ] as const)('%s breaks the connection of the append: all in flight is unavailable, the client connects anew', async (fault, written) => {
    await start();
    await append('first');
    server.faults.slow = 20;
    server.faults[fault] = 1;
    const hit = append('a');
    const others = [append('b'), append('c')];
    expect(await faultsOf([hit, ...others])).toEqual(['unavailable', 'unavailable', 'unavailable']);
    expect(lengthOf('a')).toBe(written);
    expect((await append('d')).success).toBe(true);
  });

  it('a fault of one client rejects what other clients of the process have in flight', async () => {
    await start();
    const other = await startEventStoreServer();
    const unharmed = connect(other.url);
    await Promise.all([append('first'), append('first', [event()], ANY, unharmed)]);
    other.faults.stallAppends = 1;
    server.faults.dropBeforeWrite = 1;
    const waiting = append('a', [event()], ANY, unharmed);
    await until(() => other.faults.stallAppends === 0);
    expect(await faultsOf([append('a'), waiting])).toEqual(['unavailable', 'unavailable']);
    await other.end();
  });

  it('a server that is killed rejects what is in flight as unavailable; some of it was written', async () => {
    await start();
    await append('first');
    const stopListening = server.storage.onWritten(([record]) => record!.stream === 's2' && void server.kill());
    const faults = await faultsOf(Array.from({ length: 5 }, (_, n) => append(`s${n}`)));
    stopListening();
    expect(faults.slice(2)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    expect(Array.from({ length: 5 }, (_, n) => lengthOf(`s${n}`))).toEqual([1, 1, 1, 0, 0]);
    await server.start();
    expect((await append('s2', [event()], 0n)).nextExpectedRevision).toBe(1n);
  });

  it('a server that is stopped cancels its subscriptions', async () => {
    await start();
    const subscription = client.subscribeToAll({ fromPosition: END });
    const fault = new Promise((told) => subscription.on('error', told));
    subscription.on('data', () => undefined);
    await new Promise((live) => subscription.once('caughtUp', live));
    await server.end();
    expect(await fault).toMatchObject({ type: 'cancelled' });
    await server.start();
  });

  it('a broken connection ends a subscription, which is not taken up again by itself', async () => {
    await start();
    const given: string[] = [];
    const subscription = client.subscribeToAll({ fromPosition: END });
    const fault = new Promise((told) => subscription.on('error', told));
    subscription.on('data', ({ event: one }) => given.push(one!.streamId));
    await new Promise((live) => subscription.once('caughtUp', live));
    await append('a');
    await until(() => given.length === 1);
    server.dropConnections();
    expect(await fault).toMatchObject({ type: 'unavailable' });
    await append('b');
    expect(given).toEqual(['a']);
    expect(server.calls.subscribe).toBe(1);
  });

  it('stalls, is not ready, does not lead, when told to', async () => {
    await start();
    await append('first');
    server.faults.stallAppends = 1;
    await expect(client.appendToStream('a', [event()] as never, { deadline: 50 })).rejects.toMatchObject({ type: 'deadline-exceeded' });
    expect(lengthOf('a')).toBe(0);
    server.faults.notReady = 1;
    await expect(append('a')).rejects.toMatchObject({ type: 'unknown', message: 'Could not recognize Server Is Not Ready' });
    server.faults.notLeader = 1;
    await expect(append('a')).rejects.toMatchObject({ type: 'not-leader', leader: { address: '127.0.0.1', port: server.ports[0] } });
  });

  it('bears an append of a hundred on a live subscription, and drops it after a hundred and fifty or so of a thousand', async () => {
    await start();
    const given: string[] = [];
    const subscription = client.subscribeToAll({ fromPosition: END });
    const fault = new Promise((told) => subscription.on('error', told));
    subscription.on('data', ({ event: one }) => given.push(one!.id));
    await new Promise((live) => subscription.once('caughtUp', live));
    const hundred = Array.from({ length: 100 }, () => event());
    await append('a', hundred);
    await until(() => given.length === 100);
    expect(given).toEqual(hundred.map(({ id }) => id));
    await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        append(
          `b${n}`,
          Array.from({ length: 200 }, () => event()),
        ),
      ),
    );
    await fault;
    expect([given.length > 200, given.length < 300, server.drops()]).toEqual([true, true, 1]);
  });

  it('sends a checkpoint for every window of events times the interval, live at the event itself; none for few', async () => {
    await start();
    const checkpoints: bigint[] = [];
    const checkpointReached = (_subscription: unknown, { commit }: { commit: bigint }) => Promise.resolve(void checkpoints.push(commit));
    const subscription = client.subscribeToAll({
      fromPosition: END,
      filter: streamNameFilter({ prefixes: ['wanted'], checkpointInterval: 2, checkpointReached }),
    });
    const given: bigint[] = [];
    subscription.on('error', () => undefined).on('data', ({ event: one }) => given.push(one!.position.commit));
    await new Promise((live) => subscription.once('caughtUp', live));
    for (let n = 0; n < 63; n += 1) await append('other');
    await append('wanted');
    await until(() => checkpoints.length === 1);
    expect(checkpoints).toEqual(given);
    for (let n = 0; n < 10; n += 1) await append('other');
    await append('wanted');
    await until(() => given.length === 2);
    expect(checkpoints).toHaveLength(1);
    await subscription.unsubscribe();
  });

  describe('a subscription that catches up', () => {
    const caughtUpFrom = async (after: number | undefined, prefix: string, maxSearchWindow: number) => {
      const { log } = server.storage;
      const told: bigint[] = [];
      const checkpointReached = (_subscription: unknown, { commit }: { commit: bigint }) => Promise.resolve(void told.push(commit));
      const filter = streamNameFilter({ prefixes: [prefix], checkpointReached, maxSearchWindow });
      const position = after === undefined ? undefined : { commit: log[after]!.position, prepare: log[after]!.position };
      const subscription = client.subscribeToAll({ ...(position && { fromPosition: position }), filter });
      subscription.on('error', () => undefined).on('data', () => undefined);
      await new Promise((live) => subscription.once('caughtUp', live));
      await subscription.unsubscribe();
      return told.map((commit) => log.findIndex(({ position: at }) => at === commit));
    };
    const last = () => server.storage.log.length - 1;

    it('is told the last event that matched of each page, and where none did, where the page began; none behind the last page', async () => {
      await start();
      const first = last() + 1;
      for (let n = 0; n < 100; n += 1) await append(n < 30 && n % 10 === 0 ? 'wanted' : 'other');
      // Behind the event asked for begins the next one: the first page lies a little behind what was asked for.
      expect(await caughtUpFrom(first, 'wanted', 20)).toEqual([first + 20, first + 21, first + 41, first + 61]);
      expect(await caughtUpFrom(undefined, 'nobody', 40)).toEqual([0, 40]);
    });

    it('has 32 events that match in a page, however wide the window', async () => {
      await start();
      const first = last();
      await append(
        'wanted',
        Array.from({ length: 100 }, () => event()),
      );
      expect(await caughtUpFrom(first, 'wanted', 64)).toEqual([first + 64]);
    });

    it('is told a checkpoint behind the last page too, by a server of 24.10', async () => {
      await start({ version: '24.10.4' });
      await append('wanted');
      expect(await caughtUpFrom(undefined, 'wanted', 4_096)).toEqual([last()]);
    });
  });

  it('as 24.10 it says of a live subscription that it fell behind, and catches it up by itself', async () => {
    await start({ version: '24.10.4' });
    const given: string[] = [];
    const said: string[] = [];
    const subscription = client.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: ['b'] }) });
    for (const name of ['caughtUp', 'fellBehind'] as const) subscription.on(name, () => said.push(name));
    subscription.on('data', ({ event: one }) => given.push(one!.id));
    await new Promise((live) => subscription.once('caughtUp', live));
    const events = Array.from({ length: 5 }, () => Array.from({ length: 200 }, () => event()));
    await Promise.all(events.map((some, n) => append(`b${n}`, some)));
    await until(() => given.length >= 1_000 && said.at(-1) === 'caughtUp');
    expect(given).toEqual(server.storage.log.filter(({ stream }) => stream.startsWith('b')).map(({ id }) => id));
    expect([said.includes('fellBehind'), server.drops()]).toEqual([true, 0]);
    await subscription.unsubscribe();
  });

  it('holds a million events of others, which a filter keeps off the wire', async () => {
    await start();
    server.storage.addForeign(1_000_000);
    await append('wanted');
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['wanted'], maxSearchWindow: 4_096 }) });
    subscription.on('error', () => undefined);
    for await (const { event: one } of subscription) {
      expect(one!.streamId).toBe('wanted');
      break;
    }
    expect(server.sent()).toBe(1);
    const [newest] = await (async () => {
      const found = [];
      for await (const { event: one } of client.readAll({ fromPosition: END, direction: 'backwards', maxCount: 2 }))
        found.push(one!.streamId);
      return found.reverse();
    })();
    expect(newest).toMatch(/^others\.lead-/);
  });

  it('three nodes: followers pass writes on, say who leads when that is asked for, and elect another when the leader is killed', async () => {
    await start({ nodes: 3 });
    const ofFollower = connect(`${server.url}&nodePreference=follower`);
    expect((await append('a', [event()], NO_STREAM, ofFollower)).nextExpectedRevision).toBe(0n);
    const old = server.leader!;
    await expect(
      ofFollower.appendToStream('a', [event()] as never, {
        requiresLeader: true,
        credentials: { username: 'admin', password: 'changeit' },
      }),
    ).rejects.toMatchObject({ type: 'not-leader', leader: { port: old } });

    // 32 writers, each retries with the same id and the same revision.
    let stop = false;
    const faults = new Set<string>();
    const acknowledged = await (async () => {
      const writers = Array.from({ length: 32 }, async (_, writer) => {
        const ids: string[] = [];
        while (!stop) {
          const one = event();
          for (let done = false; !done;) {
            done = await append(`w-${writer}`, [one], ids.length === 0 ? NO_STREAM : BigInt(ids.length - 1)).then(
              () => true,
              (error: { type: string; message: string }) => {
                faults.add(/Not Ready/.test(error.message) ? `${error.type} Not Ready` : error.type);
                return new Promise<boolean>((again) => setTimeout(() => again(false), 50));
              },
            );
          }
          ids.push(one.id);
        }
        return ids;
      });
      await until(() => lengthOf('w-31') > 5);
      await server.killNode(old);
      const before = server.storage.log.length;
      await until(() => server.storage.log.length > before + 500);
      stop = true;
      return Promise.all(writers);
    })();
    expect(faults).toContain('unavailable');
    expect(server.leader).not.toBe(old);
    for (const [writer, ids] of acknowledged.entries())
      expect((server.storage.stream(`w-${writer}`) as readonly { id: string }[]).map(({ id }) => id)).toEqual(ids);
  });

  it('with TLS it takes its users only, and gives $all to them only', async () => {
    const tls = await makeCertificate();
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-tls-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, tls.certificate);
    await start({ tls });
    const as = (user: string) => connect(`esdb://${user}127.0.0.1:${server.ports[0]}?tlsCAFile=${file}`);
    expect((await append('a', [event()], ANY, as('admin:changeit@'))).success).toBe(true);
    await expect(append('a', [event()], ANY, as('admin:wrong@'))).rejects.toMatchObject({ type: 'access-denied' });
    await as('admin:changeit@').setStreamMetadata('b', { acl: { writeRoles: ['sales'] } });
    await expect(append('b', [event()], ANY, as('ops:changeit@'))).rejects.toMatchObject({ type: 'access-denied' });
    expect((await append('b', [event()], ANY, as('admin:changeit@'))).success).toBe(true);
    const readAll = async (over: EventStoreDBClient) => {
      let count = 0;
      for await (const _ of over.readAll()) count += 1;
      return count;
    };
    expect(await readAll(as('ops:changeit@'))).toBe(7);
    await expect(readAll(as(''))).rejects.toMatchObject({ type: 'access-denied' });
    rmSync(folder, { recursive: true });
  });

  it('links each event into the stream of its category once that projection is on', async () => {
    await start();
    await append('lead-1');
    await append('lead-2');
    await client.enableProjection('$by_category');
    await until(() => lengthOf('$ce-lead') === 2);
    const streams: string[] = [];
    for await (const { event: one } of client.readStream('$ce-lead', { resolveLinkTos: true })) streams.push(one!.streamId);
    expect(streams).toEqual(['lead-1', 'lead-2']);
  });
});
