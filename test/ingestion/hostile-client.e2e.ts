import { Agent, request, type IncomingMessage } from 'node:http';
import { newKey } from '@leadlog/access';
import { ROLES, type Role } from '@leadlog/events';
import { Random } from '@leadlog/simulation';
import { OWN } from '../../apps/api/access/own-things';
import { may } from '../../apps/api/access/roles';
import { neededFor, ROUTES, type Needed } from '../../apps/api/access/routes';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';

/** `HOSTILE_REQUESTS=20000 npx jest --selectProjects e2e -- test/ingestion/hostile-client` is a long one. */
const REQUESTS = Number(process.env.HOSTILE_REQUESTS ?? 2_000);
const SEED = Number(process.env.HOSTILE_SEED ?? 20261129);
const TOGETHER = 8;
/** Of a person and a company that only the owner, marketing and a manager may know of. */
const MARKS = ['Zq-Aoyama', 'zq-aoyama@minato.example', '03-5550-7319', 'Zq-Minato'];

interface Attack {
  method: string;
  path: string;
  headers: Record<string, string | string[]>;
  body?: string | Buffer;
  /** Whose valid key or session it has, if it has one that counts where it comes from. */
  role?: Role;
  /** What the route needs, as the table of the API says. */
  needed: Needed;
  /** A list of what is their own, which may be looked at, and holds neither of the leads. */
  own: boolean;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

describe('a client that means harm', () => {
  const { folder, remove } = temporaryFolder();
  const random = new Random(SEED);
  const agent = new Agent({ keepAlive: true, maxSockets: TOGETHER });
  const keys = new Map<Role, string>();
  /** What browsers send of people who have signed in; of the owner's, only pages of other sites make use. */
  const cookies = new Map<Role, string>();
  let dead: string[];
  let deadCookies: string[];
  let links: string[];
  let position: string;
  let engine: EngineProcess;

  beforeAll(async () => {
    engine = await startEngine(folder);
    await untilReady(engine.url);
    const make = async (body: object) => (await postJson<{ keyId: string; key: string }>(`${engine.url}/v1/keys`, body)).body;
    for (const role of ROLES)
      if (role !== 'owner')
        keys.set(
          role,
          (await make({ name: role, role, ...(role === 'rep' && { repId: 'rep-1' }), ...(role === 'sender' && { source: '/own' }) })).key,
        );
    const revoked = await make({ name: 'gone', role: 'owner' });
    await postJson(`${engine.url}/v1/keys/${revoked.keyId}/revoke`, {});
    const rotated = await make({ name: 'turned', role: 'owner' });
    await postJson(`${engine.url}/v1/keys/${rotated.keyId}/rotate`, { overlapHours: 0 });
    const valid = keys.get('manager')!;
    dead = [
      revoked.key,
      rotated.key,
      newKey().text,
      valid.slice(0, -1),
      `${valid}x`,
      newKey(valid.split('_')[1]).text,
      valid.toLowerCase(),
    ];
    const linkTo = async (role: Role): Promise<{ personId: string; token: string }> => {
      const { personId } = (
        await postJson<{ personId: string }>(`${engine.url}/v1/people`, { name: role, role, ...(role === 'rep' && { repId: 'rep-1' }) })
      ).body;
      const { link } = (await postJson<{ link: string }>(`${engine.url}/v1/people/${personId}/link`, {})).body;
      return { personId, token: link.split('#')[1]! };
    };
    const cookieBy = async (token: string): Promise<string> => {
      const body = JSON.stringify({ token });
      const { headers } = await send({ method: 'POST', path: '/v1/session', headers: { 'content-type': 'application/json' }, body });
      return headers['set-cookie']![0]!.split(';')[0]!;
    };
    const used: string[] = [];
    for (const role of ROLES.filter((one) => one !== 'sender')) {
      const { token } = await linkTo(role);
      used.push(token);
      cookies.set(role, await cookieBy(token));
    }
    const [disabled, signedOut, never] = [await linkTo('owner'), await linkTo('owner'), await linkTo('owner')];
    const ended = [await cookieBy(disabled.token), await cookieBy(signedOut.token)];
    await postJson(`${engine.url}/v1/people/${disabled.personId}/disable`, {});
    await send({ method: 'DELETE', path: '/v1/session', headers: { cookie: ended[1]!, origin: engine.url } });
    await postJson(`${engine.url}/v1/people/${never.personId}/sign-out`, {});
    const [, session] = cookies.get('owner')!.split('=');
    deadCookies = [
      ...ended,
      `leadlog=${session!.slice(0, -1)}`,
      `leadlog=${session!.slice(0, -2)}__`,
      `leadlog=${valid}`,
      `leadlog=${used[0]!.replace('lk_', 'ls_')}`,
      `__Host-leadlog=${session}`,
      `LEADLOG=${session}`,
    ];
    links = [...used, disabled.token, never.token, `${never.token}x`, session!, valid];
    const [name, email, phone, company] = MARKS;
    for (const leadId of ['lead-1', 'lead-2']) {
      const { body } = await postJson<{ position: string }>(
        `${engine.url}/v1/events`,
        {
          specversion: '1.0',
          id: leadId,
          source: '/hostile',
          type: 'LeadCaptured',
          subject: leadId,
          time: '2026-06-10T11:00:00+09:00',
          data: { channel: 'form', profile: { name, email: `${leadId}.${email}`, phone, company } },
        },
        'application/cloudevents+json',
      );
      ({ position } = body);
    }
    // What is revoked is so in every process within two seconds; in this one as soon as it reads the log.
    while ((await send({ method: 'GET', path: '/v1/keys/current', headers: { authorization: `Bearer ${revoked.key}` } })).status !== 401);
  });
  afterAll(async () => {
    agent.destroy();
    await engine.kill();
    remove();
  });

  function send({ method, path, headers, body }: Pick<Attack, 'method' | 'path' | 'headers' | 'body'>): Promise<Answer> {
    const { hostname, port } = new URL(engine.url);
    return new Promise((done, failed) => {
      const asked = request({ hostname, port, method, path, headers, agent, setHost: headers['host'] === undefined }, (response) => {
        const chunks: Buffer[] = [];
        const isEndless = response.headers['content-type']?.startsWith('text/event-stream');
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (isEndless) response.destroy();
        });
        response.on('error', failed);
        if (isEndless)
          response.on('close', () =>
            done({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }),
          );
        response.on('end', () =>
          done({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      // Refused before it was sent to its end, and hung up on.
      asked.on('error', (error: NodeJS.ErrnoException) =>
        ['EPIPE', 'ECONNRESET'].includes(error.code ?? '') ? done({ status: 0, headers: {}, text: '' }) : failed(error),
      );
      asked.end(body);
    });
  }

  const OTHERS = ['lead-1', 'lead-2', 'rep-2', 'standard', 'engagement', 'leads', 'webhooks.sfa', 'activity-lead-1', 'access-keys'];
  const FORGED = [
    '..',
    '../../etc/passwd',
    "' OR 1=1 --",
    '%00',
    '\u202elead-1',
    '__proto__',
    'constructor',
    '-1',
    '9'.repeat(40),
    'x'.repeat(600),
  ];
  const idOf = (): string => encodeURIComponent(random.pick(random.chance(0.6) ? OTHERS : FORGED));

  function attack(): Attack {
    if (random.chance(0.03)) return linkTried();
    const [method, pattern] = random.pick(Object.keys(ROUTES)).split(' ') as [string, string];
    let path = pattern.replace(/:\w+/g, idOf);
    const needed = neededFor(method, pattern)!;
    // Another way to write the same, by which a table might be passed.
    if (random.chance(0.15))
      path = random.pick([
        `/${path}`,
        `${path}/`,
        `${path}%2f`,
        path.toUpperCase(),
        path.replace('/v1/', '/v1/./'),
        path.replace('/v1/', '/V1/'),
        `/x/..${path}`,
      ]);
    if (random.chance(0.3))
      path += `?${random.pick(['limit=1e9', 'cursor=AAAA', 'q=Zq', 'after=1', 'sql=select+1', 'role=owner', 'key=owner', `q=${'x'.repeat(5_000)}`, 'rep=rep-2', '__proto__[role]=owner'])}`;
    const headers: Attack['headers'] = {};
    const one = random.chance(0.45) ? random.pick([...keys.keys()]) : undefined;
    // Whoever may change something, changes it: that is not what is tried here.
    let role = one !== undefined && (method === 'GET' || !mayDo(one, needed)) ? one : undefined;
    const bySession = role !== undefined && cookies.has(role) && random.chance(0.4);
    // A page of another site makes the owner's browser ask.
    const byOthers = role === undefined && random.chance(0.15);
    if (bySession) headers['cookie'] = cookies.get(role!)!;
    else if (byOthers) headers['cookie'] = cookies.get('owner')!;
    else if (role !== undefined) headers['authorization'] = `Bearer ${keys.get(role)}`;
    else if (random.chance(0.7))
      headers['authorization'] = random.pick([
        ...dead.map((key) => `Bearer ${key}`),
        `Basic ${Buffer.from(`owner:${random.pick(dead)}`).toString('base64')}`,
        'Bearer',
        'Bearer null',
        `Bearer ${'x'.repeat(8_000)}`,
        'Digest username="owner"',
      ]);
    if (!bySession && !byOthers && random.chance(0.2))
      headers['cookie'] = random.pick([
        ...deadCookies,
        'session=owner',
        `key=${random.pick(dead)}`,
        `leadlog=${'x'.repeat(4_000)}`,
        '__Host-session=1; role=owner',
      ]);
    if (random.chance(0.15)) headers['host'] = random.pick(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '']);
    if (byOthers || random.chance(0.2)) headers['origin'] = random.pick(['https://evil.example', 'null', 'http://127.0.0.1:1']);
    if (bySession && headers['origin'] !== undefined) role = undefined;
    if (random.chance(0.1)) headers['sec-fetch-site'] = random.pick(['cross-site', 'same-site']);
    if (random.chance(0.2))
      Object.assign(
        headers,
        random.pick<Record<string, string>>([
          { 'x-forwarded-for': '127.0.0.1' },
          { 'x-http-method-override': 'GET' },
          { 'x-original-url': '/v1/leads' },
          { 'x-forwarded-host': 'localhost' },
          { forwarded: 'for=127.0.0.1' },
          { 'x-correlation-id': 'x'.repeat(9_000) },
          { 'x-role': 'owner' },
        ]),
      );
    const writes = method !== 'GET' && method !== 'DELETE';
    const body = writes || random.chance(0.05) ? bodyOf(headers) : undefined;
    const own = role === 'rep' && OWN[`${method} ${pattern}`]?.in === 'filter';
    return { method, path, headers, body, role, needed, own };
  }

  /** Again, from before, made up, or not a link at all: none of them signs anybody in. */
  const linkTried = (): Attack => ({
    method: 'POST',
    path: '/v1/session',
    headers: { 'content-type': 'application/json', ...(random.chance(0.5) && { cookie: random.pick(deadCookies) }) },
    body: JSON.stringify({ token: random.pick(links) }),
    needed: neededFor('POST', '/v1/session')!,
    own: false,
  });

  function bodyOf(headers: Attack['headers']): string | Buffer {
    headers['content-type'] = random.pick([
      'application/json',
      'application/json',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/cloudevents+json',
      'application/yaml',
    ]);
    const forged = { keyId: 'owner', role: 'owner', repId: 'rep-2', actor: { kind: 'person', id: 'owner' }, teamId: 'inside-1', name: 'x' };
    return random.pick<() => string | Buffer>([
      () => JSON.stringify(forged),
      () => JSON.stringify({ ...forged, sql: "select * from read_text('/etc/passwd')", document: 'a: &a [*a]', mergedId: 'lead-2' }),
      () => '{"__proto__":{"role":"owner"},"constructor":{"prototype":{"role":"owner"}}}',
      () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      () => '{"a":',
      () => Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      () => `"${'x'.repeat(100_000)}"`,
      () => '',
    ])();
  }

  const mayDo = (role: Role, needed: Needed): boolean => needed === 'public' || needed === 'any' || may({ role }, needed);
  /** What is let in is not to be judged here: it has the key for it. */
  const isAllowed = ({ role, needed }: Attack): boolean => needed === 'public' || (role !== undefined && mayDo(role, needed));

  it(
    `gets nothing and stops nothing, with ${REQUESTS} requests`,
    async () => {
      const before = await getJson<{ items: unknown[] }>(`${engine.url}/v1/leads?after=${position}`);
      // When keys were last used changes by itself.
      const keysNow = async () => {
        const { items } = await getJson<{ items: { lastUsedAt?: string }[] }>(`${engine.url}/v1/keys`);
        return items.map((key) => ({ ...key, lastUsedAt: undefined }));
      };
      const keysBefore = await keysNow();
      const peopleBefore = await getJson(`${engine.url}/v1/people`);
      const refusals = new Map<number, number>();
      const wrong: unknown[] = [];
      const judge = (one: Attack, { status, headers, text }: Answer): void => {
        const told = { ...one, body: String(one.body ?? '').slice(0, 200), status, text: text.slice(0, 300) };
        if (status >= 500 && status !== 503) wrong.push({ fault: 'ours', ...told });
        if (one.path === '/v1/session' && one.method === 'POST' && status < 400) wrong.push({ fault: 'signed in', ...told });
        if (isAllowed(one)) return;
        refusals.set(status, (refusals.get(status) ?? 0) + 1);
        if (!one.own && status !== 0 && (status < 400 || status >= 500) && status !== 503) wrong.push({ fault: 'let in', ...told });
        if (MARKS.some((mark) => text.includes(mark))) wrong.push({ fault: 'tells of a person', ...told });
        if (headers['access-control-allow-origin'] !== undefined || headers['set-cookie'] !== undefined)
          wrong.push({ fault: 'tells a browser too much', ...told });
      };
      let sent = 0;
      const client = async (): Promise<void> => {
        while (sent < REQUESTS) {
          sent += 1;
          const one = attack();
          judge(one, await send(one));
          if (sent % 100 === 0) expect((await fetch(`${engine.url}/v1/leads/lead-1`)).status).toBe(200);
        }
      };
      await Promise.all(Array.from({ length: TOGETHER }, client));

      expect(wrong.slice(0, 5)).toEqual([]);
      // Of those without the right, most fail at the key or at the permission, and some at the host or the origin.
      for (const status of [401, 403, 421]) expect([status, refusals.get(status) ?? 0]).not.toEqual([status, 0]);
      expect(await keysNow()).toEqual(keysBefore);
      expect(await getJson(`${engine.url}/v1/people`)).toEqual(peopleBefore);
      expect(await getJson(`${engine.url}/v1/leads`)).toMatchObject({ items: before.items });
      expect(engine.stderr.filter((line) => line.includes('"level":50'))).toEqual([]);
      for (const secret of [...keys.values(), ...dead, ...links, ...cookies.values()])
        expect(engine.stderr.join('\n')).not.toContain(secret);
    },
    Math.max(300_000, REQUESTS * 60),
  );

  it('finds no script in the page of the documentation, and so no place for one of its own', async () => {
    const page = await fetch(`${engine.url}/docs`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)/g)].map(([, attributes, content]) => ({
      attributes: attributes!,
      content: content!.trim(),
    }));
    expect(scripts.length).toBeGreaterThan(1);
    for (const { attributes, content } of scripts) {
      expect(content).toBe('');
      const source = new URL(/src="([^"]+)"/.exec(attributes)![1]!, `${engine.url}/docs`);
      expect([source.origin, (await fetch(source)).headers.get('content-type')]).toEqual([engine.url, expect.stringMatching(/javascript/)]);
    }
    expect(html).not.toMatch(/<[^>]+\son\w+=/);
  });
});
