import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventOf, type EventType, type LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, mailKpis } from '@leadlog/lead';
import type { Projection } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { kpiTable, type KpiQuery } from '@leadlog/sales';

const timezone = 'Asia/Tokyo';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.parse('2026-01-01T00:00:00+09:00');

async function rows(events: readonly LeadlogEvent[], query: Partial<KpiQuery> & Pick<KpiQuery, 'kpis'>) {
  const [leads, mails] = [foldedView(leadsProjection({ timezone }), events), foldedView(mailKpis({ timezone }), events)];
  const views = { sales: mails, handoffs: mails, leads, dealLeads: mails, mails };
  const full = { by: 'none', from: '2026-01-01', to: '2026-07-01', period: 'none', timezone, now: start + 180 * DAY, ...query } as const;
  return (await kpiTable(views, full)).rows;
}
function on<Type extends EventType>(type: Type, at: number, data: Partial<EventData[Type]>, teamId?: string): LeadlogEvent {
  const absent = Object.fromEntries(
    ['origin', 'accountId', 'machineLikelihood'].flatMap((name) => (name in data ? [] : [[name, undefined]])),
  );
  return recorded(type, { ...absent, ...data }, { at, metadata: { actor: { kind: 'integration', id: 'crm', teamId } } }) as LeadlogEvent;
}
const NAMES = ['mails', 'mail-open-rate', 'mail-open-rate-raw', 'cards', 'cards-per-rep', 'people-per-company', 'dormant-card-rate'];

