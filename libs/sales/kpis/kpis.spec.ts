import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventType, type LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffKpis } from '@leadlog/handoff';
import { leadsProjection, mailKpis } from '@leadlog/lead';
import type { Projection } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dealLeads, kpis, kpiTable, salesKpis, SharedDeals, splitsOf, type KpiBy, type KpiQuery, type KpiRow } from '@leadlog/sales';
import { bruteForce, bruteForceLeads, REQUIRED, type Only } from './kpis.brute-force.testing';

const TOKYO = 'Asia/Tokyo';
const projection = salesKpis({ timezone: TOKYO });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function rows(events: readonly LeadlogEvent[], query: Partial<KpiQuery> = {}, shared = new SharedDeals()): Promise<KpiRow[]> {
  const full: KpiQuery = {
    by: 'none',
    from: '2026-06-01',
    to: '2026-07-01',
    period: 'none',
    timezone: TOKYO,
    required: REQUIRED,
    now: Date.parse('2026-12-01T00:00:00Z'),
    ...query,
  };
  const views = {
    sales: foldedView(projection, events),
    handoffs: foldedView(handoffKpis({ timezone: TOKYO }), events),
    leads: foldedView(leadsProjection({ timezone: TOKYO }), events),
    dealLeads: foldedView(dealLeads(), events),
    mails: foldedView(mailKpis({ timezone: TOKYO }), events),
  };
  return (await kpiTable(views, full, shared)).rows;
}
async function row(
  kpi: string,
  events: readonly LeadlogEvent[],
  query: Partial<KpiQuery> = {},
): Promise<Pick<KpiRow, 'numerator' | 'denominator' | 'value' | 'openShare'>> {
  const { numerator, denominator, value, openShare } = (await rows(events, { kpis: [kpi], ...query }))[0]!;
  return { numerator, denominator, value, openShare };
}
const of = (numerator: number, denominator: number | null, value: number | null, openShare: number | null = null) => ({
  numerator,
  denominator,
  value,
  openShare,
});

/** An event of our own making: only what is given is in the data besides the required fields of the example. */
let n = 0;
function on<Type extends EventType>(type: Type, at: string | number, data: Partial<EventData[Type]>, rep?: string): LeadlogEvent {
  const clean: Record<string, undefined> = {};
  for (const optional of ['dealId', 'appointmentId', 'sourceCallId', 'newAt', 'products', 'covered'])
    if (!(optional in data)) clean[optional] = undefined;
  const required: Record<string, string[]> = { appointmentId: ['AppointmentBooked', 'AppointmentChanged'] };
  if (required['appointmentId']!.includes(type)) delete clean['appointmentId'];
  return recorded(
    type,
    { ...clean, ...data },
    {
      at,
      id: `00000000-0000-4000-8000-${String(n++).padStart(12, '0')}`,
      metadata: { actor: rep === undefined ? { kind: 'integration', id: 'cti' } : { kind: 'rep', id: rep, teamId: 'team-1' } },
    },
  ) as LeadlogEvent;
}
const day = (d: number, time = '10:00'): string => `2026-06-${String(d).padStart(2, '0')}T${time}:00+09:00`;
const call = (callId: string, startedAt: string, outcome: EventData['CallCompleted']['outcome'], repId = 'rep-1') =>
  on('CallCompleted', startedAt, { callId, startedAt, outcome, repId });
const book = (appointmentId: string, at: string, more: Partial<EventData['AppointmentBooked']> = {}) =>
  on('AppointmentBooked', at, { appointmentId, repId: 'rep-1', scheduledAt: day(10), ...more });
const meet = (meetingId: string, startedAt: string, more: Partial<EventData['MeetingHeld']> = {}) =>
  on('MeetingHeld', startedAt, { meetingId, repIds: ['rep-1'], startedAt, mode: 'onsite', ...more });
const yen = (value: number) => ({ value, currency: 'JPY' });

