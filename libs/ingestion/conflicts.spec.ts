import { namesInClear } from '@leadlog/lead';
import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { startEventStoreServer, type EventStoreServer } from '../../test/support/eventstoredb/server';
import { parseStructured } from './cloudevents';
import { Ingestion } from './ingestion';
import { RecordedIds } from './recorded-ids';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-conflicts-'));
let log: SqliteEventLog;
let ingestion: Ingestion;
let files = 0;
beforeEach(() => {
  log = SqliteEventLog.open({ file: join(folder, `${files++}.db`) });
  ingestion = new Ingestion(log, { names: namesInClear, clock: Date.now });
});
afterEach(() => log.close());
afterAll(() => rmSync(folder, { recursive: true }));

const call = { leadId: 'lead-1', callId: 'c-1', repId: 'rep-1', startedAt: '2026-06-10T10:00:00+09:00', seconds: 60, outcome: 'refused' };
const event = (data: object, more: object = {}) =>
  parseStructured({ specversion: '1.0', id: 'x', source: 'spec', type: 'CallCompleted', time: '2026-06-10T11:00:00+09:00', data, ...more });
const page = { leadId: 'lead-1', url: 'https://www.leadlog.example/', category: 'other' };

describe('an id that is sent again', () => {
  it('with the same content is a duplicate, however it is written', async () => {
    await ingestion.ingest([event(call)]);
    const reordered = Object.fromEntries(Object.entries(call).reverse());
    expect(await ingestion.ingest([event(call), event(reordered), event(call, { time: '2026-06-10T02:00:00Z' })])).toMatchObject([
      { result: 'duplicate' },
      { result: 'duplicate' },
      { result: 'duplicate' },
    ]);
  });

  it('about a handoff of a merged lead is a duplicate wherever it is sent again, also to another process', async () => {
    const at = '2026-06-10T11:00:00+09:00';
    const own = (id: string, type: string, data: { leadId: string }) => ({
      id: randomUUID(),
      type,
      data,
      metadata: {
        occurredAt: at,
        source: 'leadlog/spec',
        sourceId: id,
        initiator: 'seller' as const,
        actor: { kind: 'system' as const, id: 'spec' },
        schemaVersion: 1,
      },
    });
    await ingestion.ingest([event({ ...call, leadId: 'lead-a' }, { id: 'a' }), event({ ...call, leadId: 'lead-b' }, { id: 'b' })]);
    const handedOff = { leadId: 'lead-b', handoffId: 'lead-b.1', runId: 'lead-b.run-1' };
    await log.append('lead-lead-b', [own('h', 'LeadHandedOff', handedOff)], { expected: 'no-stream' });
    const merge = { survivorId: 'lead-a', mergedId: 'lead-b' };
    expect(await ingestion.ingest([event(merge, { id: 'm', type: 'LeadsMerged' })])).toMatchObject([{ result: 'accepted' }]);
    const accepted = event({ leadId: 'lead-a', handoffId: 'lead-b.1', repId: 'rep-1' }, { id: 'acc', type: 'HandoffAccepted' });
    expect(await ingestion.ingest([accepted])).toMatchObject([{ result: 'accepted' }]);
    expect(await ingestion.ingest([accepted])).toMatchObject([{ result: 'duplicate' }]);
    expect(await new Ingestion(log, { names: namesInClear, clock: Date.now }).ingest([accepted])).toMatchObject([{ result: 'duplicate' }]);
  });

  it('with other content is a conflict that tells the difference, and what is recorded holds', async () => {
    const [first] = await ingestion.ingest([event(call)]);
    const told = await ingestion.ingest([
      event({ ...call, outcome: 'reached' }),
      event({ ...call, needs: ['price'] }),
      event(call, { time: '2026-06-10T11:00:01+09:00' }),
      event(page, { type: 'WebPageViewed' }),
    ]);
    const { position, eventId } = first as { position: bigint; eventId: string };
    const conflict = (pointer: string, expected: string, got: string) => ({
      result: 'conflict',
      id: 'x',
      eventId,
      leadId: 'lead-1',
      position,
      errors: [{ pointer, expected: `${expected}, as recorded under this id`, got }],
    });
    expect(told).toEqual([
      conflict('/data/outcome', '"refused"', '"reached"'),
      conflict('/data/needs', 'nothing', '["price"]'),
      conflict('/time', '2026-06-10T11:00:00+09:00', '2026-06-10T11:00:01+09:00'),
      conflict('/type', 'CallCompleted', 'WebPageViewed'),
    ]);
    const recorded: unknown[] = [];
    for await (const events of log.readStream('activity-lead-1')) recorded.push(...events.map(({ data }) => data));
    expect(recorded).toEqual([call]);
  });

  it('is compared within a batch too, and among others of its stream', async () => {
    await ingestion.ingest([event(page, { id: 'y', type: 'WebPageViewed' })]);
    const results = await ingestion.ingest([
      event(call),
      event({ ...call, seconds: 61 }),
      event(page, { id: 'y', type: 'WebPageViewed' }),
      event({ ...page, dwellMs: 5 }, { id: 'y', type: 'WebPageViewed' }),
      event(page, { id: 'z', type: 'WebPageViewed' }),
    ]);
    expect(results.map(({ result }) => result)).toEqual(['accepted', 'conflict', 'duplicate', 'conflict', 'accepted']);
  });

  it('is compared where it was decided on', async () => {
    const disqualified = (reason: string) => event({ leadId: 'lead-1', reason }, { type: 'LeadDisqualified' });
    expect(await ingestion.ingest([disqualified('student'), disqualified('student'), disqualified('competitor')])).toMatchObject([
      { result: 'accepted' },
      { result: 'duplicate' },
      { result: 'conflict', errors: [{ pointer: '/data/reason' }] },
    ]);
    expect(await ingestion.ingest([disqualified('student'), disqualified('competitor')])).toMatchObject([
      { result: 'duplicate' },
      { result: 'conflict' },
    ]);
  });

  it('is a duplicate where only addresses are written otherwise, as they were recorded before there was one form', async () => {
    const profile = (email: string) => event({ leadId: 'lead-1', channel: 'form', profile: { email } }, { type: 'LeadCaptured' });
    const [{ eventId }] = (await ingestion.ingest([profile('a@example.jp')])) as unknown as [{ eventId: string }];
    const other = SqliteEventLog.open({ file: join(folder, `${files++}.db`) });
    const old = { specversion: '1.0', leadId: 'lead-1', channel: 'form', profile: { email: 'A@Example.jp' } };
    const { specversion: _, ...data } = old;
    await other.append(
      'activity-lead-1',
      [
        {
          id: eventId,
          type: 'LeadCaptured',
          data,
          metadata: {
            occurredAt: '2026-06-10T11:00:00+09:00',
            source: 'spec',
            sourceId: 'x',
            initiator: 'customer',
            actor: { kind: 'integration', id: 'spec' },
            schemaVersion: 1,
          },
        },
      ],
      { expected: 'any' },
    );
    expect(await new Ingestion(other, { names: namesInClear, clock: Date.now }).ingest([profile('A@Example.jp')])).toMatchObject([
      { result: 'duplicate' },
    ]);
    await other.close();
  });

  it('is a duplicate under another visitor, address or deal too, in one batch or later, and after a restart', async () => {
    const asked = (identity: object) => event({ identity, kind: 'demo' }, { type: 'InquiryReceived' });
    const [first, second] = await ingestion.ingest([asked({ visitorId: 'v-1' }), asked({ email: 'a@example.jp' })]);
    expect([first, second]).toMatchObject([{ result: 'accepted' }, { result: 'duplicate', leadId: (first as { leadId: string }).leadId }]);
    const opened = (dealId: string) => event({ leadId: 'lead-1', dealId, repId: 'rep-1' }, { id: 'd', type: 'DealOpened' });
    await ingestion.ingest([opened('deal-1')]);
    for (const one of [ingestion, new Ingestion(log, { names: namesInClear, clock: Date.now })]) {
      expect(
        await one.ingest([asked({ foreign: { system: 'crm', id: '1' } }), asked({ email: 'a@example.jp' }), opened('deal-2')]),
      ).toMatchObject([{ result: 'duplicate' }, { result: 'duplicate' }, { result: 'conflict', errors: [{ pointer: '/data/dealId' }] }]);
    }
    let recorded = 0;
    for await (const { events } of log.read({ filter: { types: ['InquiryReceived', 'DealOpened'] } })) recorded += events.length;
    expect(recorded).toBe(2);
  });

  it('is one event of requests at the same time too', async () => {
    const asked = (identity: object) => event({ identity, kind: 'demo' }, { type: 'InquiryReceived' });
    const results = await Promise.all(
      [{ visitorId: 'v-1' }, { email: 'a@example.jp' }, { visitorId: 'v-2' }].map((identity) => ingestion.ingest([asked(identity)])),
    );
    expect(
      results
        .flat()
        .map(({ result }) => result)
        .sort(),
    ).toEqual(['accepted', 'duplicate', 'duplicate']);
  });

  it('is decided on where what is remembered of it is gone, as after a backup was restored', async () => {
    const disqualified = (leadId: string, id: string) => event({ leadId, reason: 'student' }, { id, type: 'LeadDisqualified' });
    await ingestion.ingest([disqualified('lead-1', 'x'), disqualified('lead-2', 'y')]);
    const file = new Database(join(folder, `${files - 1}.db`));
    file.prepare("DELETE FROM events WHERE stream = (SELECT id FROM streams WHERE name = 'lead-lead-1')").run();
    file.close();
    expect(await ingestion.ingest([disqualified('lead-2', 'x')])).toMatchObject([
      { result: 'rejected', errors: [{ expected: 'a lead that is not disqualified' }] },
    ]);
  });
});

