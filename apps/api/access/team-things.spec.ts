import { createKey, KnownAccess } from '@leadlog/access';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { cardsProjection, handoffKpis, handoffsProjection, relaysProjection } from '@leadlog/handoff';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { alwaysAtWork } from '@leadlog/organisation';
import { dealLeads } from '@leadlog/sales';
import type { Problem } from '../problem-details';
import { at } from '../sales/stories/history.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import { ROLE_PERMISSIONS } from './roles';
import { ROUTES } from './routes';
import { isForTeams, OF_TEAMS } from './team-things';

const handedTo = (repId: string, teamId: string, leadId: string) => {
  const handoff = { leadId, handoffId: `${leadId}.1` };
  return [
    recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1, '09:00') }),
    recorded('LeadHandedOff', { ...handoff, runId: `${leadId}.run-1`, acceptBy: at(1, '14:00'), contactBy: at(2) }, { at: at(1) }),
    recorded('LeadAssigned', { ...handoff, repId, teamId, method: 'weighted' }, { at: at(1) }),
  ];
};

const engine = engineOnFiles(
  leadsProjection({ timezone: 'Asia/Tokyo' }),
  accountsProjection,
  handoffsProjection,
  handoffKpis({ timezone: 'Asia/Tokyo' }),
  cardsProjection,
  relaysProjection,
  dealLeads(),
);
let key: string;
let api: Awaited<ReturnType<typeof apiOnFiles>>;

