import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { plainFetch } from '../support/owner-key';

/** Two APIs on one data folder or one log, as they are started: nothing names a key for them, or for the command line. */
const { folder, remove } = temporaryFolder();
const isOnServers = Boolean(process.env.EVENTSTORE_URL);
const OURS = { LEADLOG_OWNER_KEY_FILE: '', LEADLOG_KEY: '' };
const apis: EngineProcess[] = [];
beforeAll(async () => {
  for (let n = 0; n < 2; n += 1) apis.push(await startHalf('api', folder, OURS));
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.kill()));
  remove();
});

const ask = async (api: EngineProcess, path: string, key?: string) =>
  (await plainFetch(`${api.url}${path}`, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } })).status;
function leadlog(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/leadlog', ...args, '--url', apis[0]!.url], {
    encoding: 'utf8',
    env: { ...process.env, ...environmentOf(folder), ...OURS, ...env },
  });
  return { status, stdout: stdout.trim(), stderr };
}
const file = join(folder, 'owner.key');

it('nobody is let in without a key, and the owner of a new engine has one at once', async () => {
  for (const api of apis)
    expect([await ask(api, '/v1/keys'), await ask(api, '/nowhere'), await ask(api, '/health/live')]).toEqual([401, 401, 200]);
  if (isOnServers) {
    expect(leadlog(['keys', 'list'])).toMatchObject({ status: 1, stderr: expect.stringContaining('expected an access key') as string });
    expect(existsSync(file)).toBe(false);
    const { stdout: key } = leadlog(['keys', 'create', '--role', 'owner']);
    while ((await ask(apis[1]!, '/v1/keys', key)) !== 200) await sleep(20);
    return;
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const api of apis) expect(await ask(api, '/v1/keys', readFileSync(file, 'utf8').trim())).toBe(200);
  expect(leadlog(['keys', 'status']).stdout).toMatch(/^key \w{10} \(owner key in a file\), role owner; it may: /);
});

it('a key that one API makes is accepted by the other, and once it is revoked refused', async () => {
  const asOwner: Record<string, string> = isOnServers ? { LEADLOG_KEY: leadlog(['keys', 'create', '--role', 'owner']).stdout } : {};
  if (asOwner.LEADLOG_KEY) while ((await ask(apis[0]!, '/v1/keys', asOwner.LEADLOG_KEY)) !== 200) await sleep(20);
  const { stdout: key } = leadlog(['keys', 'create', '--role', 'operator', '--name', 'scraper'], asOwner);
  while ((await ask(apis[1]!, '/metrics', key)) !== 200) await sleep(20);
  expect([await ask(apis[1]!, '/v1/leads', key), leadlog(['leads', 'list'], { LEADLOG_KEY: key }).status]).toEqual([403, 1]);
  expect(leadlog(['keys', 'revoke', key.slice(3, 13)], asOwner).stdout).toBe(`${key.slice(3, 13)} is revoked`);
  for (const api of apis) while ((await ask(api, '/metrics', key)) !== 401) await sleep(20);
});

it('a link that one API made signs in at the other, and who is disabled is refused by both', async () => {
  const asOwner: Record<string, string> = isOnServers ? { LEADLOG_KEY: leadlog(['keys', 'create', '--role', 'owner']).stdout } : {};
  if (asOwner.LEADLOG_KEY) while ((await ask(apis[0]!, '/v1/keys', asOwner.LEADLOG_KEY)) !== 200) await sleep(20);
  const person = leadlog(['people', 'add', '高橋 美咲', '--role', 'manager'], asOwner).stdout;
  const { stdout: link } = leadlog(['people', 'link', person], asOwner);
  const cookie = await signedIn(apis[1]!.url, link);
  for (const api of apis) while ((await plainFetch(`${api.url}/v1/session`, { headers: { cookie } })).status !== 200) await sleep(20);
  expect(leadlog(['people', 'disable', person], asOwner).stdout).toBe(`${person} is disabled`);
  for (const api of apis) while ((await plainFetch(`${api.url}/v1/session`, { headers: { cookie } })).status !== 401) await sleep(20);
});

async function signedIn(url: string, link: string): Promise<string> {
  const body = JSON.stringify({ token: link.split('#')[1] });
  const headers = { 'content-type': 'application/json', origin: url };
  const answer = await plainFetch(`${url}/v1/session`, { method: 'POST', headers, body });
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

if (!isOnServers) {
  it('the owner key is replaced by deleting its file, also after kill -9 and by whoever starts next', async () => {
    const former = readFileSync(file, 'utf8').trim();
    unlinkSync(file);
    for (const api of apis) while ((await ask(api, '/v1/keys', former)) !== 401) await sleep(20);
    await apis.pop()!.kill();
    rmSync(file, { force: true });
    apis.push(await startHalf('api', folder, OURS));
    for (const api of apis) while ((await ask(api, '/v1/keys', readFileSync(file, 'utf8').trim())) !== 200) await sleep(20);
  });

  it('a start says how to get in, and what it says works as it stands', async () => {
    const { folder: another, remove: removeIt } = temporaryFolder();
    const child = spawn(process.execPath, ['dist/apps/standalone/main.js'], {
      env: { ...process.env, ...environmentOf(another), ...OURS, PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    while (!said.includes('leadlog people link')) await sleep(20);
    const command = /(curl .*)/.exec(said)![1]!;
    const [link, url] = /(http:\S+)\/sign-in#\S+/.exec(said)!;
    const cookie = await signedIn(url!, link);
    expect(await (await plainFetch(`${url}/v1/session`, { headers: { cookie } })).json()).toMatchObject({ kind: 'person', role: 'owner' });
    // Its read models may still be built.
    while (!spawnSync('bash', ['-c', command], { encoding: 'utf8' }).stdout.includes('"items":[]')) await sleep(100);
    child.kill('SIGKILL');
    await new Promise((gone) => child.once('close', gone));
    removeIt();
  });
}
