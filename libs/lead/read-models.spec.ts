import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Append, RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, validateData, type EventData, type EventType } from '@leadlog/events';
import { asAppend, recorded, type RecordedOptions } from '@leadlog/events/recorded.testing';
import { accountOf, accountsProjection, leadOf, leadsProjection, listLeads, timelineOf } from '@leadlog/lead';
import { fromCode, InvalidCursor, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';

const TIMEZONE = 'Asia/Tokyo';
const leadsIn = () => leadsProjection({ timezone: TIMEZONE }) as Projection;
const day = (n: number, hour = 10): string => `2026-06-${String(n).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00+09:00`;

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-lead-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const openLog = () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
const openStore = () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) });

/** Some of everything, with late events, a merge, its reversal and a voided touchpoint. */
function history(): Append[] {
  const events: RecordedEvent[] = [];
  for (let n = 0; n < 12; n++) {
    const leadId = `lead-${n}`;
    const at = { at: day((n % 9) + 1) };
    events.push(
      recorded(
        'LeadCaptured',
        { leadId, accountId: `acc-${n % 4}`, channel: 'form', origin: n % 5 ? `o${n % 3}` : undefined, profile: { name: `氏名${n}` } },
        at,
      ),
    );
    events.push(recorded('WebPageViewed', { leadId }, { at: day(20 - n) }));
    events.push(recorded('EmailOpened', { leadId }, { at: day(12) }));
    if (n % 2) events.push(recorded('LeadLinkedToAccount', { leadId, accountId: `acc-${(n + 1) % 4}`, role: 'user' }, { at: day(15) }));
    if (n % 3 === 0)
      events.push(
        recorded('DealOpened', { leadId, dealId: `deal-${n}` }, { at: day(16) }),
        recorded('DealWon', { leadId, dealId: `deal-${n}` }, { at: day(18) }),
      );
  }
  for (const [leadId, n] of [
    ['lead-6', 4],
    ['lead-5', 3],
    ['lead-7', 9],
    ['lead-8', 9],
    ['lead-1', 8],
    ['lead-1', 2],
  ] as const)
    events.push(recorded('CallCompleted', { leadId, callId: 'call-1' }, { at: day(n) }));
  events.push(
    recorded('TouchpointInvalidated', {
      leadId: 'lead-3',
      targetEventId: events.find(({ type, data }) => type === 'WebPageViewed' && (data as { leadId: string }).leadId === 'lead-3')!.id,
    }),
  );
  const merge = recorded('LeadsMerged', { leadId: 'lead-6', mergedId: 'lead-6', survivorId: 'lead-5' });
  events.push(merge, recorded('LeadsMerged', { leadId: 'lead-7', mergedId: 'lead-7', survivorId: 'lead-8' }));
  events.push(
    recorded('WebPageViewed', { leadId: 'lead-6' }, { at: day(2) }),
    recorded('MergeReverted', { leadId: 'lead-6', mergeEventId: merge.id }),
  );
  events.push(recorded('ProfileUpdated', { leadId: 'lead-7', changes: { title: '部長' } }, { at: day(3) }));
  return events.map(asAppend);
}

projectionContract('leads', async () => ({
  projection: leadsIn(),
  decode,
  history: history(),
  openLog: async () => openLog(),
  openStore: async () => openStore(),
}));
projectionContract('accounts', async () => ({
  projection: accountsProjection as Projection,
  decode,
  history: history(),
  openLog: async () => openLog(),
  openStore: async () => openStore(),
}));

