import { join } from 'node:path';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { addPerson, createKey, KnownAccess, LastUses, makeLink, newKey, revokeKey, signInByLink, StartLink } from '@leadlog/access';
import { SqliteKeyUses } from '@leadlog/access/sqlite/sqlite-key-uses';
import { ROLES, type PersonRole, type Role } from '@leadlog/events';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import type { Problem } from '../problem-details';
import { OWN } from './own-things';
import { requireAccess } from './require-access';
import { PERMISSIONS, ROLE_PERMISSIONS } from './roles';
import { ROUTES } from './routes';
import { SessionCookie } from './session-cookie';

const engine = engineOnFiles();
const { log } = engine;
const keys = new KnownAccess(log);
const of = new Map<Role, string>();
/** What a browser sends of somebody of the role who has signed in; nobody of role sender does. */
const browserOf = new Map<Role, Record<string, string>>();
let revoked: string;
let sender: string;
let api: Awaited<ReturnType<typeof apiOnFiles>>;
let app: NestFastifyApplication;
const uses = new LastUses(new SqliteKeyUses(join(engine.folder, 'key-uses.db')), fail);
const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };

beforeAll(async () => {
  for (const role of ROLES) of.set(role, (await createKey(writer, { name: role, role, ...(role === 'rep' && { repId: 'rep-1' }) })).key);
  for (const role of ROLES) if (role !== 'sender') browserOf.set(role, await signedIn(role));
  sender = (await createKey(writer, { name: 'cards', role: 'sender', source: '/cards', types: ['WebPageViewed', 'LeadCaptured'] })).key;
  const gone = await createKey(writer, { name: 'gone', role: 'owner' });
  await revokeKey(writer, gone.keyId);
  revoked = gone.key;
  await keys.open();
  api = await apiOnFiles(engine, { access: keys, docs: true, uses });
  app = api.app;
});
afterAll(async () => {
  await api.close();
  await uses.close();
  await engine.end();
});

async function signedIn(role: PersonRole): Promise<Record<string, string>> {
  const { personId } = await addPerson(writer, { name: role, role, ...(role === 'rep' && { repId: 'rep-1' }) });
  const { text } = await signInByLink(writer, new StartLink(), (await makeLink(writer, personId)).token);
  return { cookie: `leadlog=${text}`, origin: 'http://localhost', host: 'localhost' };
}

type Asked = { status: number; problem: Problem; headers: Record<string, unknown> };
async function ask(route: string, key?: string, more: Record<string, string> = {}, payload?: string): Promise<Asked> {
  const [method, path] = route.split(' ') as ['GET', string];
  const { statusCode, body, headers } = await app.inject({
    method,
    url: path.replaceAll(/:\w+/g, 'x'),
    headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...more },
    ...(payload !== undefined && { payload }),
  });
  return { status: statusCode, problem: (body.startsWith('{') ? JSON.parse(body) : {}) as Problem, headers };
}
function fail(message: string, error: unknown): never {
  throw new Error(message, { cause: error });
}
const isRefused = ({ status }: Asked) => status === 401 || status === 403;

