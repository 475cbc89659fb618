import { addPerson, createKey, KnownAccess, makeLink, revokeKey, signInByLink, StartLink } from '@leadlog/access';
import { endSession } from '@leadlog/access/people/sign-in';
import { auditProjection } from '@leadlog/audit';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { Role } from '@leadlog/events';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection } from '@leadlog/handoff';
import { leadsProjection } from '@leadlog/lead';
import { join } from 'node:path';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import { at } from '../sales/stories/history.testing';
import { auditedAs } from './audit-requests';
import { ROUTES } from './routes';

describe('the audit', () => {
  it('has every route that changes something, and those by which somebody reads many people or all of one', () => {
    const audited = (kind: string | undefined) => Object.keys(ROUTES).filter((route) => auditedAs(route) === kind);
    expect(audited('read')).toEqual([
      'GET /v1/leads/:id/personal-data',
      'GET /v1/retention/preview',
      'POST /v1/sql',
      'POST /v1/reports/:name/run',
      'GET /v1/reports/:name/results/:id',
      'GET /v1/log/streams/:stream',
    ]);
    expect(audited('change').filter((route) => route.startsWith('GET '))).toEqual(['GET /sign-in/oidc/callback']);
    expect(audited(undefined).filter((route) => !route.startsWith('GET '))).toEqual([
      'POST /v1/events',
      'POST /v1/models/:id/validate',
      'POST /v1/models/:id/trials',
      'DELETE /v1/trials/:trial',
      'POST /v1/policies/:id/validate',
      'POST /v1/processes/:id/validate',
      'POST /v1/organisation/validate',
      'DELETE /v1/sql/questions/:id',
    ]);
  });
});

interface Entry {
  at: string;
  outcome: string;
  route: string;
  actor: { kind: string; id: string; by?: string; name?: string };
  address: string;
  leadId?: string;
  targets?: string[];
}

