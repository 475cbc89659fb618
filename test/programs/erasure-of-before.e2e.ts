import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { filesWith, parquetIn, parquetWith } from '../support/found-texts.testing';
import { leadlog } from '../support/leadlog.testing';
import { OWNED } from '../support/owner-key';

/**
 * As the last version before keys left it (commit dd42a49e), with what it told of it in `told.json`: the person of erasure.e2e.ts, in two leads,
 * handed off and lost; a colleague who is not forgotten; a report with an answer that was kept, a replay that was kept, and one that is live.
 */
const BEFORE_KEYS = resolve(process.cwd(), 'test/samples/data-folder-before-keys.tgz');
const GONE = ['Aoyama-Haruka', '晴香', 'haruka.aoyama', 'aoyama.private', '5550-0123', 'Takasaki-Nishi', 'Kurosawa-Shiro'];
/** Of somebody else, who stays. */
const STAYS = ['Suzuki-Ichiro', 'suzuki@minato-seiki'];
/** Of the KPIs those that do not change with time. */
const KPIS = ['calls', 'answer-rate', 'reach-rate', 'loss-rate', 'leads', 'hot', 'lead-to-hot', 'handoffs'];
/** Of its first start, after the last of which it is left alone. By the clock, so that they come wherever they come. */
const KILLS_MS = [400, 1_100, 1_900, 2_600];

interface Told {
  her: string;
  why: object;
  kpis: { kpi: string }[];
  sql: unknown[][];
  lead: { firstSeenAt: string };
}