describe('every route', () => {
  it('of the document is in the table, and every line of the table is a route', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, unknown>> }>();
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const undocumented = [
      'GET /',
      'GET /metrics',
      'GET /openapi.json',
      'GET /openapi.yaml',
      'GET /sign-in',
      'GET /sign-in/page.js',
      'GET /sign-in/oidc',
      'GET /sign-in/oidc/callback',
    ];
    expect([...new Set([...documented, ...undocumented])].sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('that the table does not know keeps the API from starting', () => {
    const server = new FastifyAdapter().getInstance();
    requireAccess(server as never, { access: keys, clock: Date.now, cookie: new SessionCookie(false), hosts: new Set() });
    expect(() => server.get('/v1/forgotten', () => 'all of it')).toThrow('GET /v1/forgotten needs its line in apps/api/access/routes.ts');
  });

  it("of what is a representative's own is one that there is", () =>
    expect(Object.keys(OWN).filter((route) => !(route in ROUTES))).toEqual([]));

  const routes = Object.entries(ROUTES).map(([route, needed]) => ({ route, needed }));

  it.each(routes)('$route without a key: $needed', async ({ route, needed }) => {
    const asked = await ask(route);
    if (needed === 'public') return expect(isRefused(asked)).toBe(false);
    expect(asked).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer', 'content-type': 'application/problem+json; charset=utf-8' },
      problem: { errors: [{ pointer: '/authorization', expected: expect.stringContaining('an access key'), got: 'nothing' }] },
    });
  });

  it.each(routes.flatMap((one) => ROLES.map((role) => ({ ...one, role }))))('$route as $role: $needed', async ({ route, needed, role }) => {
    // What is their own: own-things.spec.ts.
    if (role === 'rep' && OWN[route]) return;
    // Whoever is let in is told of changes without end: live.spec.ts.
    if (route === 'GET /v1/live') return;
    const browser = browserOf.get(role);
    const ways = [
      { asked: await ask(route, of.get(role)), what: 'key', pointer: '/authorization' },
      ...(browser ? [{ asked: await ask(route, undefined, browser), what: 'session', pointer: '/cookie' }] : []),
    ];
    if (browser && route === 'DELETE /v1/session') {
      browserOf.set(role, await signedIn(role as PersonRole));
      await keys.open();
    }
    const isLetIn = needed === 'public' || needed === 'any' || ROLE_PERMISSIONS[role].includes(needed);
    for (const { asked, what, pointer } of ways) {
      if (isLetIn) expect([what, isRefused(asked) && route !== 'POST /v1/session']).toEqual([what, false]);
      else
        expect(asked).toMatchObject({
          status: 403,
          problem: {
            errors: [{ pointer, expected: `a ${what} with the permission ${needed}`, got: `one of role ${role}, which does not have it` }],
          },
        });
    }
  });

  it('needs a permission that some role has beside the owner, but for those over everything', () => {
    const given = new Set(ROLES.filter((role) => role !== 'owner').flatMap((role) => ROLE_PERMISSIONS[role]));
    expect(Object.keys(PERMISSIONS).filter((permission) => !given.has(permission as never))).toEqual([
      'personal-data.erase',
      'personal',
      'log.read',
      'keys.manage',
      'audit.read',
      'people.manage',
    ]);
    const needed = new Set(Object.values(ROUTES));
    // It adds to what a route answers; test/history/questions.e2e.ts.
    expect(Object.keys(PERMISSIONS).filter((permission) => !needed.has(permission as never))).toEqual(['personal']);
  });
});

describe('whoever asks', () => {
  it.each([
    ['a key that nobody made', () => `Bearer ${newKey().text}`, 'a key that is not known'],
    ['a key that was revoked', () => `Bearer ${revoked}`, 'a key that was revoked'],
    ['half a key', () => `Bearer ${of.get('owner')!.slice(0, -1)}`, 'something else'],
    ['a key as a password', () => `Basic ${Buffer.from(`owner:${of.get('owner')}`).toString('base64')}`, 'something else'],
    ['a key and more', () => `Bearer ${of.get('owner')} ${of.get('owner')}`, 'something else'],
  ])('with %s is refused, and is told the same of what is there and what is not', async (_what, authorization, got) => {
    for (const route of ['GET /v1/leads', 'GET /v1/leads/nobody', 'GET /nowhere', 'POST /v1/events']) {
      const { status, problem } = await ask(route, undefined, { authorization: authorization() });
      expect([route, status, problem.errors]).toEqual([route, 401, [expect.objectContaining({ pointer: '/authorization', got })]]);
    }
  });

  it('is let in by another letter case of Bearer, and told which key it is', async () => {
    const { status, problem } = await ask('GET /v1/keys/current', undefined, { authorization: `bearer ${of.get('operator')}` });
    expect([status, problem]).toEqual([
      200,
      { keyId: of.get('operator')!.slice(3, 13), name: 'operator', role: 'operator', permissions: ROLE_PERMISSIONS.operator },
    ]);
  });
});