describe('who is recorded', () => {
  const engine = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }), handoffsProjection, auditProjection);
  const keys = new KnownAccess(engine.log);
  const of = new Map<Role, { keyId: string; key: string }>();
  let api: Awaited<ReturnType<typeof apiOnFiles>>;
  beforeAll(async () => {
    await engine.start();
    const handoff = { leadId: 'lead-1', handoffId: 'lead-1.1' };
    await engine.tell(
      recorded('LeadCaptured', { leadId: 'lead-1', channel: 'form', profile: { name: '田中 太郎' } }, { at: at(1, '09:00') }),
      recorded('LeadHandedOff', { ...handoff, runId: 'lead-1.run-1', acceptBy: at(1, '14:00'), contactBy: at(2) }, { at: at(1) }),
      recorded('LeadAssigned', { ...handoff, repId: 'rep-1', teamId: 'inside-1', method: 'weighted' }, { at: at(1) }),
    );
    const writer = { log: engine.log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
    for (const role of ['owner', 'analyst', 'rep', 'manager'] as const)
      of.set(role, await createKey(writer, { name: role, role, ...(role === 'rep' && { repId: 'rep-1' }) }));
    await keys.open();
    api = await apiOnFiles(engine, { access: keys });
  });
  afterAll(async () => {
    await api.close();
    await engine.end();
  });

  const as = (role: Role) => of.get(role)!.keyId;
  async function ask(route: string, role?: Role, payload?: object) {
    const [method, url] = route.split(' ') as ['GET', string];
    const headers = role && { authorization: `Bearer ${of.get(role)!.key}` };
    const { statusCode, body } = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: statusCode, body: (body.startsWith('{') ? JSON.parse(body) : {}) as Record<string, unknown> };
  }
  async function audit(query = ''): Promise<{ items: Entry[]; nextCursor?: string }> {
    await engine.folded();
    const { status, body } = await ask(`GET /v1/audit?${query}`, 'owner');
    expect(status).toBe(200);
    return body as never;
  }
  const latest = async (query = ''): Promise<Entry> => (await audit(query)).items[0]!;

  it('nothing of what was wrong, since nothing was told', async () => {
    expect((await ask('POST /v1/sql', 'analyst', {})).status).toBe(400);
    expect((await ask('POST /v1/handoffs/lead-1.1/reject', 'rep', { reason: 'no such reason' })).status).toBe(400);
    expect((await audit()).items).toEqual([]);
  });

  it('who is refused, once a minute, with a key or without one', async () => {
    for (let time = 0; time < 3; time++) {
      expect((await ask('POST /v1/sql', 'manager', { sql: 'SELECT 1' })).status).toBe(403);
      expect((await ask('POST /v1/keys', undefined, { name: 'x', role: 'owner' })).status).toBe(401);
    }
    const refused = (await audit()).items.filter(({ outcome }) => outcome === 'refused');
    expect(refused.map(({ route, actor }) => [route, actor.id]).sort()).toEqual([
      ['POST /v1/keys', 'unknown'],
      ['POST /v1/sql', as('manager')],
    ]);
  });

  it('who comes with what was revoked or has ended, by name; without all of it, nobody', async () => {
    const writer = { log: engine.log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
    const { key, keyId } = await createKey(writer, { name: 'former tool', role: 'owner' });
    const { personId } = await addPerson(writer, { name: '高橋 美咲', role: 'manager' });
    const { text, sessionId } = await signInByLink(writer, new StartLink(), (await makeLink(writer, personId)).token);
    await revokeKey(writer, keyId);
    await endSession(writer, sessionId);
    await keys.refresh();
    const headers = [{ authorization: `Bearer ${key}` }, { cookie: `leadlog=${text}`, 'sec-fetch-site': 'same-origin' }];
    for (const one of [...headers, { authorization: `Bearer ${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}` }])
      expect((await api.app.inject({ method: 'POST', url: '/v1/cards', headers: one, payload: {} })).statusCode).toBe(401);
    const theirs = (await audit()).items.filter(({ route }) => route === 'POST /v1/cards');
    expect(theirs.map(({ outcome, actor: { id, name } }) => [outcome, id, name])).toEqual([
      ['refused', personId, '高橋 美咲'],
      ['refused', keyId, 'former tool'],
    ]);
    expect((await audit(`key=${keyId}`)).items).toEqual([theirs[1]]);
  });

  it('who reads all of one person, and who acts on a lead and for whom', async () => {
    expect((await ask('GET /v1/leads/lead-1/personal-data', 'manager')).status).toBe(200);
    expect((await ask('GET /v1/log/streams/activity-lead-1', 'owner')).status).toBe(200);
    expect((await ask('POST /v1/handoffs/lead-1.1/accept', 'rep', {})).status).toBe(200);
    const { items } = await audit('lead=lead-1');
    expect(items.map(({ route, actor, leadId, targets }) => [route, actor.id, actor.by, leadId, targets])).toEqual([
      ['POST /v1/handoffs/:id/accept', 'rep-1', as('rep'), 'lead-1', ['lead-1.1']],
      ['GET /v1/log/streams/:stream', as('owner'), as('owner'), 'lead-1', ['activity-lead-1']],
      ['GET /v1/leads/:id/personal-data', as('manager'), as('manager'), 'lead-1', undefined],
    ]);
    expect((await audit('person=rep-1')).items).toEqual([items[0]]);
    expect((await audit(`key=${as('rep')}`)).items).toEqual([items[0]]);
    expect((await audit(`person=${as('rep')}`)).items).toEqual([items[0]]);
    expect((await audit(`lead=lead-1&key=${as('manager')}`)).items).toEqual([items[2]]);
    const [, { at: middle }] = items as [Entry, Entry];
    expect((await audit(`lead=lead-1&from=${encodeURIComponent(middle)}`)).items).toContainEqual(items[0]);
    expect((await audit(`lead=lead-1&to=${encodeURIComponent(middle)}`)).items).not.toContainEqual(items[0]);
  });

  it('who changes keys and read models', async () => {
    const { body } = await ask('POST /v1/keys', 'owner', { name: 'x', role: 'operator' });
    expect((await ask(`POST /v1/keys/${String(body['keyId'])}/revoke`, 'owner')).status).toBe(200);
    expect(await latest()).toMatchObject({ route: 'POST /v1/keys/:id/revoke', targets: [body['keyId']], actor: { id: as('owner') } });
    expect((await ask('POST /v1/projections/leads/pause', 'owner')).status).toBe(200);
    expect((await ask('POST /v1/projections/leads/resume', 'owner')).status).toBe(200);
    expect(await latest()).toMatchObject({ route: 'POST /v1/projections/:name/resume', targets: ['leads'] });
  });

  it('page by page, each entry once', async () => {
    const all = (await audit('limit=500')).items;
    const found: Entry[] = [];
    for (let cursor = ''; ;) {
      const page = await audit(`limit=2${cursor && `&cursor=${cursor}`}`);
      found.push(...page.items);
      if (page.nextCursor === undefined) break;
      cursor = page.nextCursor;
    }
    expect(found).toEqual(all);
  });

  it('or they get no answer: where it cannot be recorded, nothing is read', async () => {
    const log = SqliteEventLog.open({ file: join(engine.folder, 'log.db'), readOnly: true });
    const deaf = await apiOnFiles({ ...engine, log }, { access: keys });
    try {
      const headers = { authorization: `Bearer ${of.get('owner')!.key}` };
      const asked = await deaf.app.inject({ url: '/v1/log/streams/activity-lead-1', headers });
      expect(asked.statusCode).toBeGreaterThanOrEqual(500);
      expect(asked.headers['content-type']).toContain('application/problem+json');
      expect(asked.body).not.toContain('田中');
      // What is not audited is answered all the same.
      expect((await deaf.app.inject({ url: '/v1/log/head', headers })).statusCode).toBe(200);
    } finally {
      await deaf.close();
      await log.close();
    }
  });
});
