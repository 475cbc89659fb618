import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventType, type LeadlogEvent } from '@leadlog/lead';
import { kpiTable, salesKpis, type KpiQuery, type KpiRow, type SalesFacts } from '@leadlog/kpi';
import type { Projection, ReadModelView } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { asAppend, recorded } from '../lead/recorded.testing';
import { bruteForce } from './kpi.brute-force.testing';

const TOKYO = 'Asia/Tokyo';
const projection = salesKpis({ timezone: TOKYO });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Folds the events by lead and sums what the leads add, as the engine does. */
function viewOf(events: readonly LeadlogEvent[], leads: Record<string, number> = {}): { sales: ReadModelView; leads: ReadModelView } {
  const states = new Map<string, SalesFacts>();
  for (const event of events) {
    const key = projection.key(event)!;
    states.set(key, projection.evolve(states.get(key) ?? projection.initial(key), event));
  }
  const cells: Record<string, number> = {};
  for (const [key, state] of states) {
    // As the store gives it back.
    const stored = JSON.parse(JSON.stringify(state)) as SalesFacts;
    for (const [cell, n] of Object.entries(projection.tallies!(stored, key))) cells[cell] = (cells[cell] ?? 0) + n;
  }
  const over = (all: Record<string, number>) =>
    ({ through: 1n, tallies: (from: string, to: string) => Promise.resolve(Object.entries(all).filter(([cell]) => cell >= from && cell < to)) }) as unknown as ReadModelView;
  return { sales: over(cells), leads: over(leads) };
}

async function rows(events: readonly LeadlogEvent[], query: Partial<KpiQuery> = {}, leads?: Record<string, number>): Promise<KpiRow[]> {
  const full: KpiQuery = { by: 'none', from: '2026-06-01', to: '2026-07-01', period: 'none', timezone: TOKYO, now: Date.parse('2026-12-01T00:00:00Z'), ...query };
  return (await kpiTable(viewOf(events, leads), full)).rows;
}
async function row(kpi: string, events: readonly LeadlogEvent[], query: Partial<KpiQuery> = {}): Promise<Pick<KpiRow, 'numerator' | 'denominator' | 'value' | 'openShare'>> {
  const { numerator, denominator, value, openShare } = (await rows(events, { kpis: [kpi], ...query }))[0]!;
  return { numerator, denominator, value, openShare };
}
const of = (numerator: number, denominator: number | null, value: number | null, openShare: number | null = null) => ({ numerator, denominator, value, openShare });

/** An event of our own making: only what is given is in the data besides the required fields of the example. */
let n = 0;
function on<Type extends EventType>(type: Type, at: string | number, data: Partial<EventData[Type]>, rep?: string): LeadlogEvent {
  const clean: Record<string, undefined> = {};
  for (const optional of ['dealId', 'appointmentId', 'sourceCallId', 'newAt']) if (!(optional in data)) clean[optional] = undefined;
  const required: Record<string, string[]> = { appointmentId: ['AppointmentBooked', 'AppointmentChanged'] };
  if (required['appointmentId']!.includes(type)) delete clean['appointmentId'];
  return recorded(type, { ...clean, ...data }, { at, id: `00000000-0000-4000-8000-${String(n++).padStart(12, '0')}`, metadata: { actor: rep === undefined ? { kind: 'integration', id: 'cti' } : { kind: 'rep', id: rep, teamId: 'team-1' } } }) as LeadlogEvent;
}
const day = (d: number, time = '10:00'): string => `2026-06-${String(d).padStart(2, '0')}T${time}:00+09:00`;
const call = (callId: string, startedAt: string, outcome: EventData['CallCompleted']['outcome'], repId = 'rep-1') => on('CallCompleted', startedAt, { callId, startedAt, outcome, repId });
const book = (appointmentId: string, at: string, more: Partial<EventData['AppointmentBooked']> = {}) => on('AppointmentBooked', at, { appointmentId, repId: 'rep-1', scheduledAt: day(10), ...more });
const meet = (meetingId: string, startedAt: string, more: Partial<EventData['MeetingHeld']> = {}) => on('MeetingHeld', startedAt, { meetingId, repIds: ['rep-1'], startedAt, mode: 'onsite', ...more });
const yen = (value: number) => ({ value, currency: 'JPY' });

