import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffKpis } from '@leadlog/handoff';
import { leadsProjection, mailKpis, timezoneOfLeads } from '@leadlog/lead';
import { type ReadModelView } from '@leadlog/projections';
import { dealLeads, kpiTable, salesKpis, SharedDeals, type KpiQuery } from '@leadlog/sales';
import { PresentKpis } from './present-kpis';
import { timezoneOf, windowsOf } from './sales-facts.projection';
import { GetKpis, GetKpisHandler } from '../sales.handlers';

const timezone = 'Asia/Tokyo';
const PAIRS = 300;

describe('Deals that several leads share, asked for again and again', () => {
  const files = engineOnFiles(
    salesKpis({ timezone }),
    handoffKpis({ timezone }),
    leadsProjection({ timezone }),
    dealLeads(),
    mailKpis({ timezone }),
  );
  const { log, readModels } = files;
  const kept = new SharedDeals();
  beforeAll(() => files.start());
  afterAll(() => files.end());

  const at = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T10:00:00+09:00`;
  async function tell(...events: ReturnType<typeof recorded>[]): Promise<void> {
    await log.appendMany(events.map(asAppend));
    await readModels.reached(['sales-kpis', 'handoff-kpis', 'leads', 'deal-leads', 'mail-kpis'], await log.head(), 300_000);
  }
  /** Documents asked for. */
  let read = 0;
  const counted = async (name: string): Promise<ReadModelView> => {
    const view = await readModels.view(name);
    return Object.assign(Object.create(view) as ReadModelView, {
      many: (keys: string[]) => ((read += keys.length), view.many(keys)),
      resolveAll: (keys: string[]) => ((read += keys.length), view.resolveAll(keys)),
    });
  };
  /** How many documents are asked for, with the answers. */
  async function ask(query: Partial<KpiQuery> = {}, shared = kept): Promise<{ rows: object[]; read: number }> {
    read = 0;
    const views = {
      sales: await counted('sales-kpis'),
      handoffs: await counted('handoff-kpis'),
      leads: await counted('leads'),
      dealLeads: await counted('deal-leads'),
      mails: await counted('mail-kpis'),
    };
    const { rows } = await kpiTable(
      views,
      { by: 'none', from: '2026-06-01', to: '2026-07-01', period: 'none', timezone, now: Date.parse('2026-12-01T00:00:00Z'), ...query },
      shared,
    );
    return { rows, read };
  }
  const won = async (): Promise<[wins: unknown, read: number]> => {
    const { rows, read } = await ask();
    // Whatever is kept, the answer is that of somebody who asks for the first time.
    for (const by of ['none', 'rep', 'origin'] as const)
      expect((await ask({ by })).rows).toEqual((await ask({ by }, new SharedDeals())).rows);
    return [(rows as { kpi: string; numerator: number }[]).find(({ kpi }) => kpi === 'wins')!.numerator, read];
  };

  it('reads what has changed, and no more', async () => {
    const pairs = Array.from({ length: PAIRS }, (_, n) => n);
    await tell(
      ...pairs.flatMap((n) => [
        recorded('LeadCaptured', { leadId: `a-${n}`, origin: 'web' }, { at: at(1) }),
        recorded('DealOpened', { leadId: `a-${n}`, dealId: `d-${n}`, repId: 'rep-1' }, { at: at(2) }),
        recorded('DealWon', { leadId: `a-${n}`, dealId: `d-${n}` }, { at: at(3) }),
        recorded('DealWon', { leadId: `b-${n}`, dealId: `d-${n}` }, { at: at(4) }),
      ]),
    );
    const [wins, first] = await won();
    expect(wins).toBe(PAIRS);
    expect(first).toBeGreaterThan(2 * PAIRS);
    expect((await won())[1]).toBe(0);
    expect((await ask({ kpis: ['calls', 'answer-rate', 'appointment-rate'] }, new SharedDeals())).read).toBe(0);

    const lost = recorded('DealLost', { leadId: 'b-7', dealId: 'd-7' }, { at: at(9) });
    await tell(lost);
    const [afterLoss, some] = await won();
    expect(afterLoss).toBe(PAIRS - 1);
    // Those of a part of the keys: each is some thousandth of all.
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(40);

    await tell(recorded('TouchpointInvalidated', { leadId: 'b-7', targetEventId: lost.id, reason: 'test' }, { at: at(10) }));
    expect((await won())[0]).toBe(PAIRS);
  });

  it('is exact after merges and their reversal, along a chain too', async () => {
    await tell(
      recorded('DealWon', { leadId: 'c', dealId: 'd-8' }, { at: at(11) }),
      recorded('DealOpened', { leadId: 'c', dealId: 'd-9', repId: 'rep-2' }, { at: at(1) }),
    );
    await won();
    const merge = (mergedId: string, survivorId: string) =>
      recorded('LeadsMerged', { leadId: mergedId, mergedId, survivorId }, { at: at(12) });
    const [first, second] = [merge('b-8', 'a-8'), merge('a-8', 'c')];
    for (const step of [first, second, merge('b-9', 'b-10')]) {
      await tell(step);
      expect((await won())[0]).toBe(PAIRS);
    }
    await tell(recorded('MergeReverted', { leadId: 'a-8', mergeEventId: second.id }, { at: at(13) }));
    expect((await won())[0]).toBe(PAIRS);
    await tell(
      recorded('DealLost', { leadId: 'b-8', dealId: 'd-8' }, { at: at(14) }),
      recorded('MergeReverted', { leadId: 'b-8', mergeEventId: first.id }, { at: at(14) }),
    );
    expect((await won())[0]).toBe(PAIRS - 1);
  });

  it('are counted by the windows of what was built, until that of new settings is', async () => {
    await tell(
      recorded('MeetingHeld', { leadId: 'a-20', dealId: 'd-20' }, { at: at(15) }),
      recorded('DealLost', { leadId: 'b-20', dealId: 'd-20' }, { at: at(18) }),
    );
    const views = { view: (name: string) => readModels.view(name), reached: () => Promise.resolve() };
    const kpis = new PresentKpis(views, Date.now, { timezone, fiscalYearStart: 4, windows: { firstMeetingLossDays: 1 } });
    const { rows } = await kpis.table({
      kpis: ['first-meeting-loss-rate'],
      by: 'none',
      from: '2026-06-01',
      to: '2026-07-01',
      period: 'none',
    });
    expect(rows).toMatchObject([{ numerator: 1, denominator: 1 }]);
    const others = { callToAppointmentHours: 1, firstMeetingDays: 2, firstMeetingLossDays: 3, returnYieldDays: 4 };
    expect(windowsOf(salesKpis({ timezone: 'America/Port-au-Prince', windows: others }).version)).toEqual(others);
  });

  it('are counted by the days of what was built, until that of another time zone is', async () => {
    // Late in the evening of 9 June in Tokyo, and still the afternoon of it elsewhere; midnight has passed in Auckland.
    const late = '2026-06-09T14:30:00.000Z';
    await tell(
      recorded('DealOpened', { leadId: 'a-21', dealId: 'd-late', repId: 'rep-late' }, { at: at(1) }),
      recorded('DealWon', { leadId: 'a-21', dealId: 'd-late' }, { at: late }),
      recorded('DealWon', { leadId: 'b-21', dealId: 'd-late' }, { at: late }),
    );
    const views = { view: (name: string) => readModels.view(name), reached: () => Promise.resolve() };
    const kpis = new PresentKpis(views, Date.now, { timezone: 'Pacific/Auckland', fiscalYearStart: 4 });
    const { rows } = await kpis.table({ kpis: ['wins'], by: 'rep', from: '2026-06-01', to: '2026-07-01', period: 'day' });
    expect(rows.filter(({ group, value }) => group === 'rep-late' && value !== 0)).toMatchObject([{ period: '2026-06-09', value: 1 }]);
    for (const zone of ['America/Port-au-Prince', 'UTC', 'Asia/Tokyo']) {
      expect(timezoneOf(salesKpis({ timezone: zone }).version)).toBe(zone);
      expect(timezoneOfLeads(leadsProjection({ timezone: zone }).version)).toBe(zone);
    }
  });

  it('are read by a program as it starts, not by the first who asks', async () => {
    const { read: all } = await ask({}, new SharedDeals());
    const handler = new GetKpisHandler(
      new PresentKpis({ view: counted, reached: () => Promise.resolve() }, Date.now, { timezone, fiscalYearStart: 4 }),
    );
    read = 0;
    handler.onApplicationBootstrap();
    while (read < all) await eventLoopTurn();
    await handler.execute(new GetKpis({ by: 'none', from: '2026-06-01', to: '2026-07-01', period: 'none' }));
    expect(read).toBe(all);
  });
});