describe('a sender', () => {
  const event = (more: object = {}) => ({
    specversion: '1.0',
    id: 'e1',
    source: '/cards',
    type: 'WebPageViewed',
    subject: 'lead-1',
    time: '2026-06-10T11:00:00+09:00',
    data: { url: 'https://www.leadlog.example/', category: 'other' },
    ...more,
  });

  it('sends what its key is for; everything else is refused event by event', async () => {
    const events = [
      event(),
      event({ id: 'e2', source: '/web' }),
      event({ id: 'e3', type: 'InquiryReceived', data: { kind: 'demo' } }),
      event({ id: 'e4', type: 'com.example.WebPageViewed' }),
    ];
    const type = { 'content-type': 'application/cloudevents-batch+json' };
    const { problem } = await ask('POST /v1/events', sender, type, JSON.stringify(events));
    expect(problem).toMatchObject({
      accepted: 2,
      rejected: 2,
      results: [
        { result: 'accepted' },
        { result: 'rejected', id: 'e2', errors: [{ pointer: '/source', expected: '/cards, the only one of this key', got: '"/web"' }] },
        {
          result: 'rejected',
          id: 'e3',
          errors: [
            { pointer: '/type', expected: 'one of WebPageViewed, LeadCaptured, the only ones of this key', got: '"InquiryReceived"' },
          ],
        },
        { result: 'accepted' },
      ],
    });
    const one = await ask('POST /v1/events', sender, { 'content-type': 'application/cloudevents+json' }, JSON.stringify(events[1]));
    expect(one).toMatchObject({ status: 422, problem: { errors: [{ pointer: '/source' }] } });
    const lines = await app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${sender}`, 'content-type': 'application/x-ndjson' },
      payload: `${JSON.stringify(events[1])}\n${JSON.stringify(event({ id: 'e5' }))}\n`,
    });
    expect(lines.body.split('\n').map((line) => /"result":"(\w+)"/.exec(line)?.[1])).toEqual([
      'rejected',
      'accepted',
      undefined,
      undefined,
    ]);
  });

  it('learns that an id stands for other content, and not for which', async () => {
    const type = { 'content-type': 'application/cloudevents+json' };
    const page = (url: string) => JSON.stringify(event({ id: 'same', data: { url, category: 'other' } }));
    expect((await ask('POST /v1/events', of.get('owner'), type, page('https://www.leadlog.example/secret'))).status).toBe(201);
    const { status, problem } = await ask('POST /v1/events', sender, type, page('https://www.leadlog.example/'));
    expect([status, problem.errors]).toEqual([
      409,
      [{ pointer: '/data/url', expected: 'what is recorded under this id, which is different', got: '"https://www.leadlog.example/"' }],
    ]);
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    const other = await ask('POST /v1/events', sender, batch, `[${page('https://www.leadlog.example/')}]`);
    expect(JSON.stringify(other.problem)).not.toContain('secret');
  });
});

describe('keys', () => {
  const json = { 'content-type': 'application/json' };
  const keyNamed = async (name: string) => {
    const { body } = await app.inject({ url: '/v1/keys', headers: { authorization: `Bearer ${of.get('owner')!}` } });
    return (JSON.parse(body) as { items: { name: string; lastUsedAt?: string }[] }).items.find((one) => one.name === name);
  };

  it('are made, listed without their secrets, rotated and revoked by an owner', async () => {
    const owner = of.get('owner')!;
    const { status, problem } = await ask('POST /v1/keys', owner, json, '{"name":"scraper","role":"operator"}');
    const made = problem as unknown as { keyId: string; key: string };
    expect([status, made.key.startsWith(`ll_${made.keyId}_`)]).toEqual([201, true]);
    await keys.open();
    const unused = await keyNamed('scraper');
    const before = Date.now();
    expect((await ask('GET /metrics', made.key)).status).toBe(200);
    expect([unused!.lastUsedAt, Date.parse((await keyNamed('scraper'))!.lastUsedAt!) >= before]).toEqual([undefined, true]);
    expect((await keyNamed('gone'))!.lastUsedAt).toBeUndefined();
    const listed = await app.inject({ url: '/v1/keys', headers: { authorization: `Bearer ${owner}` } });
    expect(listed.json<{ items: object[] }>().items).toContainEqual({
      keyId: made.keyId,
      name: 'scraper',
      role: 'operator',
      state: 'valid',
      createdAt: expect.any(String) as string,
      lastUsedAt: expect.any(String) as string,
    });
    for await (const page of log.readStream('access-keys', { direction: 'backwards' })) {
      expect(page[0]!.metadata.actor).toEqual({ kind: 'person', id: owner.slice(3, 13), by: owner.slice(3, 13) });
      break;
    }
    expect(listed.body).not.toContain(made.key.slice(14));
    expect(listed.body).not.toMatch(/[0-9a-f]{64}/);
    const rotated = await ask(`POST /v1/keys/${made.keyId}/rotate`, owner, json, '{"overlapHours":0}');
    await keys.open();
    expect((await ask('GET /metrics', made.key)).problem.errors).toMatchObject([{ got: 'a key that was replaced by another' }]);
    const { key } = rotated.problem as unknown as { key: string };
    expect((await ask('GET /metrics', key)).status).toBe(200);
    expect((await ask(`POST /v1/keys/${made.keyId}/revoke`, owner)).status).toBe(200);
    await keys.open();
    expect((await ask('GET /metrics', key)).problem.errors).toMatchObject([{ got: 'a key that was revoked' }]);
  });

  it('that cannot be are refused with what is wrong', async () => {
    for (const [body, pointer] of [
      ['{"name":"x","role":"king"}', '/role'],
      ['{"name":"x","role":"rep"}', '/repId'],
      ['{"name":"","role":"owner"}', '/name'],
      ['{"name":"x","role":"owner","hash":"x"}', '/hash'],
    ] as const)
      expect([body, (await ask('POST /v1/keys', of.get('owner'), json, body)).problem.errors]).toEqual([
        body,
        [expect.objectContaining({ pointer })],
      ]);
    expect((await ask('POST /v1/keys/none/revoke', of.get('owner'))).status).toBe(404);
  });
});