describe('KPIs of the sales process', () => {
  it('a period is half open and its days are those of the tenant', async () => {
    const calls = [call('a', '2026-05-31T14:59:59Z', 'busy'), call('b', '2026-05-31T15:00:00Z', 'busy'), call('c', '2026-06-30T14:59:59Z', 'busy'), call('d', '2026-06-30T15:00:00Z', 'busy')];
    expect((await row('calls', calls)).numerator).toBe(2);
  });

  it('a wrong number is a call, but nobody who could have answered', async () => {
    const calls = [call('a', day(1), 'wrongNumber'), call('b', day(1), 'gatekeeper'), call('c', day(1), 'refused'), call('d', day(1), 'reached'), call('e', day(1), 'noAnswer')];
    expect((await row('calls', calls)).numerator).toBe(5);
    expect(await row('answer-rate', calls)).toEqual(of(3, 4, 0.75));
    expect(await row('reach-rate', calls)).toEqual(of(1, 4, 0.25));
  });

  it('a zero denominator gives null, never 0', async () => {
    expect(await row('answer-rate', [call('a', day(1), 'wrongNumber')])).toEqual(of(0, 0, null));
    expect(await row('win-rate-cohort', [])).toEqual(of(0, 0, null));
  });

  it('a reschedule is no new appointment, and a cancelled one is netted on the day it was booked', async () => {
    const events = [book('a', day(1)), book('a', day(3)), on('AppointmentChanged', day(4), { appointmentId: 'a', status: 'rescheduled', newAt: day(20) }), book('b', day(1)), on('AppointmentChanged', '2026-07-04T10:00:00+09:00', { appointmentId: 'b', status: 'cancelled' })];
    expect((await row('appointments', events)).numerator).toBe(2);
    expect((await row('appointments-net', events)).numerator).toBe(1);
  });

  it('an appointment belongs to the call it names, else to the last call of the same rep up to 24 hours before', async () => {
    const rate = (booking: LeadlogEvent) => row('appointment-rate', [call('a', day(1, '09:00'), 'reached'), call('b', day(1, '10:00'), 'reached', 'rep-2'), booking]);
    expect(await rate(book('x', day(9), { sourceCallId: 'b' }))).toEqual(of(1, 2, 0.5));
    expect((await rate(book('x', day(2, '09:00')))).numerator).toBe(1);
    expect((await rate(book('x', day(2, '09:01')))).numerator).toBe(0);
    expect((await rate(book('x', day(1, '08:59')))).numerator).toBe(0);
  });

  it('a first appointment is held up to 14 days after the time agreed last', async () => {
    const booked = [book('a', day(1)), on('AppointmentChanged', day(2), { appointmentId: 'a', status: 'rescheduled', newAt: day(11) })];
    expect(await row('first-meeting-rate', [...booked, meet('m', day(25), { appointmentId: 'a' })])).toEqual(of(1, 1, 1, 0));
    expect(await row('first-meeting-rate', [...booked, meet('m', day(25, '10:01'), { appointmentId: 'a' })])).toEqual(of(0, 1, 0, 0));
    expect(await row('first-meeting-rate', booked, { now: Date.parse(day(25, '23:59')) })).toEqual(of(0, 1, 0, 1));
    expect(await row('first-meeting-rate', booked, { now: Date.parse(day(26, '00:00')) })).toEqual(of(0, 1, 0, 0));
  });

  it('a first meeting is lost when the deal is lost within 60 days and before a second meeting', async () => {
    const rate = (...more: LeadlogEvent[]) => row('first-meeting-loss-rate', [meet('m1', day(1), { dealId: 'd' }), ...more]);
    const lost = (at: string) => on('DealLost', at, { dealId: 'd' });
    expect(await rate(lost('2026-07-31T10:00:00+09:00'))).toEqual(of(1, 1, 1, 0));
    expect(await rate(lost('2026-07-31T10:01:00+09:00'))).toEqual(of(0, 1, 0, 0));
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
    expect((await rows(events, { kpis: ['visits'], by: 'rep' })).map((one) => [one.group, one.value])).toEqual([['rep-1', 1], ['rep-2', 1]]);
  });

  it('a product is proposed once a deal; a quote counts at its first revision, the others apart', async () => {
    const propose = (at: string, ...productIds: string[]) => on('ProductProposed', at, { dealId: 'd', productIds }, 'rep-1');
    const quote = (at: string, revision: number) => on('QuoteSubmitted', at, { dealId: 'd', quoteId: 'q', revision, amount: yen(1) }, 'rep-1');
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
    expect((await rows(events, { kpis: ['win-rate'], by: 'rep', to: '2026-08-01', period: 'month' })).map(({ period, group, value }) => [period, group, value])).toEqual([['2026-06', 'rep-1', 0], ['2026-07', 'rep-1', 1]]);
  });

  it('lead to won comes by origin from the leads', async () => {
    const cells = { 'captured|2026-06-01|web': 2, 'captured-won|2026-06-01|web': 1, 'captured|2026-06-02|': 1, 'wins|2026-06-30|web': 1, 'captured|2026-07-01|web': 9 };
    const table = await rows([], { by: 'origin', kpis: ['lead-to-won'] }, cells);
    expect(table.map(({ group, numerator, denominator, value }) => [group, numerator, denominator, value])).toEqual([['', 0, 1, 0], ['web', 1, 2, 0.5]]);
  });

  it('says what it expected when a KPI cannot be split so', async () => {
    await expect(rows([], { kpis: ['leads'], by: 'rep' })).rejects.toThrow('by: expected one of none, origin for leads, got "rep"');
  });
});

