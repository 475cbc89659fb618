import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@leadlog/event-log';
import { leadlog as calledWith } from '../support/leadlog.testing';
import { Tenant, type Scored } from '../support/tenant.testing';
import { until } from '../support/until.testing';

const MINUTE = 60_000;
const MODEL = 'changing';

/** `pages` counts the same under each of them, so `engagement / pages` of a lead tells which one its answer is from. */
const modelOf = (pagePoints: number, hot = 1_000_000, model = MODEL) => `
# pages are worth ${pagePoints}
model: ${model}
axes:
  engagement: { rules: [ { id: page, on: WebPageViewed, points: ${pagePoints} } ] }
  pages: { rules: [ { id: page-count, on: WebPageViewed, points: 1 } ] }
tiers:
  hot: { enter: { engagement: ${hot} } }
`;

interface Answer {
  version: string;
  position: string;
  repeated: boolean;
}
interface Model {
  modelId: string;
  main: boolean;
  live?: { version: string; ofSettings?: true };
  answering?: string;
  retired?: true;
  versions: { version: string; published: boolean }[];
  published: { version: string; mode: string; handoffs: string; rollbackTo?: string; position: string }[];
}
interface Why {
  version: string;
  axes: { axis: string; score: number }[];
  contributions: { ruleId: string; points: number }[];
}

const leadsOf = (events: readonly RecordedEvent[], type: string) =>
  events
    .filter((event) => event.type === type)
    .map(({ data }) => (data as { leadId: string }).leadId)
    .sort();