describe('an id that is sent again, on EventStoreDB', () => {
  let server: EventStoreServer;
  const opened: EventStoreDbEventLog[] = [];
  const open = () => {
    opened.push(EventStoreDbEventLog.open({ url: process.env.EVENTSTORE_URL ?? server.url, namespace }));
    return opened.at(-1)!;
  };
  const namespace = `test-${randomUUID()}.`;
  beforeAll(async () => void (process.env.EVENTSTORE_URL || (server = await startEventStoreServer())));
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await server?.end();
  });
  const asked = (identity: object, id = 'x') => event({ identity, kind: 'demo' }, { id, type: 'InquiryReceived' });

  it('is a duplicate under another visitor or address, after a restart too', async () => {
    expect(await new Ingestion(open(), { names: namesInClear, clock: Date.now }).ingest([asked({ visitorId: 'v-1' })])).toMatchObject([
      { result: 'accepted' },
    ]);
    expect(await new Ingestion(open(), { names: namesInClear, clock: Date.now }).ingest([asked({ email: 'a@example.jp' })])).toMatchObject([
      { result: 'duplicate' },
    ]);
  });

  it('is known of what another process has taken in meanwhile', async () => {
    const here = open();
    const known = new RecordedIds(here);
    await known.ready();
    const [{ eventId, leadId }] = (await new Ingestion(open(), { names: namesInClear, clock: Date.now }).ingest([
      asked({ visitorId: 'v-3' }, 'z'),
    ])) as unknown as [{ eventId: string; leadId: string }];
    while (known.streamOf(eventId) === undefined) await new Promise((turn) => setImmediate(turn));
    expect(known.streamOf(eventId)).toBe(`activity-${leadId}`);
  });
});