describe('KPIs of the sales process', () => {
  it('a period is half open and its days are those of the tenant', async () => {
    const calls = [
      call('a', '2026-05-31T14:59:59Z', 'busy'),
      call('b', '2026-05-31T15:00:00Z', 'busy'),
      call('c', '2026-06-30T14:59:59Z', 'busy'),
      call('d', '2026-06-30T15:00:00Z', 'busy'),
    ];
    expect((await row('calls', calls)).numerator).toBe(2);
  });

  it('a wrong number is a call, but nobody who could have answered', async () => {
    const calls = [
      call('a', day(1), 'wrongNumber'),
      call('b', day(1), 'gatekeeper'),
      call('c', day(1), 'refused'),
      call('d', day(1), 'reached'),
      call('e', day(1), 'noAnswer'),
    ];
    expect((await row('calls', calls)).numerator).toBe(5);
    expect(await row('answer-rate', calls)).toEqual(of(3, 4, 0.75));
    expect(await row('reach-rate', calls)).toEqual(of(1, 4, 0.25));
  });

  it('a zero denominator gives null, never 0', async () => {
    expect(await row('answer-rate', [call('a', day(1), 'wrongNumber')])).toEqual(of(0, 0, null));
    expect(await row('win-rate-cohort', [])).toEqual(of(0, 0, null));
  });

  it('a reschedule is no new appointment, and a cancelled one is netted on the day it was booked', async () => {
    const events = [
      book('a', day(1)),
      book('a', day(3)),
      on('AppointmentChanged', day(4), { appointmentId: 'a', status: 'rescheduled', newAt: day(20) }),
      book('b', day(1)),
      on('AppointmentChanged', '2026-07-04T10:00:00+09:00', { appointmentId: 'b', status: 'cancelled' }),
    ];
    expect((await row('appointments', events)).numerator).toBe(2);
    expect((await row('appointments-net', events)).numerator).toBe(1);
  });

  it('an appointment belongs to the call it names, else to the last call of the same rep up to 24 hours before', async () => {
    const rate = (booking: LeadlogEvent) =>
      row('appointment-rate', [call('a', day(1, '09:00'), 'reached'), call('b', day(1, '10:00'), 'reached', 'rep-2'), booking]);
    expect(await rate(book('x', day(9), { sourceCallId: 'b' }))).toEqual(of(1, 2, 0.5));
    expect((await rate(book('x', day(2, '09:00')))).numerator).toBe(1);
    expect((await rate(book('x', day(2, '09:01')))).numerator).toBe(0);
    expect((await rate(book('x', day(1, '08:59')))).numerator).toBe(0);
  });

  it('a first appointment is held up to the 14th day after the day agreed last', async () => {
    const booked = [book('a', day(1)), on('AppointmentChanged', day(2), { appointmentId: 'a', status: 'rescheduled', newAt: day(11) })];
    expect(await row('first-meeting-rate', [...booked, meet('m', day(25), { appointmentId: 'a' })])).toEqual(of(1, 1, 1, 0));
    expect(await row('first-meeting-rate', [...booked, meet('m', day(25, '23:59'), { appointmentId: 'a' })])).toEqual(of(1, 1, 1, 0));
    expect(await row('first-meeting-rate', [...booked, meet('m', day(26, '00:00'), { appointmentId: 'a' })])).toEqual(of(0, 1, 0, 0));
    expect(await row('first-meeting-rate', booked, { now: Date.parse(day(25, '23:59')) })).toEqual(of(0, 1, 0, 1));
    expect(await row('first-meeting-rate', booked, { now: Date.parse(day(26, '00:00')) })).toEqual(of(0, 1, 0, 0));
  });

  it('a first meeting is lost when the deal is lost by the 60th day and before a second meeting', async () => {
    const rate = (...more: LeadlogEvent[]) => row('first-meeting-loss-rate', [meet('m1', day(1), { dealId: 'd' }), ...more]);
    const lost = (at: string) => on('DealLost', at, { dealId: 'd' });
    expect(await rate(lost('2026-07-31T10:00:00+09:00'))).toEqual(of(1, 1, 1, 0));
    expect(await rate(lost('2026-07-31T23:59:59+09:00'))).toEqual(of(1, 1, 1, 0));
    expect(await rate(lost('2026-08-01T00:00:00+09:00'))).toEqual(of(0, 1, 0, 0));
    expect(await rate(lost(day(20)), meet('m2', day(15), { dealId: 'd' }))).toEqual(of(0, 1, 0, 0));
    expect(await rate(lost(day(20)), meet('m2', day(25), { dealId: 'd' }))).toEqual(of(1, 1, 1, 0));
  });

  it('a meeting before the deal is opened is the first of that deal, one after a return begins another run', async () => {
    const opened = on('DealOpened', day(5), { dealId: 'd', repId: 'rep-1' });
    expect((await row('first-meetings', [meet('m1', day(1)), opened, meet('m2', day(7), { dealId: 'd' })])).numerator).toBe(1);
    expect((await row('first-meetings', [meet('m1', day(1)), on('LeadReturned', day(2), {}), meet('m2', day(7))])).numerator).toBe(2);
  });

  it('a meeting of two reps is one for each and one in the total', async () => {
    const events = [meet('m', day(1), { repIds: ['rep-1', 'rep-2'], mode: 'remote' })];
    expect((await row('visits-remote', events)).numerator).toBe(1);
    expect((await rows(events, { kpis: ['visits'], by: 'rep' })).map((one) => [one.group, one.value])).toEqual([
      ['rep-1', 1],
      ['rep-2', 1],
    ]);
  });

  it('a product is proposed once a deal; a quote counts at its first revision, the others apart', async () => {
    const propose = (at: string, ...productIds: string[]) => on('ProductProposed', at, { dealId: 'd', productIds }, 'rep-1');
    const quote = (at: string, revision: number) =>
      on('QuoteSubmitted', at, { dealId: 'd', quoteId: 'q', revision, amount: yen(1) }, 'rep-1');
    const events = [propose(day(1), 'p1', 'p2'), propose(day(2), 'p2', 'p3'), quote(day(3), 2), quote(day(2), 1), quote(day(4), 2)];
    expect(await row('products-per-deal', events)).toEqual(of(3, 1, 3));
    expect((await row('quotes', events)).numerator).toBe(1);
    expect((await row('quote-revisions', events)).numerator).toBe(1);
  });

  it('wins count on the day of the outcome, the cohort on the day of the opening; money is exact', async () => {
    const events = [
      on('DealOpened', day(1), { dealId: 'd1', repId: 'rep-1', amount: yen(5) }),
      on('DealOpened', day(1), { dealId: 'd2', repId: 'rep-1', amount: yen(3) }),
      on('DealOpened', day(1), { dealId: 'd3', repId: 'rep-1', amount: yen(3) }),
      on('DealWon', '2026-07-02T10:00:00+09:00', { dealId: 'd1', amount: yen(7) }),
      on('DealLost', day(9), { dealId: 'd2' }),
    ];
    expect(await row('win-rate', events)).toEqual(of(0, 1, 0));
    expect(await row('win-rate-cohort', events)).toEqual(of(1, 3, 1 / 3, 1 / 3));
    expect(await row('amount-win-rate', events, { to: '2026-08-01' })).toEqual(of(7, 10, 0.7));
    expect(
      (await rows(events, { kpis: ['win-rate'], by: 'rep', to: '2026-08-01', period: 'month' })).map(({ period, group, value }) => [
        period,
        group,
        value,
      ]),
    ).toEqual([
      ['2026-06', 'rep-1', 0],
      ['2026-07', 'rep-1', 1],
    ]);
  });

  it('money is in units of its currency, to the digit, whatever digits that has', async () => {
    const won = (dealId: string, value: number, currency: string) => on('DealWon', day(2), { dealId, amount: { value, currency } });
    const events = [won('a', 1234.5, 'USD'), won('b', 0.1, 'USD'), won('c', 0.2, 'USD'), won('d', 1.005, 'KWD'), won('e', 123_450, 'JPY')];
    const amounts = (await rows(events, { kpis: ['amount-win-rate'] })).map(({ currency, numerator, denominator, value }) => [
      currency,
      numerator,
      denominator,
      value,
    ]);
    expect(amounts).toEqual([
      ['JPY', 123_450, 123_450, 1],
      ['KWD', 1.005, 1.005, 1],
      ['USD', 1234.8, 1234.8, 1],
    ]);
  });

  it('a deal of several leads is one deal, whoever is named: opened, quoted, met and won once', async () => {
    const of = (leadId: string, dealId = 'd') => ({ leadId, dealId });
    const events = [
      on('LeadCaptured', day(1), { leadId: 'a', origin: 'web' }),
      on('LeadCaptured', day(1), { leadId: 'b', origin: 'fair' }),
      on('MeetingHeld', day(2), { leadId: 'a', meetingId: 'm', repIds: ['rep-1'], startedAt: day(2), mode: 'onsite' }),
      on('DealOpened', day(3), { ...of('a'), repId: 'rep-1', amount: yen(5) }, 'rep-1'),
      // Again under another lead, and by another representative: the first holds.
      on('DealOpened', day(4), { ...of('b'), repId: 'rep-2', amount: yen(6) }, 'rep-2'),
      // That of `b` names no deal, and is about the one that is open.
      on('MeetingHeld', day(5), { leadId: 'b', meetingId: 'n', repIds: ['rep-2'], startedAt: day(5), mode: 'remote' }),
      on('ProductProposed', day(5), { ...of('a'), productIds: ['p'] }),
      on('ProductProposed', day(6), { ...of('b'), productIds: ['p', 'q'] }),
      on('QuoteSubmitted', day(7), { ...of('b'), quoteId: 'q', revision: 1, amount: yen(7) }),
      on('QuoteSubmitted', day(8), { ...of('a'), quoteId: 'q', revision: 2, amount: yen(8) }),
      on('DealWon', day(9), { ...of('a'), amount: yen(9) }),
      on('DealWon', day(10), { ...of('b'), amount: yen(10) }),
    ];
    for (const history of [events, events.toReversed()]) {
      const all = Object.fromEntries((await rows(history)).map(({ kpi, numerator, denominator }) => [kpi, [numerator, denominator]]));
      expect(all).toMatchObject({
        'first-meetings': [1, null],
        'first-meeting-loss-rate': [0, 1],
        visits: [2, null],
        'visits-per-deal': [2, 1],
        'products-proposed': [2, null],
        'products-per-deal': [2, 1],
        quotes: [1, null],
        'quote-revisions': [1, null],
        wins: [1, null],
        'win-rate': [1, 1],
        'win-rate-cohort': [1, 1],
        'amount-win-rate': [10, 10],
        'lead-to-won': [1, 2],
      });
      // The answer names nobody, so the first opener gets it; and the win is of the lead that it was opened with.
      expect((await rows(history, { kpis: ['wins'], by: 'rep' })).map(({ group, value }) => [group, value])).toEqual([['rep-1', 1]]);
      expect(
        (await rows(history, { kpis: ['lead-to-won'], by: 'origin' })).map(({ group, numerator, denominator }) => [
          group,
          numerator,
          denominator,
        ]),
      ).toEqual([
        ['fair', 0, 1],
        ['web', 1, 1],
      ]);
    }
  });

  it('an appointment is kept by a meeting of another lead of the deal that names it', async () => {
    const booked = book('x', day(1), { leadId: 'a', dealId: 'd' });
    const met = (more: Partial<EventData['MeetingHeld']>) =>
      row('first-meeting-rate', [booked, meet('m', day(12), { leadId: 'b', appointmentId: 'x', ...more })]);
    expect(await met({ dealId: 'd' })).toEqual(of(1, 1, 1, 0));
    expect(await met({ dealId: 'another' })).toEqual(of(0, 1, 0, 0));
    expect(await met({})).toEqual(of(0, 1, 0, 0));
  });

  it('a return yields where the lead is handed off again by the 365th day, and wins where that lead wins after that', async () => {
    const returned = on('LeadReturned', day(1), { runId: 'lead-1.run-1' });
    const again = (at: string) => on('LeadHandedOff', at, { handoffId: 'lead-1.2', runId: 'lead-1.run-2' });
    expect(await row('return-yield', [returned, again('2027-06-01T23:59:00+09:00')])).toEqual(of(1, 1, 1, 0));
    expect(await row('return-yield', [returned, again('2027-06-02T00:00:00+09:00')])).toEqual(of(0, 1, 0, 1));
    expect(await row('return-yield', [returned], { now: Date.parse('2027-06-02T00:00:00+09:00') })).toEqual(of(0, 1, 0, 0));
    const won = (at: string, leadId = 'lead-1') => [
      on('DealOpened', day(8), { dealId: 'd', repId: 'rep-1' }),
      on('DealWon', at, { leadId, dealId: 'd', amount: yen(1) }),
    ];
    expect(await row('return-yield-won', [returned, again(day(9)), ...won(day(9))])).toEqual(of(1, 1, 1, 0));
    // Another of its company signs.
    expect(await row('return-yield-won', [returned, again(day(9)), ...won(day(9), 'lead-2')])).toEqual(of(1, 1, 1, 0));
    expect(await row('return-yield-won', [returned, again(day(9)), ...won(day(8))])).toEqual(of(0, 1, 0, 1));
    expect(await row('return-yield-won', [returned, ...won(day(9))])).toEqual(of(0, 1, 0, 1));
  });

  it('a relay is of who relayed; the last that was not rejected has the meeting, and its win', async () => {
    const relay = (at: string, fromRepId: string, toRepId: string) =>
      on('AppointmentRelayed', at, { appointmentId: 'a', fromRepId, toRepId });
    const history = [
      book('a', day(1)),
      relay(day(2), 'rep-1', 'rep-2'),
      on('RelayRejected', day(3), { appointmentId: 'a', repId: 'rep-2' }),
      relay(day(4), 'rep-1', 'rep-3'),
      on('RelayAccepted', day(4), { appointmentId: 'a', repId: 'rep-4', takeOver: true }),
      meet('m', day(9), { appointmentId: 'a', dealId: 'd' }),
      on('DealWon', day(12), { leadId: 'lead-2', dealId: 'd', amount: yen(1) }),
    ];
    const names = ['relays', 'relay-acceptance-rate', 'relay-held-rate', 'relay-won-rate'];
    const by = async (what: KpiBy) => (await rows(history, { kpis: names, by: what })).map(({ group, numerator }) => [group, numerator]);
    expect((await by('rep')).map(([, n]) => n)).toEqual([2, 1, 1, 1]);
    expect((await by('field-rep')).slice(0, 2)).toEqual([
      ['rep-2', 1],
      ['rep-4', 1],
    ]);
    expect((await by('pair')).at(-1)).toEqual(['rep-1 → rep-4', 1]);
  });

  it('a deal that nobody opened belongs to the lead of its answer; what one lead loses last is lost for all', async () => {
    const events = [
      on('LeadCaptured', day(1), { leadId: 'a', origin: 'web' }),
      on('LeadCaptured', day(1), { leadId: 'b', origin: 'fair' }),
      on('QuoteSubmitted', day(2), { leadId: 'a', dealId: 'd', quoteId: 'q', revision: 1, amount: yen(3) }),
      on('DealWon', day(3), { leadId: 'b', dealId: 'd', amount: yen(4) }),
    ];
    const wins = async (history: LeadlogEvent[]) =>
      (await rows(history, { kpis: ['wins'], by: 'origin' })).filter(({ value }) => value).map(({ group, value }) => [group, value]);
    expect(await wins(events)).toEqual([['fair', 1]]);
    expect(await wins([...events, on('DealLost', day(4), { leadId: 'a', dealId: 'd' })])).toEqual([]);
  });

  it('a meeting of two leads of a deal is its first, and no second one', async () => {
    const both = ['a', 'b'].map((leadId) =>
      on('MeetingHeld', day(1), { leadId, dealId: 'd', meetingId: 'm', repIds: ['rep-1'], startedAt: day(1), mode: 'onsite' }),
    );
    const lost = on('DealLost', day(5), { leadId: 'b', dealId: 'd' });
    expect(await row('first-meeting-loss-rate', [...both, lost])).toEqual(of(1, 1, 1, 0));
  });

  it('lead to won comes by origin from the leads', async () => {
    const capture = (leadId: string, at: string, origin?: string) => on('LeadCaptured', at, { leadId, origin });
    const events = [
      capture('a', day(1), 'web'),
      capture('b', day(1), 'web'),
      capture('c', day(2)),
      capture('d', '2026-07-01T10:00:00+09:00', 'web'),
      on('DealWon', day(30), { leadId: 'a', dealId: 'd', amount: yen(1) }),
    ];
    const table = await rows(events, { by: 'origin', kpis: ['lead-to-won'] });
    expect(table.map(({ group, numerator, denominator, value }) => [group, numerator, denominator, value])).toEqual([
      ['', 0, 1, 0],
      ['web', 1, 2, 0.5],
    ]);
  });

  it('refuses a table that nobody could read: too many days, weeks or months', async () => {
    const asked = (period: 'day' | 'week' | 'month' | 'none', from: string, to: string) => rows([], { period, from, to, kpis: ['calls'] });
    await expect(asked('day', '2015-01-01', '2026-01-02')).rejects.toThrow(
      'to: expected at most 4018 days after 2015-01-01 for a row each day, got "2026-01-02"',
    );
    await expect(asked('week', '1900-01-01', '9999-12-31')).rejects.toThrow(
      'to: expected at most 36525 days after 1900-01-01 for a row each week',
    );
    expect(await asked('day', '2015-01-01', '2026-01-01')).toHaveLength(4_018);
    expect(await asked('none', '1900-01-01', '9999-12-31')).toHaveLength(1);
  });

  it('refuses a table of more rows than fit into memory, also if what makes them many is who is counted', async () => {
    const refusal = 'at most 50000 rows; narrow it down: fewer days, fewer KPIs, a longer period';
    const decade = { period: 'day', from: '2016-01-01', to: '2026-01-01' } as const;
    await expect(rows([], decade)).rejects.toThrow(refusal);
    expect(await rows([], { ...decade, kpis: ['calls', 'wins'] })).toHaveLength(2 * 3_653);
    const calls = Array.from({ length: 1_500 }, (_, caller) => call(`c${caller}`, day(1), 'reached', `rep-${caller}`));
    await expect(rows(calls, { by: 'rep' })).rejects.toThrow(refusal);
    expect(await rows(calls, { by: 'rep', kpis: ['calls', 'reach-rate'] })).toHaveLength(3_000);
  });

  it('says what it expected when a KPI cannot be split so', async () => {
    await expect(rows([], { kpis: ['leads'], by: 'rep' })).rejects.toThrow(
      'by: expected one of none, origin, campaign, region, industry for leads, got "rep"',
    );
  });
});

