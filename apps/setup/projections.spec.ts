import { namesInClear } from '@leadlog/lead';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Append, EventLog, ReadOptions } from '@leadlog/event-log';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { auditStream, decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { Ingestion, parseStructured } from '@leadlog/ingestion';
import { LiveReadModels, ProjectionEngine, type ReadModelStore } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { MAIN_SCORES, scoresBeside } from '@leadlog/scoring';
import { simulate } from '@leadlog/simulation';
import { startEventStoreServer, type EventStoreServer } from '../../test/support/eventstoredb/server';
import { startRedisServer, type RedisServer } from '../../test/support/redis-server';
import { readSettings } from './settings';
import { projectionSources, readableWith } from './projections';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-projections-'));
const prefix = `leadlog-test-${randomUUID()}`;
let files = 0;
let eventStore: EventStoreServer | undefined;
let redis: RedisServer | undefined;
let eventStoreUrl: string;
let redisUrl: string;
let history: Append[];

beforeAll(async () => {
  if (!process.env.EVENTSTORE_URL) eventStore = await startEventStoreServer();
  if (!process.env.REDIS_URL) redis = await startRedisServer();
  eventStoreUrl = process.env.EVENTSTORE_URL ?? eventStore!.url;
  redisUrl = process.env.REDIS_URL ?? redis!.url;
  history = await livedHistory();
});
afterAll(async () => {
  const client = new Redis(redisUrl);
  const keys = await client.keys(`*${prefix}*`);
  if (keys.length > 0) await client.unlink(...keys);
  client.disconnect();
  await eventStore?.end();
  await redis?.end();
  rmSync(folder, { recursive: true });
});

const openFile = () => SqliteEventLog.open({ file: join(folder, `log-${(files += 1)}.db`) });

it('a program reads what its own folds made, under any model and in any time zone, and no other', () => {
  const readable = readableWith(projectionSources(readSettings({ LEADLOG_TIMEZONE: 'America/New_York' })));
  for (const { name, current } of projectionSources(readSettings({}))) {
    const { version } = current().projection;
    expect([name, readable({ projection: name, version })]).toEqual([name, true]);
    expect([name, readable({ projection: name, version: version.replace(/^\d+/, (fold) => String(Number(fold) + 1)) })]).toEqual([
      name,
      false,
    ]);
  }
  // Folds of a number that is no longer used did not keep what is asked for now, such as what a call has covered.
  expect(readable({ projection: 'sales-work', version: '1-Asia/Tokyo' })).toBe(false);
  const scores = projectionSources(readSettings({}))
    .find(({ name }) => name === MAIN_SCORES)!
    .current().projection.version;
  expect(readable({ projection: scoresBeside('another'), version: `${scores.split('-')[0]}-of-another` })).toBe(true);
  expect(readable({ projection: 'of-another-program', version: '1' })).toBe(false);
});

const pairs: { name: string; openLog: () => Promise<EventLog>; openStore: () => Promise<ReadModelStore> }[] = [
  {
    name: 'on sqlite',
    openLog: async () => openFile(),
    openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${(files += 1)}.db`) }),
  },
  {
    name: 'on eventstoredb + redis',
    openLog: async () => EventStoreDbEventLog.open({ url: eventStoreUrl, namespace: `test-${randomUUID()}.` }),
    openStore: () => RedisReadModelStore.open({ url: redisUrl, prefix: `${prefix}-${(files += 1)}` }),
  },
];

// Every projection that a worker runs, also one that is added later, over the same history on each pair of adapters.
describe.each(pairs)('$name', ({ openLog, openStore }) => {
  for (const source of projectionSources(readSettings({}))) {
    projectionContract(source.name, async () => ({ projection: source.current().projection, decode, history, openLog, openStore }));
  }
});

it('are built together in parts of the keys that are each given their own events, and little more', async () => {
  const log = openFile();
  await log.appendMany(history);
  let given = 0;
  const counted = new Proxy(log, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown;
      if (name === 'read')
        return async function* (options: ReadOptions) {
          for await (const slice of target.read(options)) {
            given += slice.events.length;
            yield slice;
          }
        };
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
  const store = SqliteReadModelStore.open({ file: join(folder, `read-models-${(files += 1)}.db`) });
  const sources = projectionSources(readSettings({}));
  const parts = 8;
  const engine = new ProjectionEngine({
    log: counted,
    store,
    sources,
    decode,
    clock: Date.now,
    eventsInPart: Math.ceil(history.length / parts),
  });
  await engine.start();
  await new LiveReadModels(store).reached(
    sources.map(({ name }) => name),
    await log.head(),
    300_000,
  );
  await engine.stop();
  // Once by the parts, once by what no stream's name tells, and those of deals, which are in every part.
  const ofDeals = history.filter(({ stream }) => !/^(lead|activity|model|identity)-/.test(stream)).length;
  expect(given).toBeLessThan(2 * history.length + parts * ofDeals);
  expect(given).toBeGreaterThan(history.length);
  await store.close();
  await log.close();
});

/** A month of a small company as ingestion records it, and what the engine and sales decided about some of its leads. */
async function livedHistory(): Promise<Append[]> {
  const log = openFile();
  const to = new Date('2026-06-29T00:00:00+09:00');
  const events = simulate({ seed: 4, from: new Date(to.getTime() - 28 * 86_400_000), to, accounts: 12, reps: 4 });
  const ingestion = new Ingestion(log, { names: namesInClear, clock: () => to.getTime() });
  await ingestion.ingest([...events].map(parseStructured));
  // Three named leads of one address, two of whom are kept apart; and two of an address that is kept apart as a whole.
  const captured = (leadId: string, email: string) => ({ type: 'LeadCaptured', data: { leadId, channel: 'form', profile: { email } } });
  const shared = [
    ...['twin-1', 'twin-2', 'twin-3'].map((leadId) => captured(leadId, 'info@twins.example')),
    ...['desk-1', 'desk-2'].map((leadId) => captured(leadId, 'desk@twins.example')),
  ];
  const told = [
    ...shared,
    { type: 'LeadsKeptApart', data: { leadId: 'twin-1', otherId: 'twin-2' } },
    { type: 'IdentityKeptApart', data: { identity: { email: 'desk@twins.example' } } },
  ];
  await ingestion.ingest(
    told.map((one, n) =>
      parseStructured({ specversion: '1.0', id: `twin-${n}`, source: 'spec', time: '2026-06-20T10:00:00+09:00', ...one }),
    ),
  );
  const appends: Append[] = [];
  for await (const slice of log.read()) {
    for (const { id, type, stream, data, metadata } of slice.events)
      appends.push({ stream, events: [{ id, type, data: data as object, metadata }], expected: 'any' });
  }
  await log.close();
  const leads = appends.flatMap(({ events: [event] }) =>
    event!.type === 'LeadCaptured' ? [(event!.data as { leadId: string }).leadId] : [],
  );
  const at = '2026-06-30T10:00:00+09:00';
  const later = leads.slice(0, 8).flatMap((leadId, n) => {
    const handoffId = `${leadId}.1`;
    const hot = recorded('LeadTierChanged', { leadId, modelId: 'engagement', to: 'hot' }, { at });
    const handed = [recorded('LeadHandedOff', { leadId, handoffId }, { at }), recorded('LeadAssigned', { leadId, handoffId }, { at })];
    return [
      hot,
      ...handed,
      n % 2 ? recorded('HandoffAccepted', { leadId, handoffId }, { at }) : recorded('LeadReturned', { leadId }, { at }),
    ];
  });
  const [merged, survivorId] = leads.slice(-2) as [string, string];
  const page = recorded('WebPageViewed', { leadId: merged }, { at });
  const merge = recorded('LeadsMerged', { leadId: merged, mergedId: merged, survivorId }, { at });
  const corrections = [
    page,
    merge,
    recorded('TouchpointInvalidated', { leadId: merged, targetEventId: page.id }),
    recorded('LeadsMerged', { leadId: leads[0]!, mergedId: leads[0]!, survivorId: leads[1]! }),
  ];
  const definition = { model: 'engagement', axes: {} };
  const models = [
    recorded('ScoringModelDrafted', { definition, version: 'a' }),
    recorded('ScoringModelPublished', { definition, version: 'a' }),
    recorded('ScoringModelPublished', { definition, version: 'b', mode: 'prospective', handoffs: 'trickle', perDay: 3 }),
    recorded('ScoringModelPublished', { modelId: 'second', definition, version: 'c' }),
    recorded('ScoringModelRetired', { modelId: 'second', version: 'c' }),
  ];
  const documents = [
    recorded('KpiTargetSet'),
    recorded('RequestAudited', {}, { stream: auditStream(Date.parse(at)) }),
    recorded('SalesProcessDrafted', { version: 'a' }),
    recorded('SalesProcessPublished', { version: 'a' }),
    recorded('OrganisationDrafted', { version: 'a' }),
    recorded('OrganisationPublished', { version: 'a' }),
    recorded('HandoffPolicyDrafted', { version: 'a' }),
    recorded('HandoffPolicyPublished', { version: 'a' }),
    recorded('HandoffPolicyDrafted', { policyId: 'second', version: 'b' }),
  ];
  const targets = [
    recorded('KpiTargetSet', {}, { at }),
    recorded('KpiTargetSet', { value: 90 }, { at }),
    recorded('KpiTargetSet', { scope: 'rep', scopeId: 'rep-07' }, { at }),
  ];
  return [
    ...appends,
    ...targets.map(asAppend),
    ...models.map(asAppend),
    ...documents.map(asAppend),
    ...later.map(asAppend),
    ...corrections.map(asAppend),
    asAppend(recorded('MergeReverted', { leadId: merged, mergeEventId: merge.id })),
  ];
}
