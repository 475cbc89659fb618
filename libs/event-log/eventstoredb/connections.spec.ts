import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../../test/support/eventstoredb/certificate';
import { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions } from '../../../test/support/eventstoredb/server';
import { LogUnavailable, OutcomeUnknown, type EventLog, type LogSlice, type NewEvent, type ReadOptions, type RecordedEvent } from '../log';
import { eventsOf, newEvent } from '../log.contract';
import { EventStoreDbEventLog, type EventStoreDbOptions } from './eventstoredb-event-log';

describe('the log in EventStoreDB over connections that break', () => {
  let server: EventStoreServer;
  const servers: EventStoreServer[] = [];
  const logs: EventStoreDbEventLog[] = [];
  const warnings: string[] = [];
  const start = async (options?: EventStoreServerOptions) => {
    servers.push(await startEventStoreServer(options));
    return (server = servers.at(-1)!);
  };
  const open = (options: Partial<EventStoreDbOptions> = {}) => {
    logs.push(
      EventStoreDbEventLog.open({
        url: server.url,
        patienceMs: 10_000,
        silenceMs: 1_000,
        onWarning: (message) => warnings.push(message),
        ...options,
      }),
    );
    return logs.at(-1)!;
  };
  /** Rejections that nobody could catch, which end a process. */
  const uncaught: unknown[] = [];
  const note = (reason: unknown) => uncaught.push(reason);
  beforeEach(() => {
    warnings.length = uncaught.length = 0;
    process.on('unhandledRejection', note).on('uncaughtException', note);
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    for (const one of servers.splice(0)) await one.end();
    process.off('unhandledRejection', note).off('uncaughtException', note);
    expect(uncaught).toEqual([]);
  });

  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((turn) => setTimeout(turn, 5));
  };
  /** Follows the log until `stop`; what it was given. */
  const follow = (log: EventLog) => {
    const given: RecordedEvent[] = [];
    const stopping = new AbortController();
    const following = (async () => {
      for await (const slice of log.subscribe({ signal: stopping.signal })) given.push(...slice.events);
    })();
    return {
      given,
      stop: () => {
        stopping.abort();
        return following;
      },
    };
  };
  /** As a caller does it: again, with the same ids, until it is known. */
  const appendAtLast = async (log: EventLog, stream: string, events: NewEvent[]) => {
    for (;;) {
      try {
        return await log.append(stream, events, { expected: 'any' });
      } catch (error) {
        if (!(error instanceof OutcomeUnknown || error instanceof LogUnavailable)) throw error;
      }
    }
  };
  const slicesOf = async (log: EventLog, options?: ReadOptions) => {
    const slices: LogSlice[] = [];
    for await (const slice of log.read(options)) slices.push(slice);
    return slices;
  };
  /** Server and clients share a core here: the reader is not left behind. */
  const inStep = (given: readonly unknown[]) => until(() => server.storage.log.length < given.length + 300);
  const written = () => server.storage.log.filter(({ type }) => type === 'Noted').map(({ id }) => id);
  const expectOnceInOrder = (ids: readonly string[], given: readonly RecordedEvent[]) => {
    expect(written().length).toBe(ids.length);
    expect(new Set(written())).toEqual(new Set(ids));
    expect(given.map(({ id }) => id)).toEqual(written());
  };

  it('writes all once when the connection breaks under more than fits into the pipe', async () => {
    await start();
    const log = open();
    await log.append('first', [newEvent()], { expected: 'any' });
    server.faults.dropBeforeWrite = 1;
    const events = Array.from({ length: 200 }, () => newEvent({ text: 'x'.repeat(100_000) }));
    const answers = await Promise.all(events.map((event, n) => log.append(`s${n}`, [event], { expected: 'any' })));
    expect(answers.map(({ revision }) => revision)).toEqual(events.map(() => 0n));
    expect(new Set(written().slice(1))).toEqual(new Set(events.map(({ id }) => id)));
    expect(written()).toHaveLength(201);
  });

  it('leaves the appends of another log in the same process alone', async () => {
    const other = await start();
    const unharmed = open();
    await start();
    const log = open();
    await Promise.all([
      log.append('first', [newEvent()], { expected: 'any' }),
      unharmed.append('first', [newEvent()], { expected: 'any' }),
    ]);
    other.faults.slow = 100;
    const waiting = unharmed.append('a', [newEvent()], { expected: 'any' });
    server.faults.dropBeforeWrite = 1;
    await log.append('a', [newEvent()], { expected: 'any' });
    await waiting;
    expect(other.calls.batchAppend).toBe(1);
  });

  it('loses and doubles nothing while connections break in the middle of appends and of a subscription', async () => {
    await start();
    const log = open();
    const another = open();
    const { given, stop } = follow(another);
    const ids: string[] = [];
    let working = true;
    const writers = Array.from({ length: 24 }, async (_, writer) => {
      for (let n = 0; working; n += 1) {
        const events = Array.from({ length: 1 + (n % 5) }, () => newEvent({ writer, n }));
        ids.push(...events.map(({ id }) => id));
        await appendAtLast(writer % 2 ? log : another, `w${writer % 16}`, events);
        await inStep(given);
      }
    });
    for (let round = 1; round <= 9; round += 1) {
      const before = given.length;
      await until(() => given.length > before + 100);
      if (round % 3 === 0) server.dropConnections();
      else server.faults[round % 3 === 1 ? 'dropBeforeWrite' : 'dropAfterWrite'] = 2;
    }
    working = false;
    await Promise.all(writers);
    await until(() => given.length >= written().length);
    await stop();
    expectOnceInOrder(ids, given);
    for (let stream = 0; stream < 16; stream += 1)
      expect((await eventsOf(log, `w${stream}`)).map(({ revision }, n) => revision === BigInt(n))).not.toContain(false);
  }, 400_000);

  it('goes on by itself, without loss or doubling, when a cluster loses its leader, is away altogether, and comes back', async () => {
    await start({ nodes: 3, electionMs: 200 });
    const log = open();
    const { given, stop } = follow(log);
    const ids: string[] = [];
    let working = true;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      while (working) {
        const event = newEvent({ writer });
        ids.push(event.id);
        await appendAtLast(log, `w${writer}`, [event]);
        await inStep(given);
      }
    });
    const more = async () => {
      const before = given.length;
      await until(() => given.length > before + 100);
    };
    await more();
    const first = server.leader!;
    await server.killNode(first);
    await more();
    expect(server.leader).not.toBe(first);
    await server.startNode(first);
    await server.stopNode(server.leader!);
    await more();
    await server.kill();
    await until(() => warnings.length > 0);
    await server.start();
    await more();
    working = false;
    await Promise.all(writers);
    await until(() => given.length >= written().length);
    await stop();
    expectOnceInOrder(ids, given);
  }, 400_000);

  it('is redirected to the node that leads, whichever it was told to prefer', async () => {
    await start({ nodes: 3 });
    const log = open({ url: `${server.url}&nodePreference=follower` });
    const events = Array.from({ length: 20 }, () => newEvent());
    await Promise.all(events.map((event, n) => log.append(`s${n % 4}`, [event], { expected: 'any' })));
    expectOnceInOrder(
      events.map(({ id }) => id),
      (await slicesOf(log)).flatMap((slice) => slice.events),
    );
  });

  it('waits for a node that lags instead of passing over what it has not got', async () => {
    await start();
    const log = open();
    const { position } = await log.append('a', [newEvent({ n: 1 })], { expected: 'any' });
    server.faults.lagReads = 3;
    const slices = await slicesOf(log);
    expect(slices.flatMap(({ events }) => events.map(({ data }) => data))).toEqual([{ n: 1 }]);
    expect(slices.at(-1)!.through).toBe(position);
    const impatient = open({ patienceMs: 200 });
    await impatient.append('a', [newEvent({ n: 2 })], { expected: 'any' });
    server.faults.lagReads = 1_000;
    await expect(slicesOf(impatient, { after: position })).rejects.toMatchObject({
      name: LogUnavailable.name,
      message: expect.stringContaining('prefer the leader'),
    });
  });

  it('asks again when a read gets no answer', async () => {
    await start();
    const log = open({ patienceMs: 300 });
    await log.append('a', [newEvent()], { expected: 'any' });
    server.faults.stallReads = 2;
    expect(await eventsOf(log, 'a')).toHaveLength(1);
    expect(server.calls.read).toBeGreaterThan(2);
  });

  it('says that a server does not answer when it has been asked again in vain', async () => {
    await start();
    const log = open({ patienceMs: 50 });
    await log.append('a', [newEvent()], { expected: 'any' });
    server.faults.stallReads = 1_000;
    await expect(eventsOf(log, 'a')).rejects.toMatchObject({
      name: LogUnavailable.name,
      reason: 'unreachable',
      message: expect.stringContaining('no answer within'),
    });
    server.faults.stallReads = 0;
    expect(await eventsOf(log, 'a')).toHaveLength(1);
  });

  it('says of a burst that ended a live subscription to whoever looks closely, and warns nobody', async () => {
    await start();
    const said: string[] = [];
    const log = open({ onDebug: (message) => said.push(message) });
    const { given, stop } = follow(log);
    await log.append('first', [newEvent()], { expected: 'any' });
    await until(() => given.length === 1);
    for (let burst = 1; log.drops === 0; burst += 1) {
      await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          log.append(
            `b${n}`,
            Array.from({ length: 200 }, () => newEvent()),
            { expected: 'any' },
          ),
        ),
      );
      await until(() => given.length === 1 + burst * 1_000);
    }
    await stop();
    expect(said).toHaveLength(log.drops);
    expect(warnings).toEqual([]);
  });

  it('takes user, password and authority from the connection string; says so when they are wrong', async () => {
    const tls = await makeCertificate();
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-tls-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, tls.certificate);
    await start({ tls, nodes: 3 });
    const hosts = server.ports.map((port) => `127.0.0.1:${port}`).join(',');
    const log = open({ url: `esdb://admin:changeit@${hosts}?tlsCAFile=${file}` });
    const { given, stop } = follow(log);
    await log.append('a', [newEvent()], { expected: 'no-stream' });
    await until(() => given.length === 1);
    await stop();
    const stranger = open({ url: `esdb://admin:guess@${hosts}?tlsCAFile=${file}` });
    const refused = { name: LogUnavailable.name, reason: 'io', message: expect.stringContaining('user and password in EVENTSTORE_URL') };
    await expect(stranger.append('a', [newEvent()], { expected: 'any' })).rejects.toMatchObject(refused);
    await expect(stranger.head()).rejects.toMatchObject(refused);
    rmSync(folder, { recursive: true });
  });
});