describe('the read model against the formulas done by brute force', () => {
  const start = Date.parse('2026-05-01T00:00:00+09:00');
  // Coarse times, so that events meet at the same moment and exactly at the ends of windows.
  const moment = fc.oneof(
    { weight: 4, arbitrary: fc.nat(8).map((k) => start + 14 * DAY + k * 10 * DAY) },
    { weight: 1, arbitrary: fc.nat(300).map((k) => start + k * 12 * HOUR) },
  );
  const iso = (at: number): string => new Date(at).toISOString();
  const step = fc.record({
    kind: fc.nat(17),
    l: fc.nat(2),
    k: fc.nat(1),
    r: fc.nat(2),
    at: moment,
    other: moment,
    x: fc.nat(6),
    a: fc.boolean(),
    b: fc.boolean(),
    shared: fc.boolean(),
  });
  const event = step.map(({ kind, l, k, r, at, other, x, a, b, shared }) => {
    const leadId = `lead-${l}`;
    // Deals that any lead may be named with, and those of one lead; so with the ids of calls, appointments and meetings.
    const [repId, dealId, own] = [`rep-${r}`, `d${shared ? '' : l}${k}`, shared ? '' : `${l}`];
    const appointmentId = `a${own}${k}`;
    const actor = a ? repId : undefined;
    switch (kind) {
      case 0:
      case 1:
        return on(
          'CallCompleted',
          at,
          {
            leadId,
            callId: `c${own}${x}`,
            repId,
            startedAt: iso(at),
            outcome: (['noAnswer', 'gatekeeper', 'reached', 'wrongNumber', 'refused', 'busy', 'voicemail'] as const)[(x + k) % 7],
            ...(b && { covered: [...REQUIRED, 'case'].slice(k) }),
          },
          actor,
        );
      case 2:
        return on(
          'AppointmentBooked',
          at,
          {
            leadId,
            appointmentId,
            repId,
            scheduledAt: iso(other),
            mode: x % 2 ? 'onsite' : 'remote',
            ...(a && { dealId }),
            ...(b && { sourceCallId: `c${own}${x}` }),
          },
          actor,
        );
      case 3:
        return on(
          'AppointmentChanged',
          at,
          { leadId, appointmentId, status: (['rescheduled', 'cancelled', 'noShow'] as const)[x % 3], ...(a && { newAt: iso(other) }) },
          actor,
        );
      case 4:
      case 5:
        return on(
          'MeetingHeld',
          at,
          {
            leadId,
            meetingId: `m${own}${x}`,
            repIds: [repId, `rep-${k}`],
            startedAt: iso(at),
            mode: a ? 'onsite' : 'remote',
            ...(x % 3 === 0 && { dealId }),
            ...(b && { appointmentId }),
            ...(x % 2 === 0 && { covered: [REQUIRED[k]!, 'case'] }),
          },
          actor,
        );
      case 6:
        return on('DealOpened', at, { leadId, dealId, repId, amount: yen(x + 1), ...(b && { products: ['p1', 'p7'] }) }, actor);
      case 7:
        return on('ProductProposed', at, { leadId, dealId, productIds: [`p${x}`, 'p1'] }, actor);
      case 8:
        return on(
          'QuoteSubmitted',
          at,
          { leadId, quoteId: x % 2 ? 'q' : `q${dealId}`, dealId, revision: (x % 3) + 1, amount: yen(10 + x) },
          actor,
        );
      case 9:
        return a
          ? on('DealWon', at, { leadId, dealId, amount: yen(100 + x) }, b ? repId : undefined)
          : on('DealLost', at, { leadId, dealId }, b ? repId : undefined);
      case 10:
        return on('LeadCaptured', at, {
          leadId,
          ...(a && { origin: ['web', 'fair'][k]! }),
          campaignId: b ? 'spring' : undefined,
          region: x % 2 ? '東京都' : undefined,
          profile: x % 3 ? { industry: ['製造', '小売'][k]! } : {},
        });
      case 12:
        return on('ProfileUpdated', at, { leadId, changes: a ? { industry: '小売' } : { title: '部長' } });
      case 13:
        return on('PersonalDataErased', at, { leadId });
      case 14:
        return on('LeadHandedOff', at, { leadId, handoffId: `${leadId}.${k + 1}` });
      case 15:
        return on('AppointmentRelayed', at, { leadId, appointmentId, fromRepId: repId, toRepId: `rep-${k}` });
      case 16:
        return on('RelayAccepted', at, { leadId, appointmentId, repId });
      case 17:
        return on('RelayRejected', at, { leadId, appointmentId, repId });
      default:
        return on(b ? 'LeadReturned' : 'LeadDisqualified', at, { leadId });
    }
  });

  it('agrees digit by digit, for everybody and for each rep, whatever the order of arrival', async () => {
    const histories = fc
      .oneof(fc.array(event, { maxLength: 10, size: 'max' }), fc.array(event, { maxLength: 40, size: 'max' }))
      .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(200), async (history, later) => {
        const [from, to, now] = ['2026-05-15', '2026-08-15', start + later * DAY];
        const span = { from: Date.parse(`${from}T00:00:00+09:00`), to: Date.parse(`${to}T00:00:00+09:00`) };
        const asTold = (
          table: readonly KpiRow[],
          group: string | undefined,
          expected: Record<string, { n: number; d: number | null; open?: number | null; value?: number | null }>,
        ) => {
          for (const [kpi, { n, d, open, value }] of Object.entries(expected)) {
            const got = table.find((one) => one.kpi === kpi && (group === undefined || one.group === group));
            const seen = got && { n: got.numerator, d: got.denominator, value: got.value, open: got.openShare };
            const wanted = {
              n,
              d,
              value: value !== undefined ? value : d === null ? n : d === 0 ? null : n / d,
              open: open === undefined || open === null || !d ? null : open / d,
            };
            // Without anything to count there is no row for a rep or an origin, nor for a currency.
            if (seen === undefined) expect([kpi, n, d ?? 0]).toEqual([kpi, 0, 0]);
            else expect([kpi, group, seen]).toEqual([kpi, group, wanted]);
          }
        };
        const today = Math.floor((now + 9 * HOUR) / DAY);
        asTold(await rows(history, { by: 'none', from, to, now }), undefined, {
          ...bruteForce(history, span, today),
          ...bruteForceLeads(history, span),
        });
        const groups: Partial<Record<KpiBy, readonly string[]>> = {
          rep: ['rep-0', 'rep-1', 'rep-2'],
          'field-rep': ['rep-0', 'rep-1', 'rep-2'],
          pair: ['rep-2 → rep-0', 'rep-1 → rep-1'],
          mode: ['onsite', 'remote'],
          product: ['', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'],
          origin: ['', 'web', 'fair'],
          campaign: ['', 'spring'],
          region: ['', '東京都'],
          industry: ['', '製造', '小売'],
        };
        for (const [by, values] of Object.entries(groups) as [KpiBy, readonly string[]][]) {
          const table = await rows(history, { by, from, to, now });
          const splittable = new Set(kpis.filter((one) => splitsOf(one).includes(by)).map(({ name }) => name));
          for (const value of values) {
            const only: Only = { [by === 'field-rep' ? 'fieldRep' : by]: value };
            const expected = { ...bruteForce(history, span, today, only), ...bruteForceLeads(history, span, only) };
            asTold(table, value, Object.fromEntries(Object.entries(expected).filter(([name]) => splittable.has(name))));
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  it('agrees for the hours of the week, each drawn towards the mean of all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (history) => {
        const [from, to] = ['2026-05-15', '2026-08-15'];
        const span = { from: Date.parse(`${from}T00:00:00+09:00`), to: Date.parse(`${to}T00:00:00+09:00`) };
        const names = ['answer-rate-by-hour', 'appointment-rate-by-hour'];
        for (const industry of [undefined, '', '製造', '小売']) {
          const of = industry === undefined ? {} : { industry };
          const table = await rows(history, { kpis: names, by: industry === undefined ? 'none' : 'industry', from, to });
          const hours = Array.from({ length: 168 }, (_, hour) => ({ hour, of: bruteForce(history, span, 0, { ...of, hour }) }));
          for (const kpi of names) {
            const total = (which: 'n' | 'd') => hours.reduce((sum, one) => sum + one.of[kpi]![which]!, 0);
            const expected = hours.flatMap(({ hour, of: { [kpi]: counted } }) => {
              const { n, d } = counted!;
              if (d === 0) return [];
              return [[Math.floor(hour / 24) + 1, hour % 24, n, d, (n + (20 * total('n')) / total('d')) / (d! + 20), d! >= 30]];
            });
            const got = table.filter((one) => one.kpi === kpi && (one.group ?? industry) === industry);
            expect(
              got.map(({ weekday, hour, numerator, denominator, value, sure }) => [weekday, hour, numerator, denominator, value, sure]),
            ).toEqual(
              expected.map((row) =>
                row.map((cell) => (typeof cell === 'number' && !Number.isInteger(cell) ? (expect.closeTo(cell, 12) as number) : cell)),
              ),
            );
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('agrees for those who won most in the year, for each month and altogether', async () => {
    const wins = fc.array(
      fc.record({
        rep: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
        month: fc.nat(17),
        yen: fc.nat(3),
        dollars: fc.boolean(),
        visits: fc.nat(2),
      }),
      { minLength: 20, maxLength: 70, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(wins, async (list) => {
        const monthOf = (month: number): string => new Date(Date.UTC(2025, month, 1)).toISOString().slice(0, 7);
        const history = list.flatMap(({ rep, month, yen: value, dollars, visits }, n) => {
          const when = `${monthOf(month)}-15T10:00:00+09:00`;
          const of = { leadId: `lead-${n}`, dealId: `deal-${n}` };
          return [
            ...Array.from({ length: visits }, (_, visit) => meet(`m-${n}-${visit}`, when, of)),
            on('DealWon', when, { ...of, amount: { value, currency: dollars ? 'USD' : 'JPY' } }, `rep-${rep}`),
          ];
        });
        /** Of the year up to the quarter of the month. */
        const best = (month: number): Set<number> => {
          const until = 3 * Math.floor(month / 3) + 3;
          const year = list.filter((one) => one.month < until && one.month >= until - 12);
          const enough = [0, 1, 2, 3, 4, 5].filter((rep) => year.filter((one) => one.rep === rep).length >= 5);
          return new Set(
            [true, false].flatMap((dollars) => {
              const amount = (rep: number) =>
                year.reduce((sum, one) => sum + (one.rep === rep && one.dollars === dollars ? one.yen : 0), 0);
              const compared = enough.filter((rep) => amount(rep) > 0).sort((a, b) => amount(b) - amount(a) || a - b);
              return compared.slice(0, Math.ceil(compared.length / 4));
            }),
          );
        };
        const expected = (which: boolean, of: (month: number) => boolean, ratedAt?: number) => {
          const won = list.filter((one) => of(one.month) && best(ratedAt ?? one.month).has(one.rep) === which);
          return [won.reduce((sum, one) => sum + one.visits, 0), won.length];
        };
        for (const [kpi, which] of [
          ['visits-per-win-best', true],
          ['visits-per-win-rest', false],
        ] as const) {
          const asked = async (period: 'month' | 'none') =>
            (await rows(history, { kpis: [kpi], from: '2025-10-01', to: '2026-06-01', period })).map(({ numerator, denominator }) => [
              numerator,
              denominator,
            ]);
          expect(await asked('month')).toEqual(Array.from({ length: 8 }, (_, n) => expected(which, (month) => month === 9 + n)));
          expect(await asked('none')).toEqual([expected(which, (month) => month >= 9 && month < 17, 16)]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('agrees for quarters, fiscal years and what they are compared with', async () => {
    const at = (day: string): number => Date.parse(`${day}T00:00:00+09:00`);
    const [spring, summer] = [
      { from: at('2026-04-01'), to: at('2026-07-01') },
      { from: at('2026-07-01'), to: at('2026-10-01') },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30, size: 'max' }), async (history) => {
        const now = at('2026-11-01');
        const today = Math.floor((now + 9 * HOUR) / DAY);
        for (const [period, first, second] of [
          ['quarter', '2026-Q2', '2026-Q3'],
          ['fiscal-year', '2025', '2026'],
        ] as const) {
          const table = await rows(history, { period, from: '2026-04-01', to: '2026-10-01', fiscalYearStart: 7, compare: 'previous', now });
          const [before, after] = [bruteForce(history, spring, today), bruteForce(history, summer, today)];
          for (const [kpi, { n, d }] of Object.entries(after)) {
            const valueOf = (one: { n: number; d: number | null; value?: number | null }) =>
              one.value !== undefined ? one.value : one.d === null ? one.n : one.d === 0 ? null : one.n / one.d;
            const [value, previous] = [valueOf(after[kpi]!), valueOf(before[kpi]!)];
            const found = table.filter((one) => one.kpi === kpi);
            if (found.length === 0) expect([kpi, n, d ?? 0, before[kpi]!.n, before[kpi]!.d ?? 0]).toEqual([kpi, 0, 0, 0, 0]);
            else
              expect([kpi, ...found.map((row) => [row.period, row.value, row.previous, row.change])]).toEqual([
                kpi,
                // Nothing happened before spring.
                [first, previous, d === null ? 0 : null, d === null ? previous : null],
                [second, value, previous, value === null || previous === null ? null : value - previous],
              ]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('splits by what teams are: inside or field, of the company or an agency; other teams are of none', async () => {
  const calls = ['north', 'north', 'south', undefined, 'gone'].map((teamId, n) =>
    recorded(
      'CallCompleted',
      { callId: `c${n}`, startedAt: day(1), outcome: 'reached', repId: 'rep-1' },
      { at: day(1), metadata: { actor: { kind: 'integration', id: 'cti', teamId } } },
    ),
  );
  const teams = [
    { id: 'north', kind: 'inside', employer: 'agency' },
    { id: 'south', kind: 'field', employer: 'own' },
  ];
  const split = async (by: KpiQuery['by']) => (await rows(calls, { kpis: ['calls'], by, teams })).map(({ group, value }) => [group, value]);
  expect(await split('kind')).toEqual([
    ['', 2],
    ['field', 1],
    ['inside', 2],
  ]);
  expect(await split('employer')).toEqual([
    ['', 2],
    ['agency', 2],
    ['own', 1],
  ]);
  await expect(rows(calls, { kpis: ['calls'], by: 'mode' })).rejects.toThrow(
    'by: expected one of rep, team, kind, employer, none, origin, campaign, region, industry for calls',
  );
});

describe('quarters, fiscal years and the period before', () => {
  const calls = [
    call('a', '2026-03-31T10:00:00+09:00', 'reached'),
    call('b', '2026-03-31T11:00:00+09:00', 'busy'),
    call('c', '2026-04-01T10:00:00+09:00', 'reached'),
    call('d', '2026-06-30T10:00:00+09:00', 'reached', 'rep-2'),
    call('e', '2026-07-01T00:00:00+09:00', 'busy', 'rep-2'),
  ];
  const table = async (kpi: string, query: Partial<KpiQuery>) =>
    (await rows(calls, { kpis: [kpi], from: '2026-01-01', to: '2027-01-01', ...query })).map(
      ({ period, group, value, previous, change }) => [period ?? group, value, previous, change],
    );

  it('a quarter is one of the calendar, a fiscal year has the name of the year in which it begins', async () => {
    expect(await table('calls', { period: 'quarter' })).toEqual([2, 2, 1, 0].map((n, at) => [`2026-Q${at + 1}`, n, undefined, undefined]));
    expect((await table('calls', { period: 'fiscal-year' })).map(([year, n]) => [year, n])).toEqual([
      ['2025', 2],
      ['2026', 3],
    ]);
    expect((await table('calls', { period: 'fiscal-year', fiscalYearStart: 7 })).map(([year, n]) => [year, n])).toEqual([
      ['2025', 4],
      ['2026', 1],
    ]);
  });

  it('each row has the value of the whole period before, and the change', async () => {
    expect(await table('answer-rate', { period: 'quarter', compare: 'previous' })).toEqual([
      ['2026-Q1', 0.5, null, null],
      ['2026-Q2', 1, 0.5, 0.5],
      ['2026-Q3', 0, 1, -1],
      ['2026-Q4', null, 0, null],
    ]);
    expect(await table('calls', { period: 'month', from: '2026-04-20', to: '2026-05-02', compare: 'previous' })).toEqual([
      ['2026-04', 0, 2, -2],
      ['2026-05', 0, 1, -1],
    ]);
  });

  it('whoever counted only in the period before has a row, too', async () => {
    expect(await table('calls', { by: 'rep', from: '2026-07-01', to: '2026-10-01', compare: 'previous' })).toEqual([
      ['rep-1', 0, 1, -1],
      ['rep-2', 1, 1, 0],
    ]);
  });
});

describe('what is kept of shared deals between questions', () => {
  const leads = ['a', 'b', 'c', 'd'];
  const fact = fc
    .record({ leadId: fc.constantFrom(...leads), dealId: fc.constantFrom('d1', 'd2', 'd3'), at: fc.nat(20), kind: fc.nat(3) })
    .map(({ leadId, dealId, at, kind }) => {
      const when = day(at + 1);
      if (kind === 0) return on('DealOpened', when, { leadId, dealId, repId: `rep-${at % 2}` }, 'rep-1');
      if (kind === 1) return on('DealWon', when, { leadId, dealId, amount: yen(at) });
      if (kind === 2) return on('LeadCaptured', when, { leadId, origin: at % 2 ? 'web' : 'fair' });
      return on('MeetingHeld', when, { leadId, dealId, meetingId: `m${at}`, repIds: ['rep-1'], startedAt: when, mode: 'onsite' });
    });

  it('answers as if nothing were kept, however the documents have changed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fact, { maxLength: 12 }), { minLength: 2, maxLength: 5 }), async (histories) => {
        const kept = new SharedDeals();
        for (const history of histories)
          for (const by of ['none', 'rep', 'origin'] as const)
            expect(await rows(history, { by }, kept)).toEqual(await rows(history, { by }));
      }),
      { numRuns: 40 },
    );
  });
});

/** Leads with calls, appointments, meetings and deals; two are one and are not, two are one, and a call is voided. */
function history(): LeadlogEvent[] {
  const events: LeadlogEvent[] = [];
  for (let lead = 0; lead < 8; lead += 1) {
    const of = { leadId: `lead-${lead}` };
    const appointmentId = `a-${lead}`;
    const dealId = `d-${lead}`;
    events.push(
      on('CallCompleted', day(2 + lead), {
        ...of,
        callId: `c-${lead}`,
        startedAt: day(2 + lead),
        outcome: lead % 2 ? 'reached' : 'noAnswer',
        repId: `rep-${lead % 3}`,
      }),
      on('AppointmentBooked', day(3 + lead), { ...of, appointmentId, repId: `rep-${lead % 3}`, scheduledAt: day(10 + lead) }),
      on('MeetingHeld', day(10 + lead), {
        ...of,
        meetingId: `m-${lead}`,
        appointmentId,
        repIds: ['rep-1'],
        startedAt: day(10 + lead),
        mode: 'onsite',
        dealId,
      }),
      on('DealOpened', day(11 + lead), { ...of, dealId, repId: 'rep-1', amount: yen(1_000 * lead) }, 'rep-1'),
    );
    if (lead % 2) events.push(on('DealWon', day(12 + lead), { ...of, dealId, amount: yen(900 * lead) }));
    else events.push(on('DealLost', day(12 + lead), { ...of, dealId }), on('LeadReturned', day(13 + lead), of));
  }
  // Opened with one lead and won with another.
  events.push(on('DealWon', day(22), { leadId: 'lead-4', dealId: 'd-0', amount: yen(7) }));
  const voided = events.find(({ type, data }) => type === 'CallCompleted' && (data as { leadId: string }).leadId === 'lead-3')!;
  const merge = on('LeadsMerged', day(25), { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' });
  return [
    ...events,
    on('TouchpointInvalidated', day(24), { leadId: 'lead-3', targetEventId: voided.id, reason: 'bot' }),
    merge,
    on('LeadsMerged', day(25), { leadId: 'lead-6', mergedId: 'lead-6', survivorId: 'lead-5' }),
    on('MergeReverted', day(26), { leadId: 'lead-2', mergeEventId: merge.id }),
  ];
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-kpis-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('sales-kpis', async () => ({
  projection: projection as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));

projectionContract('deal-leads', async () => ({
  projection: dealLeads() as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
