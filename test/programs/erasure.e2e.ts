import Database from 'better-sqlite3';
import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { filesWith, parquetIn, parquetWith } from '../support/found-texts.testing';
import { leadlog } from '../support/leadlog.testing';

/** What must be found nowhere once she is forgotten. Latin letters too, which no escape can hide. */
const HER = {
  name: '青山 晴香 Aoyama-Haruka',
  email: 'haruka.aoyama@minato-seiki.example',
  other: 'aoyama.private@mail.example',
  phone: '+81-3-5550-0123',
  text: 'Our line in Takasaki-Nishi stops at night',
  heard: 'the plant manager Kurosawa-Shiro decides',
};
const GONE = ['Aoyama-Haruka', '晴香', 'haruka.aoyama', 'aoyama.private', '5550-0123', 'Takasaki-Nishi', 'Kurosawa-Shiro'];
const KILLS = 4;
const SEED = 20261130;

/** On files, which are looked through as they lie there. */
describe('a person who is forgotten', () => {
  const { folder, remove } = temporaryFolder();
  const data = join(folder, 'data');
  const policy = join(folder, 'policy.yaml');
  const olderKeys = join(folder, 'older-keys.db');
  let engine: EngineProcess;
  let sent = 0;
  const event = (type: string, subject: string, more: object, id = `e-${(sent += 1)}`) => ({
    specversion: '1.0',
    id,
    source: '/erasure',
    type,
    subject,
    time: new Date(Date.now() - 60_000).toISOString(),
    data: more,
  });
  const tell = async (...events: object[]) => {
    const { body } = await postJson<{ position: string; results: { result: string; leadId: string }[] }>(
      `${engine.url}/v1/events`,
      events,
      'application/cloudevents-batch+json',
    );
    for (const one of body.results) expect(one).toMatchObject({ result: expect.stringMatching(/accepted|duplicate/) as string });
    return body;
  };
  const start = async () => {
    engine = await startEngine(data, {
      LEADLOG_POLICY: policy,
      LEADLOG_ARCHIVE_SECONDS: '1',
      TEST_SECRET: Buffer.alloc(32, 7).toString('base64'),
    });
    await untilReady(engine.url);
  };
  const upToNow = async <Answer>(path: string) => {
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    return getJson<Answer>(`${engine.url}${path}${path.includes('?') ? '&' : '?'}after=${position}&timeout=60000`);
  };
  const cli = async (...args: string[]) => {
    const { code, out, err } = await leadlog(engine.url, ...args);
    expect({ code, err }).toMatchObject({ code: 0 });
    return out;
  };

  /** Deliveries that have not arrived, as they are kept. */
  async function undelivered(): Promise<{ type: string; data: object }[]> {
    const jobs = SqliteJobs.open({ file: join(data, 'jobs.db') });
    const kept = [...(await jobs.list('webhooks.sfa', 'waiting')), ...(await jobs.list('webhooks.sfa', 'active'))];
    await jobs.close();
    return kept.map(({ payload }) => payload as { type: string; data: object });
  }

  const captured = event('LeadCaptured', `email:${HER.email}`, {
    channel: 'form',
    accountId: 'acc-minato',
    profile: { name: HER.name, email: HER.email, phone: HER.phone, company: '株式会社みなと精機', title: '部長', industry: '製造業' },
  });
  const inquiry = (subject: string, text?: string) => event('InquiryReceived', subject, { kind: 'demo', ...(text && { text }) });
  let her: string;
  let handoff: string;
  const numbers = async () => ({
    score: (await upToNow<{ scores: unknown }>(`/v1/leads/${her}/why?at=2026-12-31T00:00:00Z`)) as unknown,
    kpis: (await upToNow<{ items: unknown }>('/v1/kpis?by=origin')).items,
    sql: (
      JSON.parse(
        await cli('sql', '--json', 'SELECT lead, tier, company, title, industry, email_domain, has, events FROM leads ORDER BY lead'),
      ) as { rows: unknown }
    ).rows,
  });
  let before: Awaited<ReturnType<typeof numbers>>;

  beforeAll(async () => {
    // Nobody listens there: deliveries wait, with what they are to tell.
    writeFileSync(
      policy,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: 'http://127.0.0.1:9/hook', secretEnv: TEST_SECRET }]\n`,
    );
    await start();
    const { results } = await tell(captured);
    her = results[0]!.leadId;
    // She is another lead, too, under another address, until somebody says so; and a colleague of somebody who is handed off.
    const [other] = (
      await tell(event('LeadCaptured', `email:${HER.other}`, { channel: 'event', profile: { name: HER.name, email: HER.other } }))
    ).results;
    await cli('leads', 'merge', her, other!.leadId);
    await tell(inquiry(`lead:${her}`, HER.text), inquiry(`email:${HER.other}`, HER.text));
    await tell(
      event('CallCompleted', `lead:${her}`, {
        callId: 'c-1',
        repId: 'rep-1',
        startedAt: new Date().toISOString(),
        seconds: 90,
        outcome: 'reached',
        needs: [HER.heard],
      }),
      event('NextActionPlanned', `lead:${her}`, { actionId: 'a-1', template: 'call', dueAt: new Date().toISOString(), reason: HER.heard }),
    );
    const state = async (leadId: string) =>
      (await upToNow<{ items: { leadId: string; handoffId: string }[] }>('/v1/inbox?rep=rep-1')).items.find((one) => one.leadId === leadId);
    while (!(await state(her))) await sleep(50);
    handoff = (await state(her))!.handoffId;
    await tell(event('InsightExchanged', `lead:${her}`, { handoffId: handoff, kind: 'question', text: HER.heard }));
    await tell(
      event('LeadCaptured', 'lead:colleague', {
        channel: 'form',
        accountId: 'acc-minato',
        profile: { title: '部長', company: '株式会社みなと精機' },
      }),
    );
    await tell(inquiry('lead:colleague'), inquiry('lead:colleague'));
    while (!(await state('colleague'))) await sleep(50);
    await tell(
      event('DealOpened', `lead:${her}`, { dealId: 'd-1', repId: 'rep-1' }),
      event('DealLost', `lead:${her}`, { dealId: 'd-1', reason: HER.heard, declaredBy: 'customer' }),
    );
    while ((await undelivered()).length < 2) await sleep(50);
    while (parquetIn(data).length === 0) await sleep(50);
    before = await numbers();
    for (const gone of ['Aoyama-Haruka', 'Takasaki-Nishi', 'Kurosawa-Shiro']) expect(filesWith(data, gone)).not.toEqual([]);
    copyOfKeys(join(data, 'personal-keys.db'), olderKeys);
    await erasing();
  }, 600_000);
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  /** Asked for once, and the engine is killed again and again until it is done. */
  async function erasing(): Promise<void> {
    await cli('erase', her, '--request', 'dsr-7', '--no-wait');
    let random = SEED;
    for (let kill = 0; kill < KILLS; kill += 1) {
      random = (random * 48_271) % 2_147_483_647;
      await sleep(random % 150);
      await engine.kill();
      await start();
    }
    expect(await cli('erase', her)).toContain('completed');
  }

  async function expectForgotten(): Promise<void> {
    const answers = await Promise.all(
      ['', '/timeline', '/dossier', '/personal-data', '/consent'].map((path) => upToNow<object>(`/v1/leads/${her}${path}`)),
    );
    const others = await Promise.all(
      [
        '/v1/leads/colleague/dossier',
        '/v1/inbox?rep=rep-1',
        '/v1/reps/rep-1/day',
        '/v1/jobs/webhooks.sfa?state=waiting',
        '/v1/leads?q=Aoyama',
        '/v1/questions',
        '/v1/deals',
      ].map((path) => upToNow<object>(path)),
    );
    const said = JSON.stringify([answers, others]);
    expect(GONE.filter((text) => said.includes(text))).toEqual([]);
    expect(answers[0]).toMatchObject({ erased: true, profile: { title: '部長' } });
    expect(Object.fromEntries(GONE.map((text) => [text, filesWith(data, text)]))).toEqual(
      Object.fromEntries(GONE.map((text) => [text, []])),
    );
    expect(await parquetWith(data, GONE)).toEqual([]);
  }

  it('is named nowhere any more: in no answer, no file, no archive, no delivery; whatever was killed meanwhile', async () => {
    await expectForgotten();
    const progress = await getJson<{ leadIds: string[] }>(`${engine.url}/v1/leads/${her}/erasure`);
    expect(progress).toMatchObject({ state: 'completed', requestId: 'dsr-7', clearEvents: 0 });
    expect(progress.leadIds).toHaveLength(2);
  });

  it('counts as before, to the digit', async () => {
    expect(await numbers()).toEqual(before);
  });

  it('is told to the destinations that knew of the lead, without the name', async () => {
    const told = await undelivered();
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'lead.erased', data: { leadId: her, handoffIds: [handoff], erased: true } }),
    );
    expect(told.find(({ type, data: about }) => type === 'lead.handed_off' && JSON.stringify(about).includes(handoff))).toMatchObject({
      data: { erased: true },
    });
  });

  it('stays forgotten after a restart and a rebuild of everything', async () => {
    await engine.stop();
    await start();
    const { items } = await getJson<{ items: { name: string }[] }>(`${engine.url}/v1/projections`);
    for (const name of new Set(items.map(({ name }) => name))) await cli('projections', 'rebuild', name);
    const building = async () =>
      JSON.stringify((await getJson<{ items: unknown }>(`${engine.url}/v1/projections`)).items).includes('"building"');
    while (await building()) await sleep(50);
    await expectForgotten();
    expect(await numbers()).toEqual(before);
  });

  it('stays forgotten where older keys are put back', async () => {
    await engine.stop();
    for (const name of readdirSync(data)) if (name.startsWith('personal-keys.db')) rmSync(join(data, name));
    copyFileSync(olderKeys, join(data, 'personal-keys.db'));
    await start();
    // The worker destroys them again as it starts, beside the API.
    const known = async () => JSON.stringify(await upToNow(`/v1/leads/${her}/personal-data`));
    while ((await known()).includes('Takasaki-Nishi')) await sleep(20);
    await expectForgotten();
  });

  it('who sends again what was sent gets a duplicate; who comes back is somebody new, and is known by name', async () => {
    expect((await tell(captured)).results).toMatchObject([{ result: 'duplicate', leadId: her }]);
    const [back] = (
      await tell(event('LeadCaptured', `email:${HER.email}`, { channel: 'form', profile: { name: 'Haruka A.', email: HER.email } }))
    ).results;
    expect(back!.leadId).not.toBe(her);
    expect(await upToNow(`/v1/leads/${back!.leadId}`)).toMatchObject({ erased: false, profile: { name: 'Haruka A.', email: HER.email } });
    expect(await upToNow(`/v1/leads/${her}`)).toMatchObject({ erased: true, identities: { emails: [] } });
    // Of the lead that is erased nothing personal is recorded, whoever sends it.
    await tell(event('ProfileUpdated', `lead:${her}`, { changes: { name: HER.name, department: '製造部' } }));
    expect(await upToNow(`/v1/leads/${her}`)).toMatchObject({ profile: { department: '製造部' } });
    expect(filesWith(data, 'Aoyama-Haruka')).toEqual([]);
  });
});

/** As a backup has them. */
function copyOfKeys(file: string, to: string): void {
  const keys = new Database(file, { readonly: true });
  keys.prepare('VACUUM INTO ?').run(to);
  keys.close();
}
