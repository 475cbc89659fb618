import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { getJson, postJson, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { plainFetch } from '../support/owner-key';

/** An API and a real provider, each as a program of its own. */
const { folder, remove } = temporaryFolder();
const SECRET = 'client-secret-that-nobody-prints';
const secretFile = join(folder, 'oidc.secret');
let provider: { process: ChildProcess; issuer: string };
let api: EngineProcess;

beforeAll(async () => {
  writeFileSync(secretFile, `${SECRET}\n`);
  provider = await startProvider();
  api = await startHalf('api', folder, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: 'leadlog',
    OIDC_CLIENT_SECRET_FILE: secretFile,
    OIDC_ROLES: 'groups: leads=manager, sales=rep/employee_number',
    LEADLOG_LOG_LEVEL: 'trace',
  });
});
afterAll(async () => {
  provider.process.kill('SIGKILL');
  await api.kill();
  remove();
});

async function startProvider(): Promise<typeof provider> {
  const child = spawn(process.execPath, ['--require', resolve('test/support/with-its-parent.js'), 'test/support/oidc-provider.mjs'], {
    env: { ...process.env, PORT: '0', CLIENT_SECRET: SECRET, TEST_PROCESS_ID: `${process.pid}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const issuer = await new Promise<string>((ready, failed) => {
    createInterface({ input: child.stdout }).once('line', ready);
    child.once('exit', (code) => failed(new Error(`the provider ended with ${code}`)));
  });
  return { process: child, issuer };
}

const TAKAHASHI = { sub: 'u-1', name: '高橋 美咲', email: 'Takahashi@leadlog.example', email_verified: true, groups: ['staff', 'leads'] };

/** Keeps cookies of both programs, and follows as far as it is let. */
class Browser {
  private readonly cookies = new Map<string, Map<string, string>>();

  async get(address: string) {
    const url = new URL(address);
    const jar = this.cookies.get(url.origin) ?? new Map<string, string>();
    this.cookies.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await plainFetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (value === '') jar.delete(name!);
      else jar.set(name!, value!);
    }
    const next = answer.headers.get('location');
    return { status: answer.status, text: await answer.text(), next: next === null ? undefined : new URL(next, url).href };
  }

  /** To the address with which the provider sends the browser back. */
  async backFrom(account: object): Promise<string> {
    await plainFetch(`${provider.issuer}/account`, { method: 'POST', body: JSON.stringify(account) });
    let next: string | undefined = `${api.url}/sign-in/oidc`;
    for (let hops = 0; hops < 10 && !next?.startsWith(`${api.url}/sign-in/oidc/callback`); hops += 1) next = (await this.get(next!)).next;
    return next!;
  }

  async signIn(account: object) {
    return this.get(await this.backFrom(account));
  }

  change(name: string, change: (value: string) => string): void {
    const jar = this.cookies.get(api.url)!;
    jar.set(name, change(jar.get(name)!));
  }

  async session() {
    const { status, text } = await this.get(`${api.url}/v1/session`);
    return { status, ...(JSON.parse(text) as { id?: string; name?: string; role?: string; repId?: string }) };
  }
}
const people = async () =>
  (await getJson<{ items: { personId: string; subject?: string; state: string }[] }>(`${api.url}/v1/people`)).items;

it('whoever has a role at the provider is signed in, as the same person each time and with the role that they have by then', async () => {
  const first = new Browser();
  expect((await first.get(`${api.url}/sign-in`)).text).toContain('href="/sign-in/oidc"');
  expect(await first.signIn(TAKAHASHI)).toMatchObject({ status: 303, next: `${api.url}/` });
  const { id, ...session } = await first.session();
  expect(session).toMatchObject({ status: 200, name: '高橋 美咲', role: 'manager' });

  const again = new Browser();
  await again.signIn({ ...TAKAHASHI, name: '髙橋 美咲' });
  expect(await again.session()).toMatchObject({ id, name: '髙橋 美咲' });
  expect((await first.session()).status).toBe(200);

  const later = new Browser();
  await later.signIn({ ...TAKAHASHI, groups: 'sales', employee_number: 7 });
  expect(await later.session()).toMatchObject({ id, role: 'rep', repId: '7' });
  for (const before of [first, again]) expect((await before.session()).status).toBe(401);
  expect((await people()).filter(({ subject }) => subject === 'u-1')).toHaveLength(1);

  expect(await later.signIn({ ...TAKAHASHI, groups: [] })).toMatchObject({ status: 403 });
  expect((await later.session()).status).toBe(401);
});

it.each([
  ['has no role at the provider', { sub: 'u-2', groups: ['staff'] }, 403, 'gives a role'],
  ['is a representative of whom it does not say which', { sub: 'u-3', groups: ['sales'] }, 422, 'the representative'],
  ['is refused there', { sub: 'u-4', groups: ['leads'], refuses: true }, 403, 'did not sign you in (access_denied)'],
])('nobody is added who %s', async (_what, account, status, why) => {
  const browser = new Browser();
  const answer = await browser.signIn(account);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(why)]);
  expect((await browser.session()).status).toBe(401);
  expect((await people()).map(({ subject }) => subject)).not.toContain(account.sub);
});

it('whoever was disabled here stays out, whatever the provider says', async () => {
  await new Browser().signIn({ sub: 'u-5', groups: ['leads'] });
  const { personId } = (await people()).find(({ subject }) => subject === 'u-5')!;
  await postJson(`${api.url}/v1/people/${personId}/disable`, {});
  const browser = new Browser();
  expect(await browser.signIn({ sub: 'u-5', groups: ['leads'] })).toMatchObject({ status: 403 });
  expect((await browser.session()).status).toBe(401);
});

it('what the provider sends back is of use once, to the browser that set out, and with what it set out with', async () => {
  const account = { sub: 'u-6', groups: ['leads'] };
  const victim = new Browser();
  const address = await victim.backFrom(account);
  expect(await new Browser().get(address)).toMatchObject({ status: 403 });
  expect(await victim.get(address)).toMatchObject({ status: 303 });
  expect(await victim.get(address)).toMatchObject({ status: 403 });

  const other = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
  for (const wrong of [0, 1, 2]) {
    const browser = new Browser();
    const back = await browser.backFrom(account);
    browser.change('leadlog-begun', (value) =>
      value
        .split('.')
        .map((part, place) => (place === wrong ? other(part) : part))
        .join('.'),
    );
    expect([wrong, (await browser.get(back)).status]).toEqual([wrong, 403]);
    expect((await browser.session()).status).toBe(401);
  }
});

it('a wrong secret, none, and a provider that is away are told, and shut nobody out who is in', async () => {
  const browser = new Browser();
  await browser.signIn({ sub: 'u-7', groups: ['leads'] });
  writeFileSync(secretFile, 'another-secret-that-nobody-prints');
  const refused = await new Browser().signIn({ sub: 'u-8', groups: ['leads'] });
  expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('OIDC_CLIENT_SECRET_FILE')]);
  writeFileSync(secretFile, SECRET);
  const away = new Browser();
  const back = await away.backFrom({ sub: 'u-8', groups: ['leads'] });
  provider.process.kill('SIGKILL');
  await new Promise((gone) => provider.process.once('exit', gone));
  const answer = await away.get(back);
  expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('does not answer')]);
  expect((await browser.session()).status).toBe(200);
  const [told, shown] = [api.stderr.join('\n'), refused.text + answer.text];
  expect(told).toContain('a sign-in failed');
  for (const text of [told, shown]) expect(text).not.toContain('that-nobody-prints');
});
