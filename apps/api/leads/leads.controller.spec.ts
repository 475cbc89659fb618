import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { EVENT_LOG } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection } from '@leadlog/handoff';
import { GetDisqualifiedHandler, GetLeadsOfHandler, GetLivesHandler, PAUSE_OF } from '@leadlog/handoff/handoff.handlers';
import { accountsProjection, IDENTITY_NAMES, leadsProjection, namesInClear } from '@leadlog/lead';
import { LeadModule } from '@leadlog/lead/lead.module';
import { fromCode, LiveReadModels, ProjectionEngine, READ_MODELS, READ_MODEL_STORE, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { parseModel, scoresSource } from '@leadlog/scoring';
import { ScoringModule } from '@leadlog/scoring/scoring.module';
import { CLOCK } from '@leadlog/time';
import { ProblemFilter } from '../problem-details';
import { AccountsController } from './accounts.controller';
import type { LeadPage } from './leads.answers';
import { LeadsController } from './leads.controller';

const timezone = 'Asia/Tokyo';
let app: NestFastifyApplication;
let log: SqliteEventLog;
let readModels: LiveReadModels;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-api-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const model = parseModel(readFileSync('libs/scoring/models/engagement.yaml', 'utf8'));
  const sources = [
    fromCode(leadsProjection({ timezone }) as Projection),
    fromCode(accountsProjection as Projection),
    fromCode(handoffsProjection as Projection),
    scoresSource(model),
  ];
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  await engine.start();
  readModels = new LiveReadModels(store);
  for (const event of [
    recorded(
      'LeadCaptured',
      { leadId: 'lead-1', accountId: 'acc-1', channel: 'form', origin: 'social', profile: { name: '青山 晴香' } },
      { at: '2026-06-01T10:00:00+09:00' },
    ),
    recorded('CallCompleted', { leadId: 'lead-1', outcome: 'reached' }, { at: '2026-06-02T10:00:00+09:00' }),
    recorded('LeadCaptured', { leadId: 'lead-2', channel: 'form', profile: { name: '白川 透' } }, { at: '2026-06-03T10:00:00+09:00' }),
    ...['lead-3', 'lead-4'].flatMap((leadId) => [
      recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: '黒川 進' } }, { at: '2026-05-01T10:00:00+09:00' }),
      recorded('LeadTierChanged', { leadId, modelId: 'engagement', from: 'cold', to: 'hot' }, { at: '2026-05-02T10:00:00+09:00' }),
    ]),
    recorded('LeadHandedOff', { leadId: 'lead-4', handoffId: 'lead-4.1', runId: 'lead-4.run-1' }, { at: '2026-05-03T10:00:00+09:00' }),
    recorded(
      'LeadAssigned',
      { leadId: 'lead-4', handoffId: 'lead-4.1', repId: 'rep-7', teamId: 'inside-1' },
      { at: '2026-05-03T10:00:01+09:00' },
    ),
    recorded('LeadDisqualified', { leadId: 'lead-3', reason: 'student' }, { at: '2026-05-04T10:00:00+09:00' }),
  ]) {
    await log.appendMany([asAppend(event)]);
  }
  await readModels.reached(['leads', 'accounts', 'handoffs', 'scores'], await log.head(), 300_000);

  @Global()
  @Module({
    providers: [
      { provide: EVENT_LOG, useValue: log },
      { provide: READ_MODELS, useValue: readModels },
      { provide: READ_MODEL_STORE, useValue: store },
      { provide: CLOCK, useValue: Date.now },
      { provide: PAUSE_OF, useValue: () => undefined },
      { provide: IDENTITY_NAMES, useValue: namesInClear },
    ],
    exports: [EVENT_LOG, READ_MODELS, READ_MODEL_STORE, CLOCK, PAUSE_OF, IDENTITY_NAMES],
  })
  class StorageModule {}

  const module = await Test.createTestingModule({
    imports: [CqrsModule.forRoot(), StorageModule, LeadModule.for({ timezone, forgets: false }), ScoringModule.for({ timezone })],
    controllers: [LeadsController, AccountsController],
    providers: [GetLivesHandler, GetLeadsOfHandler, GetDisqualifiedHandler],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  app.useGlobalFilters(new ProblemFilter());
  await app.init();
  closing.push(
    () => app.close(),
    () => engine.stop(),
    () => log.close(),
    () => store.close(),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function get(url: string) {
  const { statusCode, body } = await app.inject({ method: 'GET', url });
  return [statusCode, JSON.parse(body)] as const;
}

describe('leads and accounts over HTTP', () => {
  it('lists leads page by page, and says as of which position', async () => {
    const [status, first] = await get('/v1/leads?limit=1');
    expect([status, first]).toEqual([
      200,
      {
        items: [expect.objectContaining({ leadId: 'lead-2', state: expect.any(String) })],
        leadsInAll: 4,
        nextCursor: expect.any(String),
        position: expect.stringMatching(/^\d+$/),
      },
    ]);
    const [, second] = await get(`/v1/leads?limit=1&cursor=${first.nextCursor}`);
    expect(second.items).toEqual([
      expect.objectContaining({ leadId: 'lead-1', origin: 'social', lastActivityAt: '2026-06-01T01:00:00.000Z' }),
    ]);
  });

  it('finds by words', async () => {
    const [, page] = await get(`/v1/leads?q=${encodeURIComponent('白川')}`);
    expect(page.items.map(({ leadId }: { leadId: string }) => leadId)).toEqual(['lead-2']);
  });

  it('tells where a lead is in its life and who has it, and lists nobody by tier who was given up', async () => {
    const [, lead] = await get('/v1/leads/lead-4');
    expect(lead).toMatchObject({ state: 'handed-off', run: 1, handoffId: 'lead-4.1', repId: 'rep-7', teamId: 'inside-1', tier: 'hot' });
    expect((await get('/v1/leads/lead-3'))[1]).toMatchObject({ state: 'disqualified' });
    for (const query of ['tier=hot', 'tier=hot&q=黒川', 'tier=hot&limit=1', 'sort=score&q=黒川']) {
      expect((await get(`/v1/leads?${encodeURI(query)}`))[1].items.map(({ leadId }: { leadId: string }) => leadId)).toEqual(['lead-4']);
    }
    expect((await get(`/v1/leads?${encodeURI('q=黒川')}`))[1].items).toHaveLength(2);
  });

  it('gives one lead, its timeline in either lane, and its account', async () => {
    expect(await get('/v1/leads/lead-1')).toEqual([
      200,
      expect.objectContaining({ leadId: 'lead-1', accountId: 'acc-1', counts: { CallCompleted: 1 } }),
    ]);
    const [, timeline] = await get('/v1/leads/lead-1/timeline?lane=seller');
    expect(timeline.items).toEqual([
      expect.objectContaining({ type: 'CallCompleted', lane: 'seller', occurredAt: '2026-06-02T01:00:00.000Z' }),
    ]);
    // What its only person did is long ago, so nobody is active.
    const score = {
      axis: 'engagement',
      points: 0,
      active: [],
      activePeople: 0,
      missingRoles: ['champion', 'decisionMaker', 'user', 'influencer'],
    };
    expect(await get('/v1/accounts/acc-1')).toEqual([
      200,
      expect.objectContaining({ people: [expect.objectContaining({ leadId: 'lead-1' })], score, missingRoles: score.missingRoles }),
    ]);
  });

  it.each(['/v1/leads/nobody', '/v1/leads/nobody/timeline', '/v1/accounts/nobody'])(
    'answers 404 where nothing is known: %s',
    async (url) => {
      const [status, body] = await get(url);
      expect([status, body.detail]).toEqual([
        404,
        expect.stringMatching(/^\/id: expected (a lead of which|an account that) .*, got "nobody"$/),
      ]);
    },
  );

  it.each([
    ['/v1/leads?limit=0', '/limit: expected a whole number from 1 to 200, got "0"'],
    ['/v1/leads?sort=name', '/sort: expected one of recent, captured, score, got "name"'],
    ['/v1/leads?cursor=x', '/cursor: expected a cursor from an earlier page; start again without a cursor, got "x"'],
    ['/v1/leads/lead-1/timeline?lane=both', '/lane: expected one of customer, seller, engine, got "both"'],
  ])('refuses %s and says what was expected', async (url, message) => {
    const [status, body] = await get(url);
    expect([status, body.detail]).toEqual([400, message]);
  });

  it('lists by score those at the cap by what is above it, and says it', async () => {
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    for (const [leadId, times] of [
      ['lead-7', 6],
      ['lead-8', 4],
      ['lead-9', 5],
    ] as const) {
      await log.appendMany(
        [
          recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: '赤坂 実' } }, { at: minutesAgo(60) }),
          ...Array.from({ length: times }, () => recorded('InquiryReceived', { leadId, kind: 'demo' }, { at: minutesAgo(60 - times) })),
        ].map(asAppend),
      );
    }
    await readModels.reached(['leads', 'handoffs', 'scores'], await log.head(), 300_000);
    const { items } = (await get(`/v1/leads?sort=score&q=${encodeURIComponent('赤坂')}`))[1] as LeadPage;
    expect(items.map(({ leadId, scores: { engagement }, uncapped }) => [leadId, engagement, Math.ceil(uncapped['engagement']!)])).toEqual([
      ['lead-7', 100, 240],
      ['lead-9', 100, 200],
      ['lead-8', 100, 160],
    ]);
    expect((await get('/v1/leads/lead-9'))[1]).toMatchObject({
      scores: { engagement: 100, fit: 0 },
      uncapped: { engagement: expect.closeTo(200, 0), fit: 0 },
    });
  });
});
