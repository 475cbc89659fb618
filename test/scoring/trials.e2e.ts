import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EventData } from '@leadlog/events';
import { leadlog } from '../support/leadlog.testing';
import { Tenant } from '../support/tenant.testing';
import { until } from '../support/until.testing';

const MODEL = 'changing';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Nothing decays, so what a preview says holds until the switch. */
const modelOf = (pagePoints: number, inquiry = 50) => `
model: ${MODEL}
axes:
  engagement:
    rules:
      - { id: page, on: WebPageViewed, points: ${pagePoints} }
      - { id: inquiry, on: InquiryReceived, points: ${inquiry} }
tiers:
  hot: { enter: { engagement: 60 }, leave: { engagement: 40 } }
  warm: { enter: { engagement: 30 }, leave: { engagement: 20 } }
`;

interface Trial {
  id: string;
  state: string;
  error?: string;
  result?: { leads: number; becomeHot: number; handsOff: number; named: { leadId: string; from: string; to: string }[] };
}

describe('trials of scoring models', () => {
  let tenant: Tenant;
  beforeEach(async () => {
    tenant = new Tenant();
    await tenant.start(modelOf(10));
  });
  afterEach(async () => {
    await tenant.engine.stop();
    tenant.remove();
  });

  const fileOf = (name: string, text: string): string => {
    const file = join(tenant.folder, name);
    writeFileSync(file, text);
    return file;
  };
  const trialOf = (id: string) => tenant.get<Trial>(`trials/${id}`);
  const delayed = async (id: string, ...states: string[]) => {
    await until(async () => states.includes((await trialOf(id)).state));
    return trialOf(id);
  };

  it('a preview names the leads that change tier at the switch, no more and no fewer, and publishing silently hands off none of them', async () => {
    const now = Date.now();
    const lines = Array.from({ length: 120 }, (_, n) => [
      tenant.event('LeadCaptured', `lead-${n}`, now - DAY, { channel: 'form', profile: { name: `lead ${n}` } }),
      ...Array.from({ length: n % 8 }, (_, page) => tenant.page(`lead-${n}`, now - page * HOUR - HOUR)),
      ...(n % 5 === 0 ? [tenant.inquiry(`lead-${n}`, now - 2 * HOUR)] : []),
    ]);
    await tenant.send(lines.flat());
    const points = Array.from({ length: 120 }, (_, n) => (n % 8) * 10 + (n % 5 === 0 ? 50 : 0));
    // The first version decides who is warm and hot, and hands the hot ones off; who becomes hot may be warm for a moment, as the lines
    // come.
    const tiers = new Map(points.flatMap((one, n) => (one >= 30 ? [[`lead-${n}`, one >= 60 ? 'hot' : 'warm']] : [])));
    const hot = [...tiers.values()].filter((tier) => tier === 'hot').length;
    await until(async () => {
      const decisions = await tenant.decisions();
      const lasts = new Map(
        decisions.flatMap(({ type, data }) =>
          type === 'LeadTierChanged' ? [[(data as EventData['LeadTierChanged']).leadId, (data as EventData['LeadTierChanged']).to]] : [],
        ),
      );
      return (
        decisions.filter(({ type }) => type === 'LeadHandedOff').length === hot && isDeepStrictEqual([...lasts].sort(), [...tiers].sort())
      );
    });
    const before = (await tenant.decisions()).length;

    const draft = fileOf('draft.yaml', modelOf(20, 25));
    const seen = await leadlog(tenant.engine.url, 'model', 'preview', draft, '--named', '1000', '--json');
    expect(seen).toMatchObject({ code: 0, out: expect.stringContaining('"becomeHot"') as string });
    const preview = JSON.parse(seen.out) as NonNullable<Trial['result']>;
    expect(preview.leads).toBe(120);
    expect(await tenant.decisions()).toHaveLength(before);

    const { version } = (await tenant.command<{ version: string }>(`${MODEL}/drafts`, modelOf(20, 25))).body;
    expect((await tenant.command(`${MODEL}/publish`, { version })).status).toBe(202);
    await until(async () => (await tenant.answering(MODEL)) === version);
    await until(async () => (await tenant.decisions()).length >= before + preview.named.length);
    // What is decided in the next moment would have been among them.
    await tenant.get(`leads?after=${await tenant.send([tenant.page('somebody-else', Date.now())])}&timeout=60000`);
    const after = (await tenant.decisions()).slice(before);
    const byLead = (moves: readonly { leadId: string; from: string; to: string }[]) =>
      moves.map(({ leadId, from, to }) => `${leadId} ${from} ${to}`).sort();
    expect(byLead(after.map(({ data }) => data as EventData['LeadTierChanged']))).toEqual(byLead(preview.named));
    expect(after.filter(({ type }) => type === 'LeadHandedOff')).toEqual([]);
    expect(preview.named.filter(({ to }) => to === 'hot').length).toBe(preview.becomeHot);
    expect(preview.becomeHot).toBeGreaterThan(10);
  });

  it('a trial is cancelled, and one of a killed engine is performed by the next', async () => {
    await tenant.send(Array.from({ length: 500 }, (_, n) => tenant.page(`lead-${n % 50}`, Date.now() - n * HOUR)));
    const { body: first } = await tenant.command<Trial>(`${MODEL}/trials`, { kind: 'preview' });
    const taken = (await (await fetch(`${tenant.engine.url}/v1/trials/${first.id}`, { method: 'DELETE' })).json()) as Trial;
    expect(['cancelled', 'done']).toContain(taken.state);

    const { body: second } = await tenant.command<Trial>(`${MODEL}/trials`, { kind: 'preview' });
    await delayed(second.id, 'running', 'done');
    await tenant.engine.kill();
    await tenant.start(modelOf(10));
    expect(await delayed(second.id, 'done', 'failed')).toMatchObject({ state: 'done', result: { leads: 50 } });
  });

  it('what cannot be looked at is said', async () => {
    expect(await leadlog(tenant.engine.url, 'model', 'preview', 'nothing')).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected a model that was drafted or published (GET /v1/models lists them), got "nothing"') as string,
    });
    expect(await leadlog(tenant.engine.url, 'model', 'preview', MODEL, '--version', 'abc')).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        `expected a version of "${MODEL}" that was drafted or published (GET /v1/models lists them), got "abc"`,
      ) as string,
    });
    const broken = fileOf('broken.yaml', modelOf(10).replace('points: 10', 'points: many'));
    expect(await leadlog(tenant.engine.url, 'model', 'preview', broken)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${MODEL}:6:`) as string,
    });
    expect((await tenant.command(`${MODEL}/trials`, { kind: 'guess' })).status).toBe(400);
    expect((await tenant.command(`${MODEL}/trials`, { kind: 'backtest', horizonDays: 0 })).status).toBe(400);
    expect((await fetch(`${tenant.engine.url}/v1/trials/none`)).status).toBe(404);
  });
});