describe('asking the read models', () => {
  let log: ReturnType<typeof openLog>;
  let store: ReturnType<typeof openStore>;
  let engine: ProjectionEngine;
  let models: LiveReadModels;

  beforeEach(async () => {
    log = openLog();
    store = openStore();
    engine = new ProjectionEngine({
      log,
      store,
      sources: [fromCode(leadsIn()), fromCode(accountsProjection as Projection)],
      decode,
      clock: Date.now,
    });
    await engine.start();
    models = new LiveReadModels(store);
  });
  afterEach(async () => {
    await engine.stop();
    await log.close();
    await store.close();
  });

  /** Appends and waits until both read models have it. */
  async function record<Type extends EventType>(
    type: Type,
    data: Partial<EventData[Type]>,
    options: RecordedOptions = {},
  ): Promise<RecordedEvent> {
    const event = recorded(type, data, options);
    await log.append(event.stream, asAppend(event).events, { expected: 'any' });
    await models.reached(['leads', 'accounts'], await log.head(), 300_000);
    return event;
  }
  const leads = () => models.view('leads');
  const accounts = () => models.view('accounts');

  it('a merged lead answers as its survivor, and its history counts there', async () => {
    await record('LeadCaptured', { leadId: 'lead-1', profile: { name: '青山 晴香' } }, { at: day(1) });
    await record('LeadCaptured', { leadId: 'lead-2', profile: { name: '青山', title: '部長' } }, { at: day(2) });
    await record('DealWon', { leadId: 'lead-2', dealId: 'deal-2' }, { at: day(5) });
    const merge = await record('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' });
    for (const leadId of ['lead-1', 'lead-2']) {
      expect(await leadOf(await leads(), leadId)).toMatchObject({
        leadId: 'lead-1',
        mergedLeadIds: ['lead-2'],
        profile: { name: '青山', title: '部長' },
        capturedAt: Date.parse(day(1)),
        deals: [{ dealId: 'deal-2', state: 'won' }],
      });
    }
    expect((await listLeads(await leads(), {})).items.map(({ leadId }) => leadId)).toEqual(['lead-1']);

    await record('MergeReverted', { leadId: 'lead-2', mergeEventId: merge.id });
    expect(await leadOf(await leads(), 'lead-2')).toMatchObject({ leadId: 'lead-2', mergedLeadIds: [], deals: [{ dealId: 'deal-2' }] });
    expect(await leadOf(await leads(), 'lead-1')).toMatchObject({ leadId: 'lead-1', profile: { name: '青山 晴香' }, deals: [] });
  });

  it('knows nothing of a lead that nobody has heard of', async () => {
    await record('LeadCaptured', { leadId: 'lead-1' });
    expect(await leadOf(await leads(), 'nobody')).toBeUndefined();
    expect(await timelineOf(log, await leads(), 'nobody', { timezone: TIMEZONE })).toBeUndefined();
    expect(await accountOf(await accounts(), await leads(), 'nobody')).toBeUndefined();
  });

  it('lists leads page by page, the last act of the customer first, none twice and none left out', async () => {
    for (let n = 0; n < 7; n++)
      await record('LeadCaptured', { leadId: `lead-${n}`, channel: 'form', profile: { name: `氏名${n}` } }, { at: day(1 + (n % 3)) });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listLeads(await leads(), { limit: 3, cursor });
      seen.push(...page.items.map(({ leadId }) => leadId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(['lead-5', 'lead-2', 'lead-4', 'lead-1', 'lead-6', 'lead-3', 'lead-0']);
    await expect(listLeads(await leads(), { cursor: 'nonsense' })).rejects.toThrow(InvalidCursor);
  });

  it('counts leads and wins by their day and origin, and leads that won by the day of their capture', async () => {
    await record('LeadCaptured', { leadId: 'lead-1', origin: 'social', profile: {} }, { at: '2026-05-31T23:59:59+09:00' });
    await record('LeadCaptured', { leadId: 'lead-2', origin: 'social', profile: {} }, { at: '2026-06-01T00:00:00+09:00' });
    await record('LeadCaptured', { leadId: 'lead-3', origin: undefined, profile: {} }, { at: day(9) });
    await record('DealWon', { leadId: 'lead-1', dealId: 'deal-1' }, { at: day(20) });
    await record('DealWon', { leadId: 'lead-1', dealId: 'deal-2' }, { at: day(21) });
    const cells = await (await leads()).tallies('captured', 'x');
    expect(cells.filter(([cell]) => cell.startsWith('region:')).map(([, n]) => n)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(cells.filter(([cell]) => !cell.includes(':'))).toEqual([
      ['captured-won|2026-05-31|social', 1],
      ['captured|2026-05-31|social', 1],
      ['captured|2026-06-01|social', 1],
      ['captured|2026-06-09|', 1],
      ['wins|2026-06-20|social', 1],
      ['wins|2026-06-21|social', 1],
    ]);
  });

  it('an account has its people, each once, with their roles, and says which roles nobody has', async () => {
    const accountId = 'acc-1';
    await record(
      'LeadCaptured',
      { leadId: 'lead-1', accountId, channel: 'form', profile: { company: '株式会社みなと精機' } },
      { at: day(1) },
    );
    await record('LeadLinkedToAccount', { leadId: 'lead-2', accountId, role: 'decisionMaker' }, { at: day(2) });
    await record('LeadLinkedToAccount', { leadId: 'lead-3', accountId, role: 'user' }, { at: day(3) });
    await record('LeadLinkedToAccount', { leadId: 'lead-4', accountId, role: 'champion' }, { at: day(3) });
    await record('LeadLinkedToAccount', { leadId: 'lead-4', accountId: 'acc-2', role: 'champion' }, { at: day(4) });
    await record('LeadsMerged', { leadId: 'lead-3', mergedId: 'lead-3', survivorId: 'lead-1' }, { at: day(5) });
    const account = await accountOf(await accounts(), await leads(), accountId);
    expect(account).toMatchObject({ name: '株式会社みなと精機', missingRoles: ['champion', 'influencer'] });
    expect(account!.people.map(({ leadId, role, since }) => [leadId, role, since])).toEqual([
      ['lead-1', 'user', Date.parse(day(1))],
      ['lead-2', 'decisionMaker', Date.parse(day(2))],
    ]);
  });

  it('the people of an account come page by page, the last to act first, however many they are', async () => {
    const accountId = 'acc-1';
    for (let n = 1; n <= 5; n += 1) {
      await record('LeadLinkedToAccount', { leadId: `lead-${n}`, accountId }, { at: day(1) });
      await record('WebPageViewed', { leadId: `lead-${n}` }, { at: day(10 + n) });
    }
    // Gone and come back: since the first time.
    await record('LeadLinkedToAccount', { leadId: 'lead-5', accountId: 'acc-2' }, { at: day(2) });
    await record('LeadLinkedToAccount', { leadId: 'lead-5', accountId }, { at: day(3) });
    const seen: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await accountOf(await accounts(), await leads(), accountId, { limit: 2, cursor });
      seen.push(page!.people.map(({ leadId }) => leadId));
      expect(page!.peopleInAll).toBe(5);
      for (const { since } of page!.people) expect(since).toBe(Date.parse(day(1)));
      if ((cursor = page!.cursor) === undefined) break;
    }
    expect(seen).toEqual([['lead-5', 'lead-4'], ['lead-3', 'lead-2'], ['lead-1']]);
    expect(await accountOf(await accounts(), await leads(), 'acc-2')).toMatchObject({ people: [], peopleInAll: 0 });
  });

  it('a timeline has both lanes by business time, newest first, with deals and merged leads, and marks what is voided', async () => {
    const download = await record(
      'ContentDownloaded',
      { leadId: 'lead-2', assetId: 'wp-1', kind: 'whitepaper', title: '設備保全DX' },
      { at: day(3) },
    );
    await record('CallCompleted', { leadId: 'lead-1', repId: 'rep-7', outcome: 'reached', seconds: 65, needs: undefined }, { at: day(5) });
    await record('DealWon', { leadId: 'lead-1', dealId: 'deal-1', amount: { value: 1_280_000, currency: 'JPY' } }, { at: day(9) });
    await record('DealStageChanged', { leadId: 'lead-9', dealId: 'deal-1' }, { at: day(8) });
    await record('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' }, { at: day(6) });
    const voiding = await record('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: download.id, reason: 'bot' }, { at: day(7) });
    const page = await timelineOf(log, await leads(), 'lead-1', { timezone: TIMEZONE });
    expect(page!.entries.map(({ lane, summary, mergedLeadId, voided }) => [lane, summary.ja, mergedLeadId, voided])).toEqual([
      ['seller', '受注 deal-1: ￥1,280,000', undefined, undefined],
      ['seller', '接点を無効化（ボット）', 'lead-2', undefined],
      ['seller', '名寄せ: lead-2 を lead-1 に統合', 'lead-2', undefined],
      ['seller', '架電（rep-7）: 担当者接続 1:05', undefined, undefined],
      ['customer', 'ホワイトペーパーをダウンロード: 設備保全DX', 'lead-2', { reason: 'bot', by: voiding.id }],
    ]);
  });

  it('a call told again is one call: in the counts and in the timeline, in any order, whoever of the person it is told of, until what corrects it is voided', async () => {
    const tell = (leadId: string, n: number, outcome: 'refused' | 'reached' | 'noAnswer', callId = 'call-1') =>
      record('CallCompleted', { leadId, callId, outcome, seconds: 30, repId: 'rep-7' }, { at: day(n) });
    const seen = async () => {
      const { counts, lastSellerActAt } = (await leadOf(await leads(), 'lead-1'))!;
      const { entries } = (await timelineOf(log, await leads(), 'lead-1', { timezone: TIMEZONE }))!;
      const calls = entries.filter(({ type, voided }) => type === 'CallCompleted' && !voided);
      return {
        counted: counts['CallCompleted'],
        lastSellerActAt,
        calls: calls.map(({ data, toldAgain = [] }) => [
          (data as { outcome: string }).outcome,
          ...toldAgain.map((one) => (one.data as { outcome: string }).outcome),
        ]),
      };
    };
    await tell('lead-1', 5, 'refused');
    const reached = await tell('lead-1', 5, 'reached');
    await tell('lead-1', 3, 'noAnswer');
    await tell('lead-1', 1, 'noAnswer', 'call-2');
    expect(await seen()).toEqual({
      counted: 2,
      lastSellerActAt: Date.parse(day(5)),
      calls: [['reached', 'refused', 'noAnswer'], ['noAnswer']],
    });
    const other = await tell('lead-2', 6, 'refused');
    const merge = await record('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' });
    expect(await seen()).toEqual({
      counted: 2,
      lastSellerActAt: Date.parse(day(6)),
      calls: [['refused', 'reached', 'refused', 'noAnswer'], ['noAnswer']],
    });
    await record('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: other.id, reason: 'test' });
    await record('TouchpointInvalidated', { leadId: 'lead-1', targetEventId: reached.id, reason: 'test' });
    expect(await seen()).toEqual({ counted: 2, lastSellerActAt: Date.parse(day(5)), calls: [['refused', 'noAnswer'], ['noAnswer']] });
    await record('MergeReverted', { leadId: 'lead-2', mergeEventId: merge.id });
    expect([await leadOf(await leads(), 'lead-2'), (await seen()).counted]).toEqual([undefined, 2]);
  });

  it('of two events under one id, in the streams of two leads that became one, the one that is named is voided', async () => {
    const inquiry = await record('ContentDownloaded', { leadId: 'lead-1' }, { at: day(2) });
    await record('ContentDownloaded', { leadId: 'lead-2' }, { at: day(2), id: inquiry.id });
    await record('TouchpointInvalidated', {
      leadId: 'lead-2',
      targetEventId: inquiry.id,
      targetStream: 'activity-lead-2',
      reason: 'duplicate',
    });
    const counts = async (leadId: string) => (await leadOf(await leads(), leadId))?.counts;
    expect([await counts('lead-1'), (await counts('lead-2')) ?? {}]).toEqual([{ ContentDownloaded: 1 }, {}]);
    await record('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' });
    expect(await counts('lead-1')).toEqual({ ContentDownloaded: 1 });
    const { entries } = (await timelineOf(log, await leads(), 'lead-1', { timezone: TIMEZONE }))!;
    expect(
      entries.filter(({ type }) => type === 'ContentDownloaded').map(({ mergedLeadId, voided }) => [mergedLeadId, voided?.reason]),
    ).toEqual([
      ['lead-2', 'duplicate'],
      [undefined, undefined],
    ]);
  });

  it('shows the same whichever of two streams the log wrote first: ties in a timeline, and the order of counts and consents', async () => {
    const found: unknown[] = [];
    for (const [leadId, twin, order] of [
      ['lead-1', 'lead-2', 1],
      ['lead-3', 'lead-4', -1],
    ] as const) {
      const same = { at: day(4) };
      const merge = () => record('LeadsMerged', { leadId: twin, mergedId: twin, survivorId: leadId }, { at: day(5) });
      const facts = [
        () => record('DealOpened', { leadId, dealId: `deal-${leadId}` }, same),
        () => record('VisitorIdentified', { leadId }, same),
        () => record('LeadReturned', { leadId }, same),
        () => record('EmailDelivered', { leadId: twin }, same),
        () => record('WebPageViewed', { leadId: twin }, { at: day(3) }),
        () => record('ConsentChanged', { leadId, channel: 'phone', status: 'granted' }, { at: day(1) }),
        () => record('ConsentChanged', { leadId: twin, channel: 'email', status: 'granted' }, { at: day(2) }),
      ];
      for (const fact of order > 0 ? facts : [...facts].reverse()) await fact();
      await merge();
      const pages: string[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await timelineOf(log, await leads(), leadId, { timezone: TIMEZONE, limit: 1, cursor });
        pages.push(page!.entries[0]!.type);
        cursor = page!.cursor;
      }
      const { counts, consent } = (await leadOf(await leads(), leadId))!;
      found.push([pages, JSON.stringify([counts, Object.keys(consent)])]);
    }
    expect(found[0]).toEqual([
      [
        'LeadsMerged',
        'LeadReturned',
        'DealOpened',
        'EmailDelivered',
        'VisitorIdentified',
        'WebPageViewed',
        'ConsentChanged',
        'ConsentChanged',
      ],
      '[{"EmailDelivered":1,"WebPageViewed":1},["email","phone"]]',
    ]);
    expect(found[1]).toEqual(found[0]);
  });

  it('a timeline is read page by page, in either lane', async () => {
    for (let n = 1; n <= 5; n++) {
      await record('EmailOpened', {}, { at: day(n) });
      await record('EmailDelivered', {}, { at: day(n) });
    }
    const types: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await timelineOf(log, await leads(), 'lead-1', { timezone: TIMEZONE, limit: 2, lane: 'customer', cursor });
      types.push(...page!.entries.map(({ type, occurredAt }) => `${type} ${occurredAt.slice(8, 10)}`));
      cursor = page!.cursor;
    } while (cursor !== undefined);
    expect(types).toEqual(['EmailOpened 05', 'EmailOpened 04', 'EmailOpened 03', 'EmailOpened 02', 'EmailOpened 01']);
    await expect(timelineOf(log, await leads(), 'lead-1', { timezone: TIMEZONE, cursor: '!' })).rejects.toThrow(InvalidCursor);
  });

  it('what the helpers of these specs append is what the catalogue allows', () => {
    for (const { events } of history())
      for (const { type, data } of events) expect([type, validateData(type, JSON.parse(JSON.stringify(data)))]).toEqual([type, []]);
  });
});