describe('traits of a profile', () => {
  const capture = (more: object = {}, id = 'x') =>
    event(
      { leadId: 'lead-1', channel: 'form', profile: { name: '青山 晴香', email: 'H.Aoyama@Minato.example' }, ...more },
      { type: 'LeadCaptured', id },
    );
  const derived = { emailDomain: 'minato.example', has: ['name', 'email'] };

  it('are derived at the door; sent as well, they must be the same', async () => {
    const [first, again, refused] = await ingestion.ingest([
      capture(),
      capture({ traits: derived }),
      capture({ traits: { ...derived, has: ['name'] } }, 'y'),
    ]);
    expect([first, again]).toMatchObject([{ result: 'accepted' }, { result: 'duplicate' }]);
    expect(refused).toMatchObject({ result: 'rejected', errors: [{ pointer: '/data/traits' }] });
    for await (const [recordedEvent] of log.readStream('activity-lead-1')) expect(recordedEvent!.data).toMatchObject({ traits: derived });
  });

  it('make no conflict of an event that was recorded before there were any', async () => {
    await ingestion.ingest([capture()]);
    const [before] = (await log.readStream('activity-lead-1')[Symbol.asyncIterator]().next()).value as RecordedEvent[];
    const { traits: _, ...data } = before!.data as { traits: unknown };
    const older = SqliteEventLog.open({ file: join(folder, `${files++}.db`) });
    await older.append('activity-lead-1', [{ id: before!.id, type: before!.type, data, metadata: before!.metadata }], { expected: 'any' });
    expect(await new Ingestion(older, { names: namesInClear, clock: Date.now }).ingest([capture()])).toMatchObject([
      { result: 'duplicate' },
    ]);
    await older.close();
  });
});
