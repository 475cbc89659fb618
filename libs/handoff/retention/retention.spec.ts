import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '@leadlog/lead';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { handoffsProjection } from '../handoffs.projection';
import { dormantBefore, dormantPeople } from './retention';

const timezone = 'Asia/Tokyo';

it('so many months ago is the same day of the month, or the last one of a shorter month, where the tenant is', () => {
  const at = (time: string, months: number) => dormantBefore(Date.parse(time), months, timezone);
  expect(at('2026-06-15T10:00:00+09:00', 36)).toBe('2023-06-15');
  expect(at('2026-03-31T10:00:00+09:00', 1)).toBe('2026-02-28');
  expect(at('2024-03-31T10:00:00+09:00', 1)).toBe('2024-02-29');
  expect(at('2026-01-31T10:00:00+09:00', 2)).toBe('2025-11-30');
  // There it is the next day already.
  expect(at('2026-06-14T16:00:00Z', 12)).toBe('2025-06-15');
});

describe('people without any act for long', () => {
  const before = '2025-06-01';
  const dayBefore = '2025-05-31T23:59:59.999+09:00';
  const first = '2025-06-01T00:00:00+09:00';
  const long = '2024-01-10T10:00:00+09:00';
  const captured = (leadId: string, at = long) => recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: leadId } }, { at });
  const events = [
    ...['gone', 'called', 'called-long-ago', 'open', 'rejected', 'deal', 'lost', 'won', 'erased', 'asked'].map((leadId) =>
      captured(leadId),
    ),
    captured('just-gone', dayBefore),
    captured('stays', first),
    recorded('CallCompleted', { leadId: 'called' }, { at: first }),
    recorded('CallCompleted', { leadId: 'called-long-ago' }, { at: dayBefore }),
    ...['open', 'rejected'].map((leadId) =>
      recorded('LeadHandedOff', { leadId, handoffId: `${leadId}.1`, runId: `${leadId}.run-1` }, { at: long }),
    ),
    recorded('HandoffRejected', { leadId: 'rejected', handoffId: 'rejected.1' }, { at: '2024-01-11T10:00:00+09:00' }),
    ...['deal', 'lost', 'won'].map((leadId) => recorded('DealOpened', { leadId, dealId: `d-${leadId}` }, { at: long })),
    recorded('DealLost', { leadId: 'lost', dealId: 'd-lost' }, { at: '2024-02-01T10:00:00+09:00' }),
    recorded('DealWon', { leadId: 'won', dealId: 'd-won' }, { at: '2024-02-01T10:00:00+09:00' }),
    ...['erased', 'asked'].map((leadId) => recorded('PersonalDataErasureRequested', { leadId, leadIds: [leadId], streams: [] })),
    recorded('PersonalDataErased', { leadId: 'erased' }),
    recorded('PersonalDataErasureCompleted', { leadId: 'erased' }),
  ];
  const views = { leads: foldedView(leadsProjection({ timezone }), events), handoffs: foldedView(handoffsProjection, events) };

  it('are those whose last act, or that of anybody towards them, was before the day; a handoff, a deal or a purchase keeps them', async () => {
    const { items } = await dormantPeople(views, { before, timezone, limit: 500 });
    expect(items.map(({ leadId, keptBy }) => [leadId, ...keptBy]).sort()).toEqual([
      ['called-long-ago'],
      ['deal', 'openDeal'],
      ['gone'],
      ['just-gone'],
      ['lost'],
      ['open', 'openHandoff'],
      ['rejected'],
      ['won', 'customer'],
    ]);
    expect(items.find(({ leadId }) => leadId === 'gone')).toMatchObject({ name: 'gone', lastActAt: Date.parse(long) });
    expect(items.find(({ leadId }) => leadId === 'called-long-ago')!.lastActAt).toBe(Date.parse(dayBefore));
  });

  it('are the same page by page', async () => {
    const whole = (await dormantPeople(views, { before, timezone, limit: 500 })).items;
    const paged: typeof whole = [];
    for (let cursor: string | undefined; ;) {
      const page = await dormantPeople(views, { before, timezone, limit: 2, cursor });
      paged.push(...page.items);
      if ((cursor = page.cursor) === undefined) break;
    }
    expect(paged).toEqual(whole);
  });
});