describe('a data folder from before there were keys', () => {
  const { folder, remove } = temporaryFolder();
  const data = join(folder, 'data');
  const unpack = (to: string) => {
    mkdirSync(to, { recursive: true });
    execFileSync('tar', ['-xzf', BEFORE_KEYS, '-C', to, '--strip-components=1']);
    const told = JSON.parse(readFileSync(join(to, 'told.json'), 'utf8')) as Told;
    rmSync(join(to, 'told.json'));
    return told;
  };
  const environment = (of: string) => ({
    LEADLOG_POLICY: join(of, 'policy.yaml'),
    LEADLOG_REPORTS: join(of, 'my-reports'),
    LEADLOG_ARCHIVE_SECONDS: '1',
    TEST_SECRET: Buffer.alloc(32, 7).toString('base64'),
  });
  const start = async (of = data) => {
    engine = await startEngine(of, environment(of));
    await untilReady(engine.url);
  };
  const cli = async (...args: string[]) => {
    const { code, out, err } = await leadlog(engine.url, ...args);
    expect({ code, err }).toMatchObject({ code: 0 });
    return out;
  };
  const upToNow = async <Answer>(path: string) => {
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    return getJson<Answer>(`${engine.url}${path}${path.includes('?') ? '&' : '?'}after=${position}&timeout=60000`);
  };
  const rowsOf = async (sql: string) => (JSON.parse(await cli('sql', '--json', sql)) as { rows: unknown[][] }).rows;
  const numbers = async () => ({
    why: await upToNow<object>(`/v1/leads/${told.her}/why?at=2026-12-31T00:00:00Z`),
    kpis: (await upToNow<{ items: { kpi: string }[] }>('/v1/kpis?by=origin&from=2026-11-01&to=2026-12-31')).items.filter(({ kpi }) =>
      KPIS.includes(kpi),
    ),
    sql: await rowsOf('SELECT lead, company, title, industry, email_domain, has FROM leads ORDER BY lead'),
  });
  let engine: EngineProcess;
  let told: Told;

  beforeAll(async () => {
    told = unpack(data);
    for (const text of [...GONE.slice(0, 3), ...STAYS]) expect([text, filesWith(data, text)]).not.toEqual([text, []]);
    expect((await parquetWith(data, GONE)).length).toBeGreaterThan(0);
    for (const ms of KILLS_MS) await killedAfter(ms);
    await start();
  }, 600_000);
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  /** A start that is killed by then. */
  async function killedAfter(ms: number): Promise<void> {
    const child = spawn(process.execPath, [resolve(process.cwd(), 'dist/apps/standalone/main.js')], {
      env: { ...process.env, ...OWNED, ...environment(data), LEADLOG_DATA: data, PORT: '0', HOST: '127.0.0.1' },
      stdio: 'ignore',
    });
    await sleep(ms);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** What that version was sent first; it is known by the address. */
  async function sentAgain(): Promise<object[]> {
    const email = 'haruka.aoyama@minato-seiki.example';
    const profile = {
      name: '青山 晴香 Aoyama-Haruka',
      email,
      phone: '+81-3-5550-0123',
      company: '株式会社みなと精機',
      title: '部長',
      industry: '製造業',
    };
    const event = {
      specversion: '1.0',
      id: 'e-1',
      source: '/erasure',
      type: 'LeadCaptured',
      subject: `email:${email}`,
      time: told.lead.firstSeenAt,
      data: { channel: 'form', accountId: 'acc-minato', profile },
    };
    const { body } = await postJson<{ results: object[] }>(`${engine.url}/v1/events`, [event], 'application/cloudevents-batch+json');
    return body.results;
  }

  it('says what it said, to the digit, and has nothing personal in clear in its log, its archive and what is kept of it', async () => {
    const { why, kpis, sql } = await numbers();
    expect(why).toMatchObject(told.why);
    expect(kpis).toMatchObject(told.kpis.filter(({ kpi }) => KPIS.includes(kpi)));
    expect(sql).toEqual(told.sql.map(([lead, _tier, ...rest]) => [lead, ...rest.slice(0, -1)]));
    expect(await upToNow(`/v1/leads/${told.her}`)).toMatchObject({
      profile: { name: '青山 晴香 Aoyama-Haruka', phone: '+81-3-5550-0123' },
    });
    expect(await sentAgain()).toMatchObject([{ result: 'duplicate', leadId: told.her }]);
    for (const text of [...GONE, ...STAYS])
      expect([text, filesWith(data, text).filter((file) => file.includes('event-log'))]).toEqual([text, []]);
    expect(await rowsOf('SELECT deal, reason FROM deals')).toEqual([['d-1', '']]);
    // Both replays are made again, each up to where it was or beyond.
    const views = async () =>
      (await getJson<{ items: { name: string }[] }>(`${engine.url}/v1/sql/views`)).items
        .map(({ name }) => name)
        .filter((name) => name.startsWith('replay_'));
    while ((await views()).length < 2) await sleep(50);
    for (const view of await views()) expect(await rowsOf(`SELECT sum(events)::INTEGER, max(said) FROM ${view}`)).toEqual([[7, '']]);
    expect(await cliOn(data, 'personal-data', 'status')).toMatchObject({ clear: 0, keys: expect.any(Number) as number });
    expect(await verified()).toEqual(0);
  });

  const cliOn = async (of: string, ...args: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, ['bin/leadlog', ...args, '--json'], {
        env: { ...process.env, ...OWNED, LEADLOG_DATA: of },
        encoding: 'utf8',
      }),
    ) as object;
  const verified = () => {
    const child = spawn(process.execPath, ['bin/leadlog', 'archive', 'verify'], {
      env: { ...process.env, ...OWNED, LEADLOG_DATA: data },
      stdio: 'ignore',
    });
    return once(child, 'close').then(([code]) => code as number);
  };
  const kept = async () =>
    (await getJson<{ items: { id: string }[] }>(`${engine.url}/v1/reports/lost-words/results`)).items.map(({ id }) => id);

  it('shows an answer that was kept before to those alone who may read names', async () => {
    const [id] = await kept();
    const path = `${engine.url}/v1/reports/lost-words/results/${id}`;
    const asked = async (names: boolean) => {
      const { body } = await postJson<{ key: string }>(`${engine.url}/v1/keys`, {
        role: 'analyst',
        name: `analyst ${names}`,
        ...(names && { names }),
      });
      const response = await fetch(path, { headers: { authorization: `Bearer ${body.key}` } });
      return [response.status, await response.text()];
    };
    expect(await asked(false)).toEqual([403, expect.stringContaining('personal')]);
    expect(await asked(true)).toEqual([200, expect.stringContaining('Kurosawa-Shiro')]);
  });

  it('forgets a person in every file, every answer and the archive, and what was kept of before with it', async () => {
    const before = await numbers();
    await cliOnKilled();
    const progress = await getJson<object>(`${engine.url}/v1/leads/${told.her}/erasure`);
    expect(progress).toMatchObject({ state: 'completed', clearEvents: 0 });
    await expectForgotten(data);
    expect(await kept()).toEqual([]);
    expect(await numbers()).toEqual(before);
    expect(await upToNow('/v1/leads/colleague')).toMatchObject({ profile: { name: 'Suzuki-Ichiro' } });
    await engine.stop();
    await start();
    const { items } = await getJson<{ items: { name: string }[] }>(`${engine.url}/v1/projections`);
    for (const name of new Set(items.map(({ name }) => name))) await cli('projections', 'rebuild', name);
    const building = async () =>
      JSON.stringify((await getJson<{ items: unknown }>(`${engine.url}/v1/projections`)).items).includes('"building"');
    while (await building()) await sleep(50);
    await expectForgotten(data);
    expect(await numbers()).toEqual(before);
  });

  /** Asked for once; the engine is killed, and started again. */
  async function cliOnKilled(): Promise<void> {
    await cli('erase', told.her, '--no-wait');
    await engine.kill();
    await start();
    expect(await cli('erase', told.her)).toContain('completed');
  }

  it('that is put back from a backup of before has nothing of whoever is forgotten since, in any file', async () => {
    const restored = join(folder, 'restored');
    await engine.stop();
    // The keys of today, as restore takes them; everything else as it was.
    cpSync(data, restored, { recursive: true });
    for (const name of readdirSync(restored))
      if (/^(event-log|read-models|jobs)\.db|^archive$/.test(name)) rmSync(join(restored, name), { recursive: true });
    const old = join(folder, 'old');
    unpack(old);
    for (const name of ['event-log.db', join('archive', 'results'), join('archive', 'replays')])
      cpSync(join(old, name), join(restored, name), { recursive: true });
    expect(filesWith(restored, 'Aoyama-Haruka')).not.toEqual([]);
    await start(restored);
    expect(await upToNow(`/v1/leads/${told.her}`)).toMatchObject({ profile: { title: '部長' } });
    while (!existsSync(join(restored, 'archive', 'segments')) || parquetIn(restored).length === 0) await sleep(50);
    await expectForgotten(restored);
  });

  async function expectForgotten(of: string): Promise<void> {
    const answers = await Promise.all(
      ['', '/timeline', '/dossier', '/personal-data'].map((path) => upToNow<object>(`/v1/leads/${told.her}${path}`)),
    );
    const said = JSON.stringify([answers, await rowsOf('SELECT data, recorded_data, metadata FROM events')]);
    expect(GONE.filter((text) => said.includes(text))).toEqual([]);
    expect(Object.fromEntries(GONE.map((text) => [text, filesWith(of, text)]))).toEqual(Object.fromEntries(GONE.map((text) => [text, []])));
    expect(await parquetWith(of, GONE)).toEqual([]);
  }
});
