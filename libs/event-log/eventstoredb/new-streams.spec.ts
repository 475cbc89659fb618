import { startEventStoreServer, type EventStoreServer } from '../../../test/support/eventstoredb/server';
import { eventsOf, newEvent } from '../log.contract';
import { EventStoreDbEventLog } from './eventstoredb-event-log';

describe('streams that are likely new', () => {
  let server: EventStoreServer;
  const logs: EventStoreDbEventLog[] = [];
  const open = () => {
    logs.push(EventStoreDbEventLog.open({ url: server.url }));
    return logs.at(-1)!;
  };
  beforeEach(async () => (server = await startEventStoreServer()));
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    await server.end();
  });
  const readsOf = async (work: () => Promise<unknown>) => {
    const before = server.calls.read ?? 0;
    await work();
    return (server.calls.read ?? 0) - before;
  };
  const appendTo = (log: EventStoreDbEventLog, streams: string[]) =>
    Promise.all(streams.map((stream) => log.append(stream, [newEvent()], { expected: 'any' })));
  const names = (prefix: string) => Array.from({ length: 200 }, (_, n) => `${prefix}-${n}`);

  it('are not read one by one before they are written', async () => {
    const log = open();
    expect(await readsOf(() => appendTo(log, names('a')))).toBeLessThan(100);
    for (const stream of names('a')) expect(server.storage.stream(stream)).toHaveLength(1);
  });

  it('are read first once they have turned out to be there; then the server refuses few', async () => {
    await appendTo(open(), names('a'));
    const log = open();
    for (const stream of names('a'))
      expect(await log.append(stream, [newEvent()], { expected: 'any' })).toMatchObject({ revision: 1n, repeated: [] });
    expect(server.refusedRevisions()).toBeLessThan(40);
    expect(await readsOf(() => appendTo(log, names('b')))).toBeLessThan(220);
  });

  it('whose first events are sent again, by whomever and at once, are known again', async () => {
    const [log, another] = [open(), open()];
    for (let n = 0; n < 50; n += 1) {
      const events = [newEvent(), newEvent()];
      const expected = n % 2 ? 'any' : 'no-stream';
      const { position } = await log.append(`s${n}`, events, { expected });
      expect(await another.append(`s${n}`, events, { expected })).toEqual({ revision: 1n, position, repeated: events.map(({ id }) => id) });
      expect(await open().append(`s${n}`, [events[0]!], { expected: 'any' })).toMatchObject({ revision: 0n, repeated: [events[0]!.id] });
      expect(await eventsOf(log, `s${n}`)).toHaveLength(2);
    }
  });

  it('that are there with other events are read, and what is said of a revision is right', async () => {
    await open().append('a', [newEvent(), newEvent()], { expected: 'any' });
    await expect(open().append('a', [newEvent()], { expected: 'no-stream' })).rejects.toMatchObject({
      name: 'WrongExpectedRevision',
      actual: 1n,
    });
    await expect(open().append('a', [newEvent()], { expected: 0n })).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: 1n });
    expect(await open().append('a', [newEvent()], { expected: 1n })).toMatchObject({ revision: 2n });
    await expect(open().append('b', [newEvent()], { expected: 0n })).rejects.toMatchObject({ actual: 'no-stream' });
  });

  it('are written once when the connection breaks after the write', async () => {
    const log = open();
    const event = newEvent();
    server.faults.dropAfterWrite = 1;
    expect(await log.append('a', [event], { expected: 'any' })).toMatchObject({ revision: 0n, repeated: [] });
    expect(await eventsOf(log, 'a')).toHaveLength(1);
  });
});
