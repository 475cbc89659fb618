import { runInNewContext } from 'node:vm';
import { createKey, KnownAccess } from '@leadlog/access';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import type { Problem } from '../problem-details';
import { SessionCookie } from './session-cookie';

const engine = engineOnFiles();
const access = new KnownAccess(engine.log);
let owner: string;
let api: Awaited<ReturnType<typeof apiOnFiles>>;

beforeAll(async () => {
  const writer = { log: engine.log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
  owner = (await createKey(writer, { name: 'owner', role: 'owner' })).key;
  await access.open();
  api = await apiOnFiles(engine, { access });
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

type Headers = Record<string, string>;
const HERE: Headers = { host: 'localhost', origin: 'http://localhost' };
async function ask(route: string, headers: Headers = {}, payload?: object) {
  const [method, url] = route.split(' ') as ['GET', string];
  const asked = { method, url, headers: { ...headers, ...(payload && { 'content-type': 'application/json' }) } };
  const { statusCode, body, headers: answered } = await api.app.inject({ ...asked, ...(payload && { payload: JSON.stringify(payload) }) });
  const json = (body.startsWith('{') ? JSON.parse(body) : {}) as Record<string, unknown> & Problem;
  return { status: statusCode, json, cookie: answered['set-cookie'] as string | undefined };
}
const asOwner = async (route: string, payload?: object) => (await ask(route, { authorization: `Bearer ${owner}` }, payload)).json;
const tokenFor = async (personId: unknown) =>
  (await asOwner(`POST /v1/people/${String(personId)}/link`))['link']!.toString().split('#')[1]!;
const added = async (more: object = {}) =>
  (await asOwner('POST /v1/people', { name: '高橋 美咲', role: 'manager', ...more }))['personId'] as string;

/** What the browser of somebody who has signed in sends with each request. */
async function signedIn(personId: string): Promise<Headers> {
  const { cookie } = await ask('POST /v1/session', HERE, { token: await tokenFor(personId) });
  return { cookie: cookie!.split(';')[0]!, ...HERE };
}

describe('a session', () => {
  it('is a cookie that no script reads, and says who asks and what they may do', async () => {
    const personId = await added();
    const token = await tokenFor(personId);
    const { status, cookie, json } = await ask('POST /v1/session', HERE, { token });
    expect([status, json['personId']]).toEqual([201, personId]);
    expect(cookie).toMatch(/^leadlog=ls_[\w-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
    expect(JSON.stringify(json)).not.toContain('ls_');
    const current = await ask('GET /v1/session', { cookie: `other=1; ${cookie!.split(';')[0]!}` });
    expect(current.json).toMatchObject({ kind: 'person', id: personId, name: '高橋 美咲', role: 'manager', endsAt: json['endsAt'] });
    expect((await ask('POST /v1/session', HERE, { token })).json).toMatchObject({
      status: 403,
      errors: [{ pointer: '/token', got: 'a link that was used' }],
    });
  });

  it('is kept from everything but TLS where browsers come by it', () => {
    const cookie = new SessionCookie(true);
    expect(cookie.with('ls_x')).toMatch(/^__Host-leadlog=ls_x; Path=\/; .*; Secure$/);
    expect(cookie.in({ headers: { cookie: `leadlog=ls_20261201-h5j9k3m7vd_${'x'.repeat(43)}` } } as never)).toBeUndefined();
  });

  it('ends in every process when it is signed out of, and takes its cookie away', async () => {
    const browser = await signedIn(await added());
    const { status, cookie } = await ask('DELETE /v1/session', browser);
    expect([status, cookie]).toEqual([200, 'leadlog=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax']);
    expect((await ask('GET /v1/session', browser)).json.errors).toMatchObject([{ pointer: '/cookie', got: 'a session that has ended' }]);
    expect((await ask('DELETE /v1/session', { authorization: `Bearer ${owner}` })).status).toBe(409);
  });

  it("ends with all others of its person when they sign out everywhere, and with nobody else's", async () => {
    const personId = await added();
    const browsers = [await signedIn(personId), await signedIn(personId)];
    const other = await signedIn(await added());
    expect((await ask('DELETE /v1/session?everywhere=yes', browsers[0])).json.errors).toMatchObject([{ pointer: '/everywhere' }]);
    const { status, cookie } = await ask('DELETE /v1/session?everywhere=true', browsers[0]);
    expect([status, cookie]).toEqual([200, 'leadlog=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax']);
    for (const browser of browsers)
      expect((await ask('GET /v1/session', browser)).json.errors).toMatchObject([{ got: 'a session that has ended' }]);
    expect((await ask('GET /v1/session', other)).status).toBe(200);
    expect((await ask('GET /v1/session', await signedIn(personId))).status).toBe(200);
  });

  it.each([
    ['disabled', 'disable', undefined],
    ['signed out by an owner', 'sign-out', undefined],
    ['given another role', 'change', { role: 'owner' }],
  ])('ends at once when its person is %s', async (_what, verb, body) => {
    const personId = await added();
    const browser = await signedIn(personId);
    expect((await ask('GET /v1/kpis', browser)).status).not.toBe(401);
    await asOwner(`POST /v1/people/${personId}/${verb}`, body);
    expect((await ask('GET /v1/kpis', browser)).status).toBe(401);
  });

  it('changes something only at the word of a page of the api, also where another origin may bring keys', async () => {
    const { cookie } = await signedIn(await added({ role: 'owner' }));
    const statusOf = async (headers: Headers, route = 'POST /v1/people/nobody/disable') =>
      (await ask(route, { cookie: cookie!, host: 'localhost', ...headers })).status;
    expect(await statusOf({ origin: 'http://localhost' })).toBe(404);
    expect(await statusOf({ 'sec-fetch-site': 'same-origin' })).toBe(404);
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: 'http://localhost:81' },
      { 'sec-fetch-site': 'none' },
    ] as Headers[])
      expect([headers, await statusOf(headers)]).toEqual([headers, 403]);
    expect(await statusOf({}, 'GET /v1/people')).toBe(200);
    expect(await statusOf({ origin: 'https://evil.example' }, 'GET /v1/people')).toBe(403);
  });

  it('is no key, and a key is no session', async () => {
    const { cookie } = await signedIn(await added());
    const text = cookie!.slice('leadlog='.length);
    expect((await ask('GET /v1/session', { authorization: `Bearer ${text}` })).status).toBe(401);
    expect((await ask('GET /v1/session', { cookie: `leadlog=${owner}` })).status).toBe(401);
    // Whoever brings a key means the key.
    expect((await ask('GET /v1/session', { cookie: cookie!, authorization: `Bearer ${owner}` })).json).toMatchObject({ kind: 'key' });
    expect((await ask('GET /v1/session', { cookie: cookie!, authorization: 'Bearer ll_wrong' })).status).toBe(401);
  });

  it('of a representative acts as them and reaches what is theirs alone', async () => {
    const browser = await signedIn(await added({ role: 'rep', repId: 'rep-1' }));
    expect((await ask('GET /v1/reps/rep-2/day', browser)).json.errors).toMatchObject([{ pointer: '/id', expected: 'rep-1, who asks' }]);
    expect((await ask('GET /v1/leads?rep=rep-2', browser)).status).toBe(403);
    expect((await ask('GET /v1/leads/duplicates', browser)).status).toBe(403);
  });

  it('says in the log who acted', async () => {
    const personId = await added({ role: 'owner' });
    await ask('POST /v1/people', await signedIn(personId), { name: '誰か', role: 'analyst' });
    for await (const [event] of engine.log.readStream('access-people', { direction: 'backwards' })) {
      expect(event!.metadata.actor).toEqual({ kind: 'person', id: personId, by: personId });
      break;
    }
  });
});

describe('people', () => {
  it('are listed with their state and open sessions, and without anything secret', async () => {
    const personId = await added({ email: 'takahashi@leadlog.example' });
    await signedIn(personId);
    const { items } = (await asOwner('GET /v1/people')) as unknown as { items: object[] };
    expect(items).toContainEqual({
      personId,
      name: '高橋 美咲',
      email: 'takahashi@leadlog.example',
      role: 'manager',
      state: 'enabled',
      addedAt: expect.any(String) as string,
      sessions: 1,
    });
    expect(JSON.stringify(items)).not.toMatch(/[0-9a-f]{64}/);
  });

  it('that cannot be are refused with what is wrong', async () => {
    const errorsOf = async (body: object) => (await asOwner('POST /v1/people', body)).errors;
    expect(await errorsOf({ name: 'x', role: 'sender' })).toMatchObject([{ pointer: '/role' }]);
    expect(await errorsOf({ name: 'x', role: 'rep' })).toMatchObject([{ pointer: '/repId' }]);
    expect(await errorsOf({ name: 'x', role: 'owner', email: 'nowhere' })).toMatchObject([{ pointer: '/email' }]);
  });
});

describe('the page that a link opens', () => {
  it.each([
    [undefined, 'en'],
    ['ja', 'ja'],
    ['ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7', 'ja'],
    ['en-US,en;q=0.9,ja;q=0.8', 'en'],
    ['fr,ja;q=0.2', 'ja'],
    ['ja;q=0', 'en'],
    ['de', 'en'],
    [';,;q=x', 'en'],
  ])('for a browser that accepts %s is in %s', async (accepted, language) => {
    const headers = accepted === undefined ? {} : { 'accept-language': accepted };
    const [page, script] = [await api.app.inject({ url: '/sign-in', headers }), await api.app.inject({ url: '/sign-in/page.js', headers })];
    expect([page.body, page.headers['vary']]).toEqual([expect.stringContaining(`<html lang="${language}">`), 'accept-language']);
    expect(page.body.includes('サインイン')).toBe(language === 'ja');
    expect(script.body.includes('このリンク')).toBe(language === 'ja');
  });

  it('takes the token out of its address and signs in at a click; a link that was used is told', async () => {
    const link = (await asOwner(`POST /v1/people/${await added()}/link`))['link'] as string;
    expect(link).toMatch(/^http:\/\/localhost:80\/sign-in#lk_/);
    const { body: script, headers } = await api.app.inject('/sign-in/page.js');
    expect(headers['content-type']).toContain('text/javascript');
    expect((await api.app.inject('/sign-in')).headers['content-security-policy']).toContain("script-src 'self'");

    const open = async () => {
      const [told, button] = [
        { textContent: '' },
        { hidden: true, disabled: false, focus: () => undefined, click: () => Promise.resolve() },
      ];
      let address = link;
      runInNewContext(script, {
        location: { hash: new URL(link).hash, pathname: '/sign-in', assign: (to: string) => (address = to) },
        history: { replaceState: (_state: unknown, _title: string, to: string) => (address = to) },
        document: {
          getElementById: (id: string) =>
            id === 'told'
              ? told
              : Object.assign(button, { addEventListener: (_: string, act: () => Promise<void>) => (button.click = act) }),
        },
        fetch: async (url: string, { method, headers: sent, body }: { method: 'POST'; headers: Headers; body: string }) => {
          const { statusCode, body: answer } = await api.app.inject({ method, url, headers: { ...HERE, ...sent }, payload: body });
          return { ok: statusCode === 201, json: () => Promise.resolve(JSON.parse(answer) as unknown) };
        },
      });
      expect([address, button.hidden]).toEqual(['/sign-in', false]);
      await button.click();
      return { address, told: told.textContent };
    };
    expect((await open()).address).toBe('/');
    expect(await open()).toMatchObject({ address: '/sign-in', told: expect.stringContaining('a link that was used') as string });
  });
});