describe('the read model against the formulas done by brute force', () => {
  const start = Date.parse('2026-05-01T00:00:00+09:00');
  // Coarse times, so that events meet at the same moment and exactly at the ends of windows.
  const moment = fc.oneof({ weight: 4, arbitrary: fc.nat(8).map((k) => start + 14 * DAY + k * 10 * DAY) }, { weight: 1, arbitrary: fc.nat(300).map((k) => start + k * 12 * HOUR) });
  const iso = (at: number): string => new Date(at).toISOString();
  const event = fc.tuple(fc.nat(10), fc.nat(1), fc.nat(1), fc.nat(2), moment, moment, fc.nat(6), fc.boolean(), fc.boolean()).map(([kind, l, k, r, at, other, x, a, b]) => {
    const leadId = `lead-${l}`;
    const [repId, dealId, appointmentId] = [`rep-${r}`, `d${l}${k}`, `a${l}${k}`];
    const actor = a ? repId : undefined;
    switch (kind) {
      case 0: case 1: return on('CallCompleted', at, { leadId, callId: `c${l}${x}`, repId, startedAt: iso(at), outcome: (['noAnswer', 'gatekeeper', 'reached', 'wrongNumber', 'refused', 'busy', 'voicemail'] as const)[(x + k) % 7] }, actor);
      case 2: return on('AppointmentBooked', at, { leadId, appointmentId, repId, scheduledAt: iso(other), ...(a && { dealId }), ...(b && { sourceCallId: `c${l}${x}` }) }, actor);
      case 3: return on('AppointmentChanged', at, { leadId, appointmentId, status: (['rescheduled', 'cancelled', 'noShow'] as const)[x % 3], ...(a && { newAt: iso(other) }) }, actor);
      case 4: case 5: return on('MeetingHeld', at, { leadId, meetingId: `m${l}${x}`, repIds: [repId, `rep-${k}`], startedAt: iso(at), mode: a ? 'onsite' : 'remote', ...(x % 3 === 0 && { dealId }), ...(b && { appointmentId }) }, actor);
      case 6: return on('DealOpened', at, { leadId, dealId, repId, amount: yen(x + 1) }, actor);
      case 7: return on('ProductProposed', at, { leadId, dealId, productIds: [`p${x}`, 'p1'] }, actor);
      case 8: return on('QuoteSubmitted', at, { leadId, quoteId: `q${dealId}`, dealId, revision: (x % 3) + 1, amount: yen(10 + x) }, actor);
      case 9: return a ? on('DealWon', at, { leadId, dealId, amount: yen(100 + x) }, b ? repId : undefined) : on('DealLost', at, { leadId, dealId }, b ? repId : undefined);
      default: return on(b ? 'LeadReturned' : 'LeadDisqualified', at, { leadId });
    }
  });

  it('agrees digit by digit, for everybody and for each rep, whatever the order of arrival', async () => {
    const histories = fc.array(event, { maxLength: 30 }).chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(200), async (history, later) => {
        const [from, to, now] = ['2026-05-15', '2026-08-15', start + later * DAY];
        const span = { from: Date.parse(`${from}T00:00:00+09:00`), to: Date.parse(`${to}T00:00:00+09:00`) };
        for (const who of [undefined, 'rep-0', 'rep-1', 'rep-2']) {
          const table = await rows(history, { by: who === undefined ? 'none' : 'rep', from, to, now });
          const expected = bruteForce(history, span, Math.floor((now + 9 * HOUR) / DAY), who);
          for (const [kpi, { n, d, open }] of Object.entries(expected)) {
            const got = table.find((one) => one.kpi === kpi && (who === undefined || one.group === who));
            const seen = got && { n: got.numerator, d: got.denominator, value: got.value, open: got.openShare };
            const wanted = { n, d, value: d === null ? n : d === 0 ? null : n / d, open: open === null || !d ? null : open / d };
            // Without anything to count there is no row for a rep, nor for a currency.
            if (seen === undefined) expect([kpi, n, d ?? 0]).toEqual([kpi, 0, 0]);
            else expect([kpi, who, seen]).toEqual([kpi, who, wanted]);
          }
        }
      }),
      { numRuns: 300 },
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
      on('CallCompleted', day(2 + lead), { ...of, callId: `c-${lead}`, startedAt: day(2 + lead), outcome: lead % 2 ? 'reached' : 'noAnswer', repId: `rep-${lead % 3}` }),
      on('AppointmentBooked', day(3 + lead), { ...of, appointmentId, repId: `rep-${lead % 3}`, scheduledAt: day(10 + lead) }),
      on('MeetingHeld', day(10 + lead), { ...of, meetingId: `m-${lead}`, appointmentId, repIds: ['rep-1'], startedAt: day(10 + lead), mode: 'onsite', dealId }),
      on('DealOpened', day(11 + lead), { ...of, dealId, repId: 'rep-1', amount: yen(1_000 * lead) }, 'rep-1'),
    );
    if (lead % 2) events.push(on('DealWon', day(12 + lead), { ...of, dealId, amount: yen(900 * lead) }));
    else events.push(on('DealLost', day(12 + lead), { ...of, dealId }), on('LeadReturned', day(13 + lead), of));
  }
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