describe('KPIs of mails and business cards', () => {
  it('a mail counts on the day of its delivery, and as opened where nobody would take a machine for the reader', async () => {
    const open = (messageId: string, machineLikelihood?: number) => on('EmailOpened', start + 40 * DAY, { messageId, machineLikelihood });
    const history = [
      ...['a', 'b', 'c'].map((messageId) => on('EmailDelivered', start + DAY, { messageId })),
      open('a', 0.9),
      open('a', 0.49),
      open('b', 0.5),
      open('never delivered'),
    ];
    const [, rate, raw] = await rows(history, { kpis: NAMES.slice(0, 3), to: '2026-01-03' });
    expect([rate!.numerator, rate!.denominator, raw!.numerator]).toEqual([1, 3, 2]);
  });

  it('people, companies and representatives count once each, however many cards they have; people of no company are apart', async () => {
    const card = (lead: number, cardId: string, repId = 'rep-1', accountId?: string) =>
      on('BusinessCardExchanged', start + lead * DAY, { leadId: `lead-${lead}`, cardId, repId, accountId });
    const history = [
      card(1, 'a', 'rep-1', 'acc-1'),
      card(1, 'b'),
      card(2, 'c', 'rep-2', 'acc-1'),
      card(3, 'd', 'rep-1', 'acc-2'),
      card(4, 'e'),
    ];
    const values = async (by: KpiQuery['by']) =>
      (await rows(history, { kpis: ['cards-per-rep', 'people-per-company'], by })).map((one) => [
        one.group,
        one.numerator,
        one.denominator,
      ]);
    expect(await values('none')).toEqual([
      [undefined, 5, 2],
      [undefined, 3, 2],
    ]);
    expect(await values('rep')).toEqual([
      ['rep-1', 4, 1],
      ['rep-2', 1, 1],
      ['rep-1', 2, 2],
      ['rep-2', 1, 1],
    ]);
  });

  it('a card is dormant from the 91st day if nothing has come of it', async () => {
    const card = on('BusinessCardExchanged', start, { cardId: 'a' });
    const asked = async (day: number, ...more: LeadlogEvent[]) => {
      const [row] = await rows([card, ...more], { kpis: ['dormant-card-rate'], now: start + day * DAY });
      return [row!.numerator, row!.denominator];
    };
    expect([await asked(90), await asked(91)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(await asked(91, on('CallCompleted', start + 100 * DAY, {}))).toEqual([0, 1]);
    expect(await asked(91, on('BusinessCardHandedToMarketing', start + DAY, { cardId: 'a' }))).toEqual([0, 1]);
    expect(await asked(91, on('DealOpened', start - DAY, { dealId: 'd' }))).toEqual([0, 1]);
    expect(await asked(91, on('DealOpened', start - 9 * DAY, { dealId: 'd' }), on('DealLost', start - DAY, { dealId: 'd' }))).toEqual([
      1, 1,
    ]);
  });

  const event = fc
    .record({
      kind: fc.nat(9),
      l: fc.nat(2),
      x: fc.nat(3),
      r: fc.nat(1),
      at: fc.nat(24),
      likelihood: fc.constantFrom(undefined, 0, 0.4, 0.5, 1),
      a: fc.boolean(),
    })
    .map(({ kind, l, x, r, at: week, likelihood, a }): LeadlogEvent => {
      const leadId = `lead-${l}`;
      const at = start + 7 * week * DAY;
      const cardId = `card-${l}-${x}`;
      switch (kind) {
        case 0:
          return on('LeadCaptured', at, { leadId, channel: 'card', ...(a && { origin: ['web', 'fair'][r]! }) });
        case 1:
        case 2:
          return on('EmailDelivered', at, { leadId, messageId: `m${x}` });
        case 3:
          return on('EmailOpened', at, { leadId, messageId: `m${x}`, machineLikelihood: likelihood });
        case 4:
        case 5:
          return on(
            'BusinessCardExchanged',
            at,
            { leadId, cardId, repId: `rep-${r}`, ...(a && { accountId: `acc-${x % 2}` }) },
            a ? 'north' : undefined,
          );
        case 6:
          return on('BusinessCardHandedToMarketing', at, { leadId, cardId, repId: `rep-${r}` });
        case 7:
          return on('WebPageViewed', at, { leadId });
        case 8:
          return on('DealOpened', at, { leadId, dealId: `d-${l}` });
        default:
          return on('DealLost', at, { leadId, dealId: `d-${l}` });
      }
    });

  it('agree with the formulas done by brute force, by representative, team and origin', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 50, size: 'max' }).map(toldOnce), fc.nat(200), async (history, later) => {
        const now = start + later * DAY;
        for (const [by, groups] of Object.entries({
          none: [''],
          rep: ['rep-0', 'rep-1'],
          team: ['', 'north'],
          origin: ['', 'web', 'fair'],
        })) {
          const names = by === 'rep' || by === 'team' ? NAMES.slice(3) : NAMES;
          const table = await rows(history, { kpis: names, by: by as KpiQuery['by'], now });
          for (const group of groups) {
            const expected = bruteForceMarketing(history, now, by === 'none' ? {} : { [by]: group });
            for (const kpi of names) {
              const row = table.find((one) => one.kpi === kpi && (one.group ?? '') === group);
              const [n, d] = expected[kpi]!;
              if (row === undefined) expect([by, group, kpi, n, d ?? 0]).toEqual([by, group, kpi, 0, 0]);
              else
                expect([by, group, kpi, row.numerator, row.denominator, row.value]).toEqual([
                  by,
                  group,
                  kpi,
                  n,
                  d,
                  d === null ? n : d === 0 ? null : n / d,
                ]);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Of the customer, and of one of us. */
const ACTS = ['WebPageViewed', 'EmailOpened', 'BusinessCardExchanged', 'BusinessCardHandedToMarketing', 'DealOpened', 'DealLost'];

/** Of an exchange that is told twice, the engine folds the first (tellings). */
function toldOnce(events: readonly LeadlogEvent[]): LeadlogEvent[] {
  return events.filter(
    (e) =>
      e.type !== 'BusinessCardExchanged' ||
      !events.some(
        (o) =>
          o.type === 'BusinessCardExchanged' &&
          o.data.cardId === e.data.cardId &&
          (o.occurredAt < e.occurredAt || (o.occurredAt === e.occurredAt && o.position < e.position)),
      ),
  );
}

/** In the first half of 2026 in Tokyo, as literal as can be: numerator and denominator. */
function bruteForceMarketing(
  events: readonly LeadlogEvent[],
  now: number,
  only: { rep?: string; team?: string; origin?: string },
): Record<string, [number, number | null]> {
  const sorted = [...events].sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position));
  const of = <Type extends EventType>(type: Type) => sorted.filter((e) => e.type === type) as LeadlogEvent[] as EventOf<Type>[];
  const lead = (e: LeadlogEvent): string => (e.data as { leadId: string }).leadId;
  const dayOf = (at: number): number => Math.floor((at + 9 * HOUR) / DAY);
  const inSpan = (at: number): boolean => at >= start && at < Date.parse('2026-07-01T00:00:00+09:00');
  const isOfLead = (leadId: string): boolean =>
    only.origin === undefined || (of('LeadCaptured').find((e) => lead(e) === leadId)?.data.origin ?? '') === only.origin;
  const unique = (names: readonly string[]): number => new Set(names).size;

  const delivered = of('EmailDelivered')
    .filter((e, place, all) => all.findIndex((o) => lead(o) === lead(e) && o.data.messageId === e.data.messageId) === place)
    .filter((e) => inSpan(e.occurredAt) && isOfLead(lead(e)));
  const opened = (most: number): number =>
    delivered.filter((e) =>
      of('EmailOpened').some((o) => lead(o) === lead(e) && o.data.messageId === e.data.messageId && (o.data.machineLikelihood ?? 0) < most),
    ).length;

  const exchanges = of('BusinessCardExchanged');
  const handed = of('BusinessCardHandedToMarketing');
  const cards = [...exchanges, ...handed]
    .filter((e, place, all) => all.findIndex((o) => o.data.cardId === e.data.cardId) === place)
    .filter((e) => inSpan(e.occurredAt) && isOfLead(lead(e)))
    .filter((e) => only.rep === undefined || e.data.repId === only.rep)
    .filter((e) => only.team === undefined || ((e.type === 'BusinessCardExchanged' && e.metadata.actor.teamId) || '') === only.team);
  const companyOf = (leadId: string): string | undefined =>
    sorted.flatMap((e) => (lead(e) === leadId ? ((e.data as { accountId?: string }).accountId ?? []) : [])).at(-1);
  const known = cards.filter((e) => companyOf(lead(e)) !== undefined);
  const isDormant = (e: LeadlogEvent & { data: { cardId: string } }): boolean => {
    const its = sorted.filter((o) => lead(o) === lead(e));
    const lost = its.findLast((o) => o.type === 'DealLost');
    return (
      !handed.some((o) => o.data.cardId === e.data.cardId) &&
      !its.some((o) => ACTS.includes(o.type) && o.occurredAt > e.occurredAt) &&
      !(lost ? lost.occurredAt >= e.occurredAt : its.some((o) => o.type === 'DealOpened'))
    );
  };
  const old = cards.filter((e) => dayOf(now) - dayOf(e.occurredAt) > 90);
  return {
    mails: [delivered.length, null],
    'mail-open-rate': [opened(0.5), delivered.length],
    'mail-open-rate-raw': [opened(2), delivered.length],
    cards: [cards.length, null],
    'cards-per-rep': [cards.length, unique(cards.map((e) => e.data.repId))],
    'people-per-company': [unique(known.map(lead)), unique(known.map((e) => companyOf(lead(e))!))],
    'dormant-card-rate': [old.filter(isDormant).length, old.length],
  };
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-mail-kpis-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('mail-kpis', async () => ({
  projection: mailKpis({ timezone }) as Projection,
  decode,
  history: [
    ...[1, 2, 3].flatMap((n) => [
      on('LeadCaptured', start, { leadId: `lead-${n}`, origin: 'web' }),
      on('EmailDelivered', start + n * DAY, { leadId: `lead-${n}`, messageId: 'm' }),
      on('EmailOpened', start + (n + 1) * DAY, { leadId: `lead-${n}`, messageId: 'm', machineLikelihood: n / 4 }),
    ]),
    on('LeadsMerged', start + 9 * DAY, { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' }),
  ].map((one) => asAppend(one)),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