describe('scoring models in the log', () => {
  let tenant: Tenant;
  beforeEach(() => void (tenant = new Tenant()));
  afterEach(async () => {
    await tenant.engine.stop();
    tenant.remove();
  });

  const models = async () => (await tenant.get<{ items: Model[] }>(`models?after=${await tenant.head()}`)).items;
  const draft = async (document: string, modelId = MODEL) => (await tenant.command<Answer>(`${modelId}/drafts`, document)).body.version;
  const command = async (verb: string, body: object, modelId = MODEL): Promise<Answer> => {
    const answer = await tenant.command<Answer>(`${modelId}/${verb}`, body);
    expect(answer).toMatchObject({ status: answer.body.repeated ? 200 : 202 });
    return answer.body;
  };
  const answers = (version: string, modelId = MODEL) => until(async () => (await tenant.answering(modelId)) === version);
  const pages = async (leadId: string, number: number) =>
    tenant.send(Array.from({ length: number }, (_, n) => tenant.page(leadId, Date.now() - n)));
  const scores = async (leadId: string, query = '') =>
    (await tenant.get<Scored>(`leads/${leadId}?after=${await tenant.head()}&timeout=60000${query}`)).scores;

  it('drafts, publishes and rolls back while events come in: every answer is wholly of one version, and a killed engine goes on with what was published', async () => {
    await tenant.start(modelOf(10));
    const leads = Array.from({ length: 100 }, (_, n) => `lead-${n}`);
    const start = Date.now();
    const sent = await tenant.send([
      ...leads.map((leadId) => tenant.event('LeadCaptured', leadId, start, { channel: 'form', profile: { name: leadId } })),
      ...Array.from({ length: 2_000 }, (_, n) => tenant.page(leads[n % 100]!, start - n * MINUTE)),
    ]);
    await tenant.get(`leads?after=${sent}&timeout=60000`);

    let going = true;
    const sending = (async () => {
      for (let n = 0; going; n += 20) {
        await tenant.send(Array.from({ length: 20 }, (_, index) => tenant.page(leads[(n + index) % 100]!, Date.now())));
        await sleep(50);
      }
    })();
    /** Which versions one list of leads is of, until it has been of `next` ten times. */
    const seenUntil = async (next: number, act: () => Promise<unknown>) => {
      const look = async () => {
        const { items } = await tenant.get<{ items: Scored[] }>('leads?limit=100');
        return [...new Set(items.map((lead) => lead.scores.engagement! / lead.scores.pages!))];
      };
      const seen = [await look()];
      await act();
      for (let times = 0; times < 10;) {
        const now = await look();
        if (String(now) !== String(seen.at(-1))) seen.push(now);
        if (String(now) === String(next)) times += 1;
      }
      return seen;
    };

    const [{ live }] = (await models()) as [Model];
    expect(live).toMatchObject({ ofSettings: true });
    const version = await draft(modelOf(20));
    expect(await models()).toMatchObject([
      { modelId: MODEL, main: true, live, answering: live!.version, versions: [{ version, published: false }], published: [] },
    ]);
    expect(await tenant.get(`models/${MODEL}?version=${version}`)).toMatchObject({
      version,
      text: modelOf(20),
      definition: { model: MODEL },
      publishedAs: [],
    });

    let published!: Answer;
    expect(await seenUntil(20, async () => (published = await command('publish', { version })))).toEqual([[10], [20]]);
    expect(published).toMatchObject({ version, repeated: false });
    expect(await command('publish', { version })).toEqual({ ...published, repeated: true });
    expect(await tenant.get<{ items: Model[] }>(`models?after=${published.position}`)).toMatchObject({
      items: [{ live: { version }, published: [{ version: live!.version }, { version }] }],
    });
    expect((await tenant.generations()).map(({ id, state }) => [id, state])).toEqual([
      ['scores.1', 'retired'],
      ['scores.2', 'live'],
    ]);

    // The generation from before is there still and has only to catch up.
    expect(await seenUntil(10, () => command('rollback', { from: version }))).toEqual([[20], [10]]);
    expect(await command('rollback', { from: version })).toMatchObject({ version: live!.version, repeated: true });
    expect((await tenant.generations()).map(({ id, state }) => [id, state])).toEqual([
      ['scores.1', 'live'],
      ['scores.2', 'retired'],
    ]);
    going = false;
    await sending;

    const third = await draft(modelOf(30));
    await command('publish', { version: third });
    await tenant.engine.kill();
    await tenant.start(modelOf(10));
    await answers(third);
    expect(tenant.engine.stderr.join('\n')).toContain(`but version ${third} was published, and that is what counts`);
    const { engagement, pages: count } = await scores('lead-1');
    expect(engagement).toBe(30 * count!);
  });

  it('is published for future events only: what was recorded before keeps its points', async () => {
    await tenant.start(modelOf(1));
    await pages('lead-1', 3);
    const { version, position } = await command('publish', { document: modelOf(10), mode: 'prospective' });
    await answers(`${version}@${position}`);
    expect(await scores('lead-1')).toEqual({ engagement: 3, pages: 3 });
    await pages('lead-1', 2);
    expect(await scores('lead-1')).toEqual({ engagement: 23, pages: 5 });
    const why = await tenant.get<Why>('leads/lead-1/why');
    expect(why.version).toBe(`${version}@${position}`);
    const given = new Map<string, number>();
    for (const { ruleId, points } of why.contributions) given.set(ruleId, (given.get(ruleId) ?? 0) + points);
    expect(Object.fromEntries(given)).toEqual({ page: 20, 'page-count': 5, [`page@${position}`]: 3 });
    // The same lead as it would be had it been so from the start, and as it was.
    const under = async (name: string) => (await tenant.get<Why>(`leads/lead-1/why?version=${name}`)).axes[0];
    expect(await under(version)).toMatchObject({ score: 50 });
    expect(await under((await models())[0]!.published[0]!.version)).toMatchObject({ score: 5 });
    expect((await fetch(`${tenant.engine.url}/v1/leads/lead-1/why?version=none`)).status).toBe(404);
  });

  it('hands off nobody for a silent switch, not even with facts that come in while it is decided; an act of the customer does', async () => {
    await tenant.start(modelOf(1));
    const leads = Array.from({ length: 40 }, (_, n) => `lead-${String(n).padStart(2, '0')}`);
    await tenant.send(leads.flatMap((leadId) => Array.from({ length: 5 }, () => tenant.page(leadId, Date.now() - MINUTE))));
    const sent = await tenant.send(
      leads.map((leadId) => tenant.event('LeadCaptured', leadId, Date.now() - MINUTE, { channel: 'form', profile: { name: leadId } })),
    );
    await tenant.get(`leads?after=${sent}`);

    const { version } = await command('publish', { document: modelOf(10, 50) });
    // What we do, not they: it is folded before, while and after the leads are decided on.
    let going = true;
    const calling = (async () => {
      for (let n = 0; going; n += 1) {
        const leadId = leads[n % 40]!;
        await tenant.send([tenant.event('ProfileUpdated', leadId, Date.now(), { changes: { title: `部長 ${n}` } })]);
      }
    })();
    await answers(version);
    await until(async () => leadsOf(await tenant.decisions(), 'LeadTierChanged').length === 40);
    going = false;
    await calling;
    await tenant.get(`inbox?after=${await tenant.head()}&timeout=60000`);
    const act = await pages('lead-07', 1);
    await tenant.get(`inbox?after=${act}&timeout=60000`);
    await until(async () => (await tenant.get<{ items: unknown[] }>('inbox')).items.length > 0);
    await tenant.send([tenant.page('lead-new', Date.now()), ...Array.from({ length: 4 }, () => tenant.page('lead-new', Date.now()))]);
    await until(async () => (await tenant.get<{ items: unknown[] }>('inbox')).items.length > 1);
    const decisions = await tenant.decisions();
    expect(leadsOf(decisions, 'LeadTierChanged')).toEqual([...leads, 'lead-new'].sort());
    expect(leadsOf(decisions, 'LeadHandedOff')).toEqual(['lead-07', 'lead-new']);
  });

  it('is undone by a rollback: whom it alone made hot is cold again, and is handed off only for what makes it hot by itself', async () => {
    const mode = 'prospective';
    const tiers = (hot: number): string => `
model: ${MODEL}
axes: { engagement: { rules: [ { id: demo, on: InquiryReceived, points: 55 }, { id: page, on: WebPageViewed, points: 1 }, { id: paper, on: ContentDownloaded, points: 20 } ] } }
tiers: { hot: { enter: { engagement: ${hot} }, leave: { engagement: 5 } } }
`;
    await tenant.start(tiers(60));
    const leads = ['lead-a', 'lead-b'];
    const settled = async (tier: string): Promise<void> => {
      for (const leadId of leads)
        await until(async () => (await tenant.get<Scored>(`leads/${leadId}?after=${await tenant.head()}&timeout=60000`)).tier === tier);
    };
    const rollback = async (): Promise<void> => {
      const { version, position } = await command('rollback', {});
      await tenant.send([tenant.page('lead-a', Date.now())]);
      await until(async () =>
        (await tenant.get<{ items: (Model & { answering?: string })[] }>('models')).items[0]!.published.some(
          (one) => one.position === position,
        ),
      );
      await until(async () => (await tenant.answering(MODEL))!.startsWith(version));
    };
    await tenant.send(leads.map((leadId) => tenant.inquiry(leadId, Date.now() - MINUTE)));
    await command('publish', { document: tiers(50), mode, handoffs: 'silent' });
    await settled('hot');

    const { body: trial } = await tenant.command<{ id: string }>(`${MODEL}/trials`, { kind: 'preview', rollback: true });
    const preview = async () => tenant.get<{ state: string; result?: object }>(`trials/${trial.id}`);
    await until(async () => (await preview()).result !== undefined);
    expect((await preview()).result).toMatchObject({
      leaveHot: 2,
      becomeHot: 0,
      handsOff: 0,
      tiers: { now: { hot: 2 }, then: { cold: 2 } },
    });

    await rollback();
    await settled('cold');
    // Twice, and both rolled back.
    await command('publish', { document: tiers(50), mode, handoffs: 'silent' });
    await settled('hot');
    await command('publish', { document: tiers(40), mode, handoffs: 'silent' });
    // To one by which they are hot, where a page view would rightly hand them off.
    await command('rollback', {});
    await rollback();
    await settled('cold');

    await tenant.send([
      tenant.page('lead-a', Date.now()),
      tenant.event('ContentDownloaded', 'lead-b', Date.now(), { assetId: 'paper', kind: 'whitepaper' }),
    ]);
    await until(async () => leadsOf(await tenant.decisions(), 'LeadHandedOff').length > 0);
    await tenant.get(`inbox?after=${await tenant.head()}&timeout=60000`);
    expect(leadsOf(await tenant.decisions(), 'LeadHandedOff')).toEqual(['lead-b']);
    expect(await tenant.lead('lead-a')).toMatchObject({ tier: 'cold', scores: { engagement: 58 } });
  });

  it('runs beside the main one, decides tiers that hand nobody off, and is retired', async () => {
    await tenant.start(modelOf(1));
    await pages('lead-1', 5);
    const { version, position } = await command('publish', { document: modelOf(10, 50, 'second') }, 'second');
    await answers(version, 'second');
    await until(async () => (await tenant.get<{ items: Scored[] }>('leads?model=second&tier=hot')).items.length === 1);
    expect(await tenant.get(`leads?model=second&after=${position}`)).toMatchObject({
      items: [{ tier: 'hot', scores: { engagement: 50, pages: 5 } }],
    });
    expect(await tenant.get('leads')).toMatchObject({ items: [{ tier: 'cold', scores: { engagement: 5, pages: 5 } }] });
    expect(await tenant.get('leads/lead-1/why?model=second')).toMatchObject({ model: 'second', version, tier: 'hot' });
    // The next event waits for both models, and for what follows from them.
    const sent = await pages('lead-1', 1);
    await tenant.get(`leads?model=second&after=${sent}`);
    await tenant.get(`inbox?after=${await tenant.head()}`);
    const decisions = await tenant.decisions();
    expect(decisions.map(({ type, data }) => [type, data])).toMatchObject([
      ['LeadTierChanged', { modelId: 'second', to: 'hot', aside: true }],
    ]);
    expect(await tenant.get('leads/lead-1/timeline?lane=engine')).toMatchObject({
      items: [{ summary: { en: 'Tier cold → hot (second)' } }],
    });

    expect(await tenant.command(`${MODEL}/retire`, {})).toMatchObject({ status: 409 });
    const retired = await command('retire', {}, 'second');
    await until(async () => (await models()).every(({ modelId, answering }) => modelId !== 'second' || answering === undefined));
    expect((await fetch(`${tenant.engine.url}/v1/leads?model=second&after=${retired.position}`)).status).toBe(404);
    expect((await fetch(`${tenant.engine.url}/health/ready`)).status).toBe(200);
    await command('publish', { version }, 'second');
    await answers(version, 'second');
    expect(await tenant.get(`leads?model=second&after=${await tenant.head()}`)).toMatchObject({
      items: [{ tier: 'hot', scores: { engagement: 60, pages: 6 } }],
    });
  });

  it('says what is wrong with a document by line and column, and keeps none of it', async () => {
    await tenant.start(modelOf(1));
    const wrong = modelOf(1).replace('id: page,', 'id: page, pionts: 1,');
    for (const verb of ['validate', 'drafts']) {
      expect(await tenant.command(`${MODEL}/${verb}`, wrong)).toMatchObject({
        status: 422,
        body: { errors: [{ line: 5, column: 38, message: expect.stringContaining('the nearest is points') as string }] },
      });
    }
    expect(await tenant.command('another/validate', modelOf(1))).toMatchObject({
      status: 422,
      body: { errors: [{ line: 3, column: 8, message: `model: expected another, the requested model, got ${MODEL}` }] },
    });
    expect(await tenant.command(`${MODEL}/publish`, { version: 'none' })).toMatchObject({ status: 404 });
    expect(await tenant.command(`${MODEL}/rollback`, {})).toMatchObject({ status: 409 });
    expect(await tenant.command(`${MODEL}/validate`, modelOf(2))).toMatchObject({
      status: 200,
      body: { modelId: MODEL, axes: ['engagement', 'pages'], rules: 2 },
    });
    expect((await models())[0]).toMatchObject({ versions: [], published: [] });
  });

  it('counts the days of caps where the tenant is: live, in reasons, in a preview, and after the setting has changed', async () => {
    const capped = (points: number) =>
      `model: ${MODEL}\naxes: { engagement: { rules: [ { id: page, on: WebPageViewed, points: ${points}, cap: { times: 1, per: 1d } } ] } }\ntiers: { hot: { enter: { engagement: 25 } } }\n`;
    await tenant.start(capped(10), { LEADLOG_TIMEZONE: 'America/Sao_Paulo' });
    // One day in Tokyo; an evening and a day in Sao Paulo.
    await tenant.send([
      tenant.page('lead-1', Date.parse('2026-06-03T22:00:00Z')),
      tenant.page('lead-1', Date.parse('2026-06-04T14:00:00Z')),
    ]);
    expect(await scores('lead-1')).toEqual({ engagement: 20 });
    const version = await draft(capped(15));
    expect((await tenant.get<Why>(`leads/lead-1/why?version=${version}`)).axes).toMatchObject([{ score: 30 }]);
    const preview = await calledWith(tenant.engine.url, 'model', 'preview', MODEL, '--json');
    expect(JSON.parse(preview.out)).toMatchObject({ becomeHot: 1, named: [{ leadId: 'lead-1', scores: { engagement: 30 } }] });
    await command('publish', { version });
    await answers(version);
    expect(await scores('lead-1')).toEqual({ engagement: 30 });
    await tenant.engine.stop();

    await tenant.start(capped(10), { LEADLOG_TIMEZONE: 'Asia/Tokyo' });
    await until(async () => (await scores('lead-1'))['engagement'] === 15);
    expect((await models())[0]).toMatchObject({ live: { version }, answering: version });
  });

  it('a document that takes long to read holds up nobody else, and is refused in few words', async () => {
    await tenant.start(modelOf(1));
    const hostile = `model: ${MODEL}\naxes: [${'a,'.repeat(120_000)}]`;
    let read = false;
    const validated = tenant.command(`${MODEL}/validate`, hostile).finally(() => (read = true));
    for (let asked = 0; asked < 5; asked += 1) {
      await tenant.get('models');
      expect(read).toBe(false);
    }
    expect((await validated).status).toBe(422);
    const names = Array.from({ length: 20_000 }, (_, n) => `name${n}: 1`).join('\n');
    for (const path of [`${MODEL}/validate`, `${MODEL}/drafts`]) {
      const { status, body } = await tenant.command(path, names);
      expect(status).toBe(422);
      expect((body as { errors: unknown[] }).errors).toHaveLength(51);
    }
    expect((await tenant.command(`${MODEL}/publish`, { document: names })).status).toBe(422);
    expect((await tenant.command(`${MODEL}/trials`, { kind: 'preview', document: names })).status).toBe(422);
    expect(await tenant.command(`${MODEL}/validate`, modelOf(2))).toMatchObject({ status: 200 });
  });

  it('is drafted, published and rolled back on the command line, which tells mistakes as editors read them', async () => {
    await tenant.start(modelOf(1));
    const leadlog = (...args: string[]) => calledWith(tenant.engine.url, ...args);
    const json = async <T>(...args: string[]) => JSON.parse((await leadlog('--json', ...args)).out) as T;
    const fileOf = (name: string, text: string) => {
      const file = join(tenant.folder, name);
      writeFileSync(file, text);
      return file;
    };
    const wrong = fileOf('wrong.yaml', modelOf(2).replace('hot:', 'hott:'));
    for (const verb of ['validate', 'draft']) {
      expect(await leadlog('model', verb, wrong)).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(`^${wrong}:8:3: tiers: there is no hott; the nearest is hot.*\n.*is no scoring model\n$`) as string,
      });
    }
    expect(await leadlog('model', 'draft', 'nowhere.yaml')).toMatchObject({ code: 2 });
    await pages('lead-1', 3);

    const file = fileOf('next.yaml', modelOf(2));
    const { version } = await json<Answer>('model', 'validate', file);
    expect((await leadlog('model', 'draft', file)).out).toContain(`leadlog model publish ${MODEL} --version ${version}`);
    await models();
    expect((await leadlog('model', 'list')).out).toMatch(new RegExp(`${MODEL}.*main.*of the settings.*${version}`));
    expect((await leadlog('model', 'show', MODEL, '--version', version)).out).toBe(modelOf(2));
    expect((await leadlog('why', 'lead-1', '--version', version, '--model', MODEL)).out).toContain(`by ${MODEL} ${version}`);
    expect(await leadlog('model', 'publish', MODEL, '--handoffs', 'trickle')).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected perDay') as string,
    });
    expect((await leadlog('model', 'publish', MODEL, '--handoffs', 'trickle', '--per-day', '5')).out).toContain(
      `${MODEL} ${version} is published`,
    );
    await answers(version);
    await models();
    expect((await leadlog('model', 'history', MODEL)).out).toMatch(new RegExp(`${version}.*retroactive.*5 a day`));
    expect((await leadlog('model', 'publish', MODEL, '--version', version)).out).toContain('is live already');
    expect(await leadlog('model', 'publish', MODEL)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no draft that was never published') as string,
    });
    expect((await leadlog('model', 'rollback', MODEL)).out).toContain(`goes back from ${version}`);
    await models();
    expect(await leadlog('model', 'rollback', MODEL)).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected a publication before') as string,
    });
    expect(await leadlog('model', 'retire', MODEL)).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected a model other than the main one') as string,
    });
  });
});
