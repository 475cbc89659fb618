import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@leadlog/event-log';
import { backendsOf } from '../support/engine-process';
import { Tenant, type Scored } from '../support/tenant.testing';
import { until } from '../support/until.testing';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const told = (events: readonly RecordedEvent[]) => events.map(({ type, data }) => `${type} ${(data as { leadId: string }).leadId}`).sort();

describe('a changed scoring model', () => {
  const OLD = 10;
  const NEW = 20;
  /**
   * `pages` counts the same under both models, so `engagement / pages` of a lead tells which model its answer is from,
   * whatever is being sent about it. `heat` halves every minute; tiers hang on it alone.
   */
  const modelOf = (pagePoints: number, inquiryPoints: number) => `
model: changing
axes:
  engagement: { rules: [ { id: page, on: WebPageViewed, points: ${pagePoints} } ] }
  pages: { rules: [ { id: page-count, on: WebPageViewed, points: 1 } ] }
  heat: { rules: [ { id: inquiry, on: InquiryReceived, points: ${inquiryPoints}, halfLife: 1m } ] }
tiers:
  hot: { enter: { heat: 60 }, leave: { heat: 20 }, dwell: 1h }
`;
  const onceHot = Array.from({ length: 5 }, (_, index) => `once-hot-${index}`);
  const hotNow = Array.from({ length: 3 }, (_, index) => `hot-now-${index}`);
  const tenant = new Tenant();
  afterAll(tenant.remove);

  /** Which models one answer is made of: in turn a list of 200 leads and the reasons of one. */
  let asked = 0;
  async function modelsInOneAnswer(): Promise<number[]> {
    if ((asked += 1) % 2) {
      const { items } = await tenant.get<{ items: Scored[] }>('leads?limit=200');
      expect(items).toHaveLength(200);
      return [...new Set(items.filter(({ scores }) => scores.pages! > 0).map(({ scores }) => scores.engagement! / scores.pages!))];
    }
    const { axes } = await tenant.get<{ axes: { axis: string; score: number }[] }>('leads/lead-7/why');
    const of = (name: string) => axes.find(({ axis }) => axis === name)!.score;
    return [of('engagement') / of('pages')];
  }

  /** Sends and reads, while `act` is under way and until readers have seen `next` 20 times. Answers what they saw, without repetitions. */
  async function underLoad(next: number, act: () => Promise<unknown>): Promise<number[][]> {
    let going = true;
    const sending = (async () => {
      // At most 130 events a second: what is sent as fast as the log takes it, no build on the same two cores catches up with.
      for (let n = 0; going; n += 20) {
        await tenant.send(Array.from({ length: 20 }, (_, index) => tenant.page(`lead-${(n + index) % 300}`, Date.now())));
        await sleep(150);
      }
    })();
    const seen = [await modelsInOneAnswer()];
    const reading = (async () => {
      for (let times = 0; times < 20;) {
        const models = await modelsInOneAnswer();
        if (String(seen.at(-1)) !== String(models)) seen.push(models);
        if (String(models) === String(next)) times += 1;
      }
    })();
    await act();
    await reading;
    going = false;
    await sending;
    return seen;
  }

  it('takes over after a restart and decides by how things stand then: nothing fires for what it would have found hot before', async () => {
    await tenant.start(modelOf(OLD, 10));
    const start = Date.now();
    const leads = Array.from({ length: 300 }, (_, n) => `lead-${n}`);
    const sent = await tenant.send([
      ...leads.map((leadId) => tenant.event('LeadCaptured', leadId, start - 400 * DAY, { channel: 'form', profile: { name: leadId } })),
      ...Array.from({ length: 4_000 }, (_, n) => tenant.page(leads[n % 300]!, start - (4_000 - n) * 10 * MINUTE)),
    ]);
    await tenant.get(`leads?after=${sent}&timeout=60000`);
    // Under the new model, with 100 points an inquiry, the first stand at 62 now and below 60 in three seconds; the others stay above for
    // two minutes.
    const now = Date.now();
    const position = await tenant.send([
      ...onceHot.map((leadId) => tenant.inquiry(leadId, now - MINUTE * Math.log2(100 / 62))),
      ...hotNow.flatMap((leadId) => [1, 2, 3].map(() => tenant.inquiry(leadId, now))),
    ]);
    await tenant.get(`leads?after=${position}&timeout=60000`);
    for (const leadId of onceHot) {
      const { items } = await tenant.get<{ items: { recordedAt: string }[] }>(`log/streams/activity-${leadId}`);
      expect(62 * 2 ** ((now - Date.parse(items[0]!.recordedAt)) / MINUTE)).toBeGreaterThan(60);
      await until(async () => (await tenant.lead(leadId)).scores.heat! < 5.99);
    }
    expect(await modelsInOneAnswer()).toEqual([OLD]);
    expect(await tenant.engine.stop()).toBe(0);

    await tenant.start(modelOf(NEW, 100));
    const seen = await underLoad(NEW, () => Promise.resolve());
    // The build may be done before the first answer.
    expect([[[OLD], [NEW]], [[NEW]]]).toContainEqual(seen);
    const [old, live] = await tenant.generations();
    expect([old, live]).toMatchObject([{ state: 'retired' }, { state: 'live' }]);

    // Handed off are the leads of the last decision; what was due was decided all at once before.
    await until(async () => {
      const { items } = await tenant.get<{ items: { leadId: string }[] }>('inbox');
      return hotNow.every((hot) => items.some(({ leadId }) => leadId === hot));
    });
    const decisions = await tenant.decisions();
    expect(told(decisions)).toEqual([
      ...hotNow.map((leadId) => `LeadHandedOff ${leadId}`),
      ...hotNow.map((leadId) => `LeadTierChanged ${leadId}`),
    ]);
    for (const { occurredAt, recordedAt, data } of decisions.filter(({ type }) => type === 'LeadTierChanged')) {
      expect(occurredAt).toBe(Date.parse(live!.switchedAt!));
      expect(recordedAt).toBeGreaterThanOrEqual(occurredAt);
      expect(live!.version).toContain((data as { version: string }).version);
    }
  });

  it('is rolled back, built anew beside the live one and switched, under load: every answer is wholly of one model, first of the old, then of the new', async () => {
    expect(await underLoad(OLD, () => tenant.operate('rollback'))).toEqual([[NEW], [OLD]]);
    const byHand = await underLoad(NEW, async () => {
      await tenant.operate('rebuild', { autoSwitch: false });
      await until(async () => (await tenant.generations()).at(-1)!.state === 'caught-up');
      expect(await modelsInOneAnswer()).toEqual([OLD]);
      await tenant.operate('switch');
    });
    expect(byHand).toEqual([[OLD], [NEW]]);
    expect(await underLoad(OLD, () => tenant.operate('rollback'))).toEqual([[NEW], [OLD]]);
    expect(await underLoad(NEW, () => tenant.operate('rebuild'))).toEqual([[OLD], [NEW]]);

    // A lead that was passed over is hot as soon as the customer acts again.
    await tenant.send([1, 2].map(() => tenant.inquiry(onceHot[0]!, Date.now())));
    await until(async () => (await tenant.get<{ items: unknown[] }>('inbox')).items.length > hotNow.length);
    expect(await tenant.engine.stop()).toBe(0);
    const hot = [...hotNow, onceHot[0]!];
    expect(told(await tenant.decisions())).toEqual([
      ...hot.map((leadId) => `LeadHandedOff ${leadId}`),
      ...hot.map((leadId) => `LeadTierChanged ${leadId}`),
    ]);
  });
});

