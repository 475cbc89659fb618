import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { encodeCursor, LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { projectionSources } from '../setup/projections';
import { readSettings } from '../setup/settings';
import { apiOnFiles } from '../../test/support/owned-api.testing';
import type { Problem } from './problem-details';

let app: NestFastifyApplication;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-lists-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const engine = new ProjectionEngine({ log, store, sources: projectionSources(settings), decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  await log.appendMany([
    asAppend(recorded('LeadCaptured', { leadId: 'lead-1', accountId: 'acc-1', channel: 'form', profile: { name: '青山 晴香' } })),
    ...['deal-1', 'deal-2'].map((dealId) => asAppend(recorded('DealWon', { leadId: 'lead-1', dealId }))),
  ]);
  await readModels.reached(
    [
      'leads',
      'accounts',
      'handoffs',
      'scores',
      'notices',
      'shared-identities',
      'sales-work',
      'deal-leads',
      'deals',
      'targets',
      'cards',
      'relays',
      'audit',
    ],
    await log.head(),
    300_000,
  );
  const api = await apiOnFiles({ folder, log, store, readModels });
  await api.jobs.enqueue([{ id: 'job-1', queue: 'queue-1', payload: 1 }]);
  app = api.app;
  closing.push(
    () => api.close(),
    () => engine.stop(),
    () => store.close(),
    () => log.close(),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function ask(url: string): Promise<{ status: number; problem: Problem }> {
  const { statusCode, body } = await app.inject({ method: 'GET', url });
  return { status: statusCode, problem: JSON.parse(body) as Problem };
}

const withParameter = (url: string, name: string, value: string | number): string =>
  `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;

const LISTS: readonly [path: string, most: number, hasCursor: boolean][] = [
  ['/v1/leads', 200, true],
  ['/v1/inbox', 500, true],
  ['/v1/inbox/waiting', 500, true],
  ['/v1/targets', 500, true],
  ['/v1/reps/rep-1/day', 500, true],
  ['/v1/deals', 200, true],
  ['/v1/revisits', 500, true],
  ['/v1/questions', 500, true],
  ['/v1/cards', 500, true],
  ['/v1/notices', 500, true],
  ['/v1/relays', 500, true],
  ['/v1/audit', 500, true],
  ['/v1/cards/summary', 1_000, false],
  ['/v1/leads/duplicates', 200, true],
  ['/v1/leads/lead-1/timeline', 500, true],
  ['/v1/leads/lead-1/consent', 500, true],
  ['/v1/leads/lead-1/personal-data', 500, true],
  ['/v1/leads/lead-1/why', 1_000, true],
  ['/v1/retention/preview?months=36', 500, true],
  ['/v1/accounts/acc-1', 500, true],
  ['/v1/log/streams/activity-lead-1', 1_000, false],
  ['/v1/jobs/queue-1', 500, false],
];

it('There is a case for every list of the API', async () => {
  const { paths } = (await app.inject('/openapi.json')).json<{
    paths: Record<string, { get?: { parameters?: { name: string; in: string }[] } }>;
  }>();
  const taking = (name: string): string[] =>
    Object.entries(paths).flatMap(([path, { get }]) =>
      get?.parameters?.some((one) => one.in === 'query' && one.name === name) ? [path] : [],
    );
  // Asked of SQL, in a process of its own: test/sales/targets-and-board.e2e.ts.
  const asked = (name: string): string[] => taking(name).filter((path) => path !== '/v1/kpis/{kpi}/facts');
  const pathOf = (url: string): string =>
    url
      .replace(/\?.*/, '')
      .replace(/\/(lead-1|acc-1|rep-1)/, '/{id}')
      .replace(/activity-.*/, '{stream}')
      .replace('queue-1', '{queue}');
  expect(asked('limit').sort()).toEqual(LISTS.map(([url]) => pathOf(url)).sort());
  expect(asked('cursor').sort()).toEqual(LISTS.flatMap(([url, , hasCursor]) => (hasCursor ? [pathOf(url)] : [])).sort());
});

it('Every operation has a name of its own, by which clients are generated', async () => {
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, { operationId?: string }>> }>();
  const names = Object.values(paths).flatMap((path) => Object.values(path).flatMap(({ operationId }) => operationId ?? []));
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

describe.each(LISTS)('%s', (url, most) => {
  it('answers with limits that it has', async () => {
    for (const limit of [1, most]) expect((await ask(withParameter(url, 'limit', limit))).status).toBe(200);
  });

  it.each(['x', '', '0', '-1', '1.5', '1e2', ' 1', '0x10', String(most + 1), '9'.repeat(30)])('refuses the limit "%s"', async (limit) => {
    const errors = [{ pointer: '/limit', expected: `a whole number from 1 to ${most}`, got: JSON.stringify(limit) }];
    const { status, problem } = await ask(withParameter(url, 'limit', limit));
    expect([status, problem]).toEqual([
      400,
      {
        type: 'urn:leadlog:problem:400',
        title: 'Invalid request',
        status: 400,
        detail: `/limit: expected ${errors[0]!.expected}, got ${errors[0]!.got}`,
        errors,
      },
    ]);
  });
});

describe.each(LISTS.filter(([, , hasCursor]) => hasCursor))('%s', (url) => {
  const places = [{}, [], null, true, -1, 1.5, 'text', [1], [null, null], ['1', 'key'], [1, 2, 3], { rank: 1, key: 'lead-1' }];
  it.each(['', 'x', '%%%', 'ä', ...places.map(encodeCursor)])('refuses the cursor "%s"', async (cursor) => {
    const errors = [
      { pointer: '/cursor', expected: 'a cursor from an earlier page; start again without a cursor', got: JSON.stringify(cursor) },
    ];
    const { status, problem } = await ask(withParameter(url, 'cursor', cursor));
    expect([status, problem]).toEqual([
      400,
      {
        type: 'urn:leadlog:problem:400',
        title: 'Invalid request',
        status: 400,
        detail: `/cursor: expected ${errors[0]!.expected}, got ${errors[0]!.got}`,
        errors,
      },
    ]);
  });
});

it.each([
  [1, 'stream', 'none'],
  [1, 'stream', '-1'],
])('a timeline refuses a place without a revision: %s %s %s', async (...place) => {
  expect((await ask(`/v1/leads/lead-1/timeline?cursor=${encodeCursor(place)}`)).problem.errors).toMatchObject([{ pointer: '/cursor' }]);
});

describe.each([
  ['/v1/cards/summary', '2019-03-02'],
  ['/v1/relays/summary', '2019-12-02'],
])('%s', (url, from) => {
  it('is about so many days before the one that is asked for', async () => {
    const { body } = await app.inject(`${url}?to=2020-03-01`);
    expect(JSON.parse(body)).toMatchObject({ from, to: '2020-03-01' });
  });

  it.each([
    ['from=2026-02-01&to=2026-02-01', '/from', 'a day before 2026-02-01', '"2026-02-01"'],
    ['from=2026-02-02&to=2026-02-01', '/from', 'a day before 2026-02-01', '"2026-02-02"'],
    ['to=0000-01-01', '/to', '0001-01-01 or a day after it', '"0000-01-01"'],
  ])('refuses ?%s', async (span, pointer, expected, got) => {
    const { status, problem } = await ask(`${url}?${span}`);
    expect([status, problem.errors]).toEqual([400, [{ pointer, expected, got }]]);
  });

  it('begins with the first day that there is', async () => {
    expect((await ask(`${url}?to=0001-01-01`)).status).toBe(200);
  });
});

it('Notices of one lead are paged like all others', async () => {
  const pageAfter = async (cursor = '') =>
    (await app.inject(`/v1/notices?lead=lead-1&limit=1${cursor}`)).json<{
      items: { leadId: string; noticeId: string }[];
      nextCursor: string;
    }>();
  const first = await pageAfter();
  const second = await pageAfter(`&cursor=${first.nextCursor}`);
  expect([first.items, second.items]).toEqual([
    [expect.objectContaining({ leadId: 'lead-1' })],
    [expect.objectContaining({ leadId: 'lead-1' })],
  ]);
  expect(first.items[0]!.noticeId).not.toBe(second.items[0]!.noticeId);
  expect((await app.inject('/v1/notices?limit=1')).json()).toMatchObject({ items: first.items });
  expect((await ask('/v1/notices?lead=lead-1&cursor=x')).status).toBe(400);
});

it('Revisits refuse a day before the first', async () => {
  expect((await ask('/v1/revisits?until=0000-12-31')).problem.errors).toMatchObject([{ pointer: '/until' }]);
});
