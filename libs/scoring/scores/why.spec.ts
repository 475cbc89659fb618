import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START, type Append, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, leadStream, type LeadTierChanged } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { LiveReadModels, ProjectionEngine, ReactionLoop, type Projection, type ReadModelView } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { parseModel } from '../model/parse-model';
import { scoreCurve } from './score-curve';
import { leadsByTier, scoresNow, why } from './score-queries';
import { scoresProjection, scoresSource } from './scores.projection';
import { tierReaction } from './tier-reaction';

const model = parseModel(readFileSync(join(__dirname, '../models/engagement.yaml'), 'utf8'));
const day = (n: number, hour = 10): string => `2026-06-${String(n).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00+09:00`;
const NOW = Date.parse('2100-01-01T00:00:00Z');

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-scoring-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const RECORDED = Date.parse(day(8));
const openLog = () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`), clock: () => RECORDED });
const openStore = () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) });

/** lead-0 to lead-5 with the same acts; lead-1 is merged into lead-0, a page of lead-2 was a robot's. */
function history(): Append[] {
  const events: RecordedEvent[] = [];
  for (let n = 0; n < 6; n++) {
    const leadId = `lead-${n}`;
    const page = { leadId, category: 'price' as const, dwellMs: 20_000 };
    events.push(recorded('LeadCaptured', { leadId, profile: { title: '部長', email: 'a@example.com' } }, { at: day(1) }));
    for (const hour of [12, 9, 11, 10]) events.push(recorded('WebPageViewed', page, { at: day(2 + n, hour) }));
    events.push(
      recorded('InquiryReceived', { leadId, kind: 'demo' }, { at: day(5) }),
      recorded('EmailUnsubscribed', { leadId }, { at: day(3) }),
    );
    if (n === 2) events.push(recorded('TouchpointInvalidated', { leadId, targetEventId: events.at(-4)!.id }, { at: day(20) }));
  }
  events.push(recorded('LeadsMerged', { leadId: 'lead-1', mergedId: 'lead-1', survivorId: 'lead-0' }, { at: day(21) }));
  return events.map(asAppend);
}

projectionContract('scores', async () => ({
  projection: scoresProjection(model) as Projection,
  decode,
  history: history(),
  openLog: async () => openLog(),
  openStore: async () => openStore(),
}));

describe('why and tiers, on a running engine', () => {
  it('sums to the score of the document, with caps, a merge and a voided page', async () => {
    const { log, readModels, stop } = await running(false);
    const view = await readModels.view('scores');
    for (const leadId of ['lead-0', 'lead-1', 'lead-2', 'lead-5']) {
      const now = Date.parse(day(25));
      const explanation = (await why(view, log, leadId, now))!;
      const [document] = await scoresNow(view, [leadId], now);
      for (const { axis, sum, adjustment, score } of explanation.axes) {
        const parts = explanation.contributions.filter((one) => one.axis === axis).reduce((total, { points }) => total + points, 0);
        expect(parts).toBeCloseTo(sum, 9);
        expect(sum + adjustment).toBeCloseTo(score, 9);
        expect(score).toBe(document!.scores[axis]);
        expect(document!.uncapped[axis]).toBe(Math.max(0, sum));
      }
    }
    const capped = (await why(view, log, 'lead-5', NOW))!.contributions.filter((one) => one.capped);
    expect(capped.map(({ ruleId, occurredAt }) => [ruleId, occurredAt])).toEqual([['price-page', Date.parse(day(7, 12))]]);
    expect((await why(view, log, 'lead-2', NOW))!.contributions.some((one) => one.capped)).toBe(false);
    await stop();
  });

  it('as of a time before anything was recorded knows nothing', async () => {
    const { log, readModels, stop } = await running(false);
    const explanation = await why(await readModels.view('scores'), log, 'lead-5', NOW, Date.parse(day(6)));
    expect(explanation!.contributions).toEqual([]);
    await stop();
  });

  it('tells the score over time: what is explained of each past moment, and what the document will give', async () => {
    const { log, readModels, stop } = await running(false);
    const view = await readModels.view('scores');
    const now = Date.parse(day(25));
    for (const leadId of ['lead-0', 'lead-1', 'lead-2', 'lead-5']) {
      const { points, from, until, axes } = (await scoreCurve(view, log, leadId, now, { days: 30 }))!;
      expect([points[0]!.at, points.at(-1)!.at, until - now >= 30 * 86_400_000]).toEqual([from, until, true]);
      expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b));
      for (const { at, scores } of points) {
        if (at > now) expect(scores).toEqual((await scoresNow(view, [leadId], at))[0]!.scores);
        else {
          const then = (await why(view, log, leadId, now, at, 'occurred'))!;
          for (const { axis, score } of then.axes) expect([at, axis, scores[axis]]).toEqual([at, axis, expect.closeTo(score, 9)]);
        }
      }
      // Its acts are steps, each from just before it to the moment of it.
      const moment = Date.parse(day(5));
      const around = [moment - 1, moment].map((at) => points.find((one) => one.at === at)!.scores[axes[0]!.axis]!);
      expect(around[1]! - around[0]!).toBeGreaterThan(5);
    }
    expect(await scoreCurve(view, log, 'nobody', now, { days: 30 })).toBeUndefined();
    await stop();
  });

  it('decides each change once, as of its own time, until no list asks for more', async () => {
    const { log, readModels, stop } = await running(true);
    const decisions: LeadTierChanged[] = [];
    const times: number[] = [];
    for await (const page of log.readStream(leadStream('lead-5'))) {
      decisions.push(...page.map(({ data }) => data as LeadTierChanged));
      times.push(...page.map(({ occurredAt }) => occurredAt));
    }
    expect(decisions.map(({ from, to }) => [from, to])).toEqual([
      ['cold', 'warm'],
      ['warm', 'cold'],
    ]);
    expect(decisions[0]!.causes.length).toBeGreaterThan(0);
    // As of when all was recorded, and as of when it cools: not as of the clock of the worker, decades later.
    expect(times[0]).toBe(RECORDED);
    expect(times[1]).toBeGreaterThan(RECORDED);
    expect(times[1]).toBeLessThan(RECORDED + 60 * 86_400_000);
    const view = await readModels.view('scores');
    expect(await view.list('tier-due', { max: NOW })).toEqual([]);
    expect((await leadsByTier(view, NOW, { limit: 10 })).map(({ tier }) => tier)).toEqual(Array(5).fill('cold'));
    await stop();
  });

  it('decides nothing for an entry of a list that the state has left behind', async () => {
    const { log, readModels, stop } = await running(false);
    const view = await readModels.view('scores');
    const [due] = await view.list('tier-due', { max: NOW });
    const head = await log.head();
    const reaction = tierReaction(log, () => NOW);
    expect(await reaction.react(due!.key, due!.rank - 1, view)).toBe('again');
    expect(await log.head()).toBe(head);
    expect(await reaction.react(due!.key, due!.rank, view)).toBe(head + 1n);
    await stop();
  });

  it('decides nothing by a state that includes more than what the view goes through, since its causes are not known', async () => {
    const { log, readModels, stop } = await running(false);
    const view = await readModels.view('scores');
    const [due] = await view.list('tier-due', { max: NOW });
    const head = await log.head();
    const behind = Object.create(view, { through: { value: START } }) as ReadModelView;
    expect(await tierReaction(log, () => NOW).react(due!.key, due!.rank, behind)).toBe('again');
    expect(await log.head()).toBe(head);
    await stop();
  });

  it('puts leads whose scores are at the cap in the order of what is above it', async () => {
    const now = Date.parse(day(8, 11));
    const { log, readModels, stop } = await running(true, { events: atTheCap(), clock: () => now });
    const scores = await leadsByTier(await readModels.view('scores'), now, { tier: 'hot', limit: 10 });
    expect(scores.map(({ leadId, scores: { engagement } }) => [leadId, engagement])).toEqual([
      ['lead-4', 100],
      ['lead-3', 100],
      ['lead-5', 100],
      ['lead-2', expect.closeTo(79.67, 2)],
    ]);
    const inquiries = (n: number): number => 40 * n * 2 ** (-2 / 24 / 14);
    expect(scores.map(({ uncapped }) => uncapped['engagement'])).toEqual([6, 5, 4, 2].map((n) => expect.closeTo(inquiries(n), 9)));
    expect(scores.map(({ uncapped }) => uncapped['fit'])).toEqual([30, 30, 30, 30]);
    expect(await leadsByTier(await readModels.view('scores'), now, { tier: 'hot', limit: 2 })).toEqual(scores.slice(0, 2));
    const decided: object[] = [];
    for (const n of [2, 3])
      for await (const page of log.readStream(leadStream(`lead-${n}`), { direction: 'backwards' }))
        decided.push(
          ...page
            .map(decode)
            .filter(({ data }) => (data as LeadTierChanged).to === 'hot')
            .map(({ data }) => data),
        );
    expect(decided).toEqual(
      [
        { score: { engagement: expect.any(Number), fit: 30 } },
        { score: { engagement: 100, fit: 30 }, uncapped: { engagement: expect.closeTo(200, 0), fit: 30 } },
      ].map((one) => expect.objectContaining(one)),
    );
    expect(decided[0]).not.toHaveProperty('uncapped');
    await stop();
  });

  it('as a model that takes over, decides by how things stand then, and as of then', async () => {
    const { log, readModels, stop } = await running(false);
    const view = await readModels.view('scores');
    const due = (await view.list('tier-due', { max: NOW })).find(({ key }) => key === 'lead-5')!;
    const takenOver = (versionSince: number): ReadModelView =>
      Object.create(view, { versionSince: { value: versionSince } }) as ReadModelView;
    const reaction = tierReaction(log, () => NOW);
    const before = await log.head();
    expect(await reaction.react('lead-5', due.rank, takenOver(RECORDED + 365 * 86_400_000))).toEqual({ notBefore: Infinity });
    expect(await log.head()).toBe(before);
    await reaction.react('lead-5', due.rank, takenOver(RECORDED + 1_000));
    for await (const page of log.readStream(leadStream('lead-5'), { direction: 'backwards', limit: 1 })) {
      expect(page.map(({ occurredAt, data }) => [occurredAt, (data as LeadTierChanged).to])).toEqual([[RECORDED + 1_000, 'warm']]);
    }
    await stop();
  });
});

/** lead-2 to lead-5, with 2, 5, 6 and 4 inquiries. */
function atTheCap(): Append[] {
  return [2, 5, 6, 4]
    .flatMap((times, n) => {
      const leadId = `lead-${n + 2}`;
      const inquiry = () => recorded('InquiryReceived', { leadId, kind: 'demo' }, { at: day(8, 9) });
      return [
        recorded('LeadCaptured', { leadId, profile: { title: '部長', email: 'a@example.com' } }, { at: day(1) }),
        ...Array.from({ length: times }, inquiry),
      ];
    })
    .map(asAppend);
}

async function running(deciding: boolean, { events = history(), clock = () => NOW } = {}) {
  const log = openLog();
  for (const outcome of await log.appendMany(events)) if (!outcome.ok) throw outcome.error;
  const store = openStore();
  const engine = new ProjectionEngine({
    log,
    store,
    decode,
    sources: [scoresSource(model)],
    clock,
  });
  const reactions = new ReactionLoop({ log, store, reactions: deciding ? [tierReaction(log, clock)] : [], clock });
  await engine.start();
  await reactions.start();
  const readModels = new LiveReadModels(store);
  await readModels.reached(['scores'], await log.head(), 300_000);
  if (deciding) {
    for (let due = 1; due > 0;) {
      await readModels.reached(['scores'], await log.head(), 300_000);
      due = (await (await readModels.view('scores')).list('tier-due', { max: clock() })).length;
      await new Promise(setImmediate);
    }
  }
  return {
    log,
    readModels,
    stop: async () => {
      await reactions.stop();
      await engine.stop();
      await store.close();
      await log.close();
    },
  };
}