describe('a score that only fades', () => {
  const tenant = new Tenant();
  afterAll(tenant.remove);

  it('follows for any later time without a write, and the tier cools at the moment that was told', async () => {
    await tenant.start(`
model: fading
axes:
  heat: { rules: [ { id: inquiry, on: InquiryReceived, points: 100, halfLife: 1m } ] }
tiers:
  warm: { enter: { heat: 85 } }
`);
    const asked = Date.now();
    const heatAt = (t: number) => 100 * 2 ** ((asked - t) / MINUTE);
    await tenant.send([tenant.inquiry('lead-a', asked)]);
    await until(async () => (await tenant.get<Scored>(`leads/lead-a?after=${await tenant.head()}`)).tier === 'warm');
    const coolsAt = Date.parse((await tenant.lead('lead-a')).coolsAt!);
    // The first whole ms at which 100 · 2^(-t/1m) is below 85: a quarter of a minute, in which a slow server too has decided.
    expect(coolsAt).toBe(Math.ceil(asked + MINUTE * Math.log2(100 / 85)));

    const whyAt = async (at?: number) => {
      const query = at === undefined ? '' : `?at=${encodeURIComponent(new Date(at).toISOString())}`;
      const { axes, ...rest } = await tenant.get<{ at: string; axes: { score: number }[]; tier: string }>(`leads/lead-a/why${query}`);
      return { ...rest, points: axes[0]!.score };
    };
    for (const at of [coolsAt - 1, coolsAt, asked + MINUTE, asked + DAY])
      expect(Math.abs((await whyAt(at)).points - heatAt(at))).toBeLessThan(1e-9);

    const { store, close } = await backendsOf(tenant.folder);
    const live = (await tenant.generations()).find(({ state }) => state === 'live')!.id;
    const written = async () => [await store.load(live, ['lead-a']), await store.checkpoint(live)];
    const head = await tenant.head();
    const before = await written();
    let last = Infinity;
    let looks = 0;
    for (;;) {
      const { at, points, tier } = await whyAt();
      const documents = await written();
      if ((await tenant.head()) !== head) break;
      expect([documents, tier]).toEqual([before, 'warm']);
      expect(Math.abs(points - heatAt(Date.parse(at)))).toBeLessThan(1e-9);
      expect(points).toBeLessThanOrEqual(last);
      last = points;
      looks += 1;
    }
    expect(looks).toBeGreaterThan(2);

    await until(async () => (await tenant.lead('lead-a')).tier === 'cold');
    expect(await tenant.lead('lead-a')).toMatchObject({ tierSince: new Date(coolsAt).toISOString() });
    const [, cooled, ...more] = await tenant.decisions();
    expect(more).toEqual([]);
    expect(cooled).toMatchObject({ type: 'LeadTierChanged', occurredAt: coolsAt, data: { from: 'warm', to: 'cold' } });
    expect(cooled!.position).toBeGreaterThan(BigInt(head));
    expect((cooled!.data as { score: { heat: number } }).score.heat).toBeCloseTo(heatAt(coolsAt), 9);
    expect(cooled!.recordedAt).toBeGreaterThanOrEqual(coolsAt);
    await close();
    expect(await tenant.engine.stop()).toBe(0);
  });
});