beforeAll(async () => {
  const { log } = engine;
  await engine.start();
  await engine.tell(
    ...handedTo('ours-1', 'ours', 'our-lead'),
    ...handedTo('theirs-1', 'theirs', 'their-lead'),
    recorded('LeadCaptured', { leadId: 'nobodys', channel: 'form' }, { at: at(1, '09:00') }),
  );
  const keys = new KnownAccess(log);
  const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
  key = (await createKey(writer, { name: 'm', role: 'manager', teams: ['ours', 'ours-too'] })).key;
  await keys.open();
  const reps = [
    { id: 'ours-1', team: 'ours', weight: 1 },
    { id: 'ours-2', team: 'ours-too', weight: 1 },
    { id: 'theirs-1', team: 'theirs', weight: 1 },
  ];
  api = await apiOnFiles(engine, { access: keys, organisation: () => alwaysAtWork(reps, 'Asia/Tokyo') });
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

type Answer = { status: number; body: Problem & { items?: { leadId: string }[] } };
async function ask(route: string, payload?: object): Promise<Answer> {
  const [method, url] = route.split(' ') as ['GET', string];
  const { statusCode, body } = await api.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${key}` },
    ...(payload && { payload }),
  });
  return { status: statusCode, body: (body.startsWith('{') ? JSON.parse(body) : {}) as Answer['body'] };
}

/** A request to a route about what is of one of the teams, or of another: the parts that `of` names, each from `whose`. */
function asked(route: string, whose: { lead: string; rep: string; team: string }): [string, object?] {
  const of = OF_TEAMS[route]!;
  const id = of.rep ? whose.rep : of.handoff ? `${whose.lead}.1` : whose.lead;
  const filter = of.filter && { rep: `?rep=${whose.rep}`, orTeam: `?team=${whose.team}`, lead: `?lead=${whose.lead}` }[of.filter];
  const body = {
    ...Object.fromEntries([...(of.reps ?? [])].map((name) => [name, whose.rep])),
    ...Object.fromEntries([...(of.leads ?? [])].map((name) => [name, whose.lead])),
    ...(of.cards && { cards: [{ cardId: 'c-1', repId: whose.rep, leadId: whose.lead, exchangedAt: at(1), profile: { name: '佐藤' } }] }),
    ...(of.target && { scope: 'team', scopeId: whose.team, kpi: 'calls', period: '2026-11', value: 10 }),
  };
  return [route.replace(':id', id) + (filter ?? ''), route.startsWith('GET') ? undefined : body];
}

const OURS = { lead: 'our-lead', rep: 'ours-1', team: 'ours' };
const THEIRS = { lead: 'their-lead', rep: 'theirs-1', team: 'theirs' };

describe('a manager whose key is bound to teams', () => {
  it.each(Object.keys(OF_TEAMS))('%s: of the teams, and of nobody else, whether it exists or not', async (route) => {
    const ours = await ask(...asked(route, OURS));
    expect([route, ours.status === 403 || ours.status === 401]).toEqual([route, false]);
    for (const whose of [THEIRS, { lead: 'nobody', rep: 'nobody', team: 'nobody' }]) {
      const { status, body } = await ask(...asked(route, whose));
      expect([route, status, body.errors]).toEqual([
        route,
        403,
        [expect.objectContaining({ expected: expect.stringContaining('ours, ours-too') as string })],
      ]);
      expect(JSON.stringify(body)).not.toContain(whose === THEIRS ? 'theirs-1.' : 'nobody.');
    }
  });

  it('does nothing else with people, and publishes nothing for all', async () => {
    const others = Object.entries(ROUTES).filter(
      ([route, needed]) => ROLE_PERMISSIONS.manager.includes(needed as never) && !isForTeams(route),
    );
    expect(others.map(([route]) => route)).toEqual(expect.arrayContaining(['GET /v1/leads/duplicates', 'POST /v1/organisation/publish']));
    for (const [route] of others) {
      const { status, body } = await ask(route.replaceAll(/:\w+/g, 'x'), route.startsWith('GET') ? undefined : {});
      expect([route, status, body.errors]).toMatchObject([
        route,
        403,
        [{ pointer: '/authorization', expected: 'a key that is not bound to teams' }],
      ]);
    }
  });

  it('reads numbers and documents of all, as its role does, but no trial, which names leads', async () => {
    expect(isForTeams('GET /v1/trials/:trial')).toBe(false);
    for (const path of ['/v1/schemas', '/v1/keys/current']) expect([path, (await ask(`GET ${path}`)).status]).toEqual([path, 200]);
    for (const route of ['GET /v1/kpis', 'GET /v1/board', 'GET /v1/targets', 'GET /v1/processes/:id', 'GET /v1/models'])
      expect([route, isForTeams(route)]).toEqual([route, true]);
  });

  it.each([
    ['POST /v1/handoffs/our-lead.1/accept', { repId: 'theirs-1' }, '/repId'],
    ['POST /v1/handoffs/our-lead.1/assign', { repId: 'theirs-1', reason: 'x' }, '/repId'],
    ['POST /v1/handoffs/their-lead.1/assign', { repId: 'ours-1', reason: 'x' }, '/id'],
    ['POST /v1/reps/ours-1/hand-over', { reason: 'x' }, '/to'],
    ['POST /v1/leads/our-lead/merge', { mergedId: 'their-lead' }, '/mergedId'],
    ['POST /v1/cards', { cards: [{ cardId: 'c-2', repId: 'ours-1', leadId: 'their-lead' }] }, '/cards/0/leadId'],
    ['GET /v1/inbox', undefined, '/rep'],
    ['GET /v1/inbox?team=ours&rep=theirs-1', undefined, '/rep'],
    ['GET /v1/notices', undefined, '/lead'],
    ['PUT /v1/targets', { scope: 'joint', kpi: 'calls', period: '2026-11', value: 1 }, '/scope'],
    ['PUT /v1/targets', { scope: 'rep', scopeId: 'theirs-1', kpi: 'calls', period: '2026-11', value: 1 }, '/scopeId'],
  ] as const)('is refused what is partly of others: %s %j', async (route, body, pointer) => {
    expect(await ask(route, body)).toMatchObject({ status: 403, body: { errors: [{ pointer }] } });
  });

  it('records what was done with the deals of its leads and with new ones, and ends no deal of others', async () => {
    await engine.tell(
      ...handedTo('ours-1', 'ours', 'our-customer'),
      recorded('DealOpened', { leadId: 'our-customer', dealId: 'our-deal', repId: 'ours-1' }, { at: at(2) }),
      recorded('DealOpened', { leadId: 'their-lead', dealId: 'their-deal', repId: 'theirs-1' }, { at: at(2) }),
    );
    const record = (type: string, data: object) =>
      ask('POST /v1/leads/our-customer/activities', { repId: 'ours-1', activities: [{ type, time: at(3), data }] });
    const lost = { reason: 'x', declaredBy: 'customer' };
    const refusal = [{ pointer: '/activities/0/data/dealId', expected: 'a deal of this lead, or a new one' }];
    expect(await record('DealLost', { ...lost, dealId: 'their-deal' })).toMatchObject({ status: 403, body: { errors: refusal } });
    // A lead whose deal has ended is with nobody.
    expect((await record('DealOpened', { dealId: 'new-deal' })).status).toBe(200);
    expect((await record('DealLost', { ...lost, dealId: 'our-deal' })).status).toBe(200);
  });

  it('has of a lead that was merged what is with its teams, and leaves the rest with others', async () => {
    await engine.tell(
      ...handedTo('ours-1', 'ours', 'pair-1'),
      ...handedTo('theirs-1', 'theirs', 'pair-2'),
      recorded('LeadsMerged', { leadId: 'pair-2', survivorId: 'pair-1', mergedId: 'pair-2' }, { at: at(1, '12:00') }),
    );
    for (const [route, body, pointer] of [
      ['POST /v1/handoffs/pair-2.1/assign', { repId: 'ours-1', reason: 'x' }, '/id'],
      ['POST /v1/leads/pair-1/return', { handoffId: 'pair-2.1', reason: 'later' }, '/handoffId'],
      ['POST /v1/handoffs/pair-1.1/accept', { repId: 'ours-1', teamId: 'theirs' }, '/teamId'],
    ] as const)
      expect(await ask(route, body)).toMatchObject({ status: 403, body: { errors: [{ pointer }] } });
    expect((await ask('POST /v1/handoffs/pair-1.1/accept', { repId: 'ours-1', teamId: 'ours' })).status).toBe(200);
  });

  it('gives a handoff from one of its teams to another, and lists what is with them', async () => {
    expect((await ask('POST /v1/handoffs/our-lead.1/assign', { repId: 'ours-2', reason: '担当替え' })).status).toBe(200);
    await engine.folded();
    expect((await ask('GET /v1/inbox?rep=ours-2')).body.items!.map(({ leadId }) => leadId)).toEqual(['our-lead']);
    expect((await ask('GET /v1/leads/our-lead/consent')).status).toBe(200);
  });
});
