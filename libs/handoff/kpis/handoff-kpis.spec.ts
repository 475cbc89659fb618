import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventType, type LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import type { Projection } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { kpiTable, type KpiQuery, type KpiRow } from '@leadlog/sales';
import { decided } from '../standing.testing';
import { bruteForceHandoffs } from './handoff-kpis.brute-force.testing';
import { handoffKpis } from './handoff-kpis.projection';

const TOKYO = 'Asia/Tokyo';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const projection = handoffKpis({ timezone: TOKYO });

async function rows(events: readonly LeadlogEvent[], query: Partial<KpiQuery> & Pick<KpiQuery, 'kpis'>): Promise<KpiRow[]> {
  const handoffs = foldedView(projection, events);
  const views = { sales: handoffs, handoffs, leads: handoffs, dealLeads: handoffs, mails: handoffs };
  const now = Date.parse('2026-12-01T00:00:00Z');
  return (await kpiTable(views, { by: 'none', from: '2026-06-01', to: '2026-07-01', period: 'none', timezone: TOKYO, now, ...query })).rows;
}

const day = (d: number, time = '10:00'): string => `2026-06-${String(d).padStart(2, '0')}T${time}:00+09:00`;
/** Without what the example of the type has and the history does not. */
function on<Type extends EventType>(type: Type, at: string | number, data: Partial<EventData[Type]>, teamId?: string): LeadlogEvent {
  const absent = Object.fromEntries(
    ['origin', 'handoffId', 'runId', 'teamId', 'aside'].flatMap((name) => (name in data ? [] : [[name, undefined]])),
  );
  return recorded(type, { ...absent, ...data }, { at, metadata: { actor: { kind: 'integration', id: 'cti', teamId } } }) as LeadlogEvent;
}
const hot = (d: number) => on('LeadTierChanged', day(d), { from: 'warm', to: 'hot' });
const handedOff = (n: number, d: number, time?: string) =>
  on('LeadHandedOff', day(d, time), { handoffId: `lead-1.${n}`, runId: `lead-1.run-${n}`, acceptBy: day(d + 1), contactBy: day(d + 2) });
const called = (d: number, time: string) =>
  on('CallCompleted', day(d, time), { callId: `c-${d}-${time}`, startedAt: day(d, time), outcome: 'noAnswer', repId: 'rep-1' });
const ofHandoff = <Type extends EventType>(type: Type, n: number, d: number, data: Partial<EventData[Type]> = {}) =>
  on(type, day(d), { handoffId: `lead-1.${n}`, repId: 'rep-1', ...data } as Partial<EventData[Type]>);
const value = async (kpi: string, events: readonly LeadlogEvent[], query: Partial<KpiQuery> = {}) => {
  const [row] = await rows(events, { kpis: [kpi], ...query });
  return [row!.numerator, row!.denominator, row!.openShare];
};

describe('KPIs between marketing and sales', () => {
  it('a lead counts as hot each time it becomes hot by the main model, and as accepted if sales accepted what followed', async () => {
    const events = [
      on('LeadCaptured', day(1), { origin: 'web' }),
      hot(2),
      on('LeadTierChanged', day(3), { from: 'hot', to: 'hot' }),
      on('LeadTierChanged', day(3), { from: 'cold', to: 'hot', aside: true }),
      handedOff(1, 4),
      ofHandoff('HandoffRejected', 1, 5, { reason: 'badTiming' }),
      hot(10),
      handedOff(2, 10),
      ofHandoff('HandoffAccepted', 2, 11),
    ];
    expect(await value('lead-to-hot', events)).toEqual([1, 1, null]);
    expect(await value('hot', events)).toEqual([2, null, null]);
    expect(await value('hot-to-accepted', events)).toEqual([1, 2, null]);
    expect(await value('rejection-rate-bad-timing', events)).toEqual([1, 2, null]);
    expect(await value('rejection-rate-no-need', events)).toEqual([0, 2, null]);
  });

  it('what is never answered counts against the first response; one at the very minute counts for it', async () => {
    const waits = (time: string) => value('first-response-at-once-rate', [handedOff(1, 4), called(4, '09:59'), called(4, time)]);
    expect(await waits('10:05')).toEqual([1, 1, null]);
    expect(await waits('10:06')).toEqual([0, 1, null]);
    expect(await value('first-response-soon-rate', [handedOff(1, 4), called(4, '11:00')])).toEqual([1, 1, null]);
    expect(await value('first-response-soon-rate', [handedOff(1, 4)])).toEqual([0, 1, null]);
  });

  it('the time of the first response is the one that half of the handoffs, or nine in ten, do not exceed', async () => {
    const time = async (kpi: string, events: readonly LeadlogEvent[]) => (await rows(events, { kpis: [kpi] }))[0]!.value;
    const waits = (...minutes: (number | undefined)[]) =>
      minutes.flatMap((wait, n) => {
        const leadId = `lead-${n}`;
        const handed = on('LeadHandedOff', day(4), { leadId, handoffId: `${leadId}.1`, runId: `${leadId}.run-1` });
        const at = day(4, `10:${String(wait).padStart(2, '0')}`);
        return wait === undefined ? [handed] : [handed, on('CallCompleted', at, { leadId, callId: 'c', startedAt: at, outcome: 'busy' })];
      });
    expect(await time('first-response-median', waits(30, 10, 20))).toBe(20);
    expect(await time('first-response-median', waits(30, 10, 20, undefined))).toBe(20);
    expect(await time('first-response-median', waits(30, undefined, undefined))).toBeNull();
    expect(await time('first-response-p90', waits(1, 2, 3, 4, 5, 6, 7, 8, 9, undefined))).toBe(9);
    expect(await time('first-response-p90', waits(1, undefined))).toBeNull();
    expect(await time('first-response-median', [])).toBeNull();
  });

  it('a deadline counts on the day of the later one, and is open until the end of that day', async () => {
    const breach = ofHandoff('HandoffSlaBreached', 1, 5, { step: 'accept', dueAt: day(5) });
    const due = (events: readonly LeadlogEvent[], now: string) =>
      value('sla-kept', events, { from: '2026-06-06', to: '2026-06-07', now: Date.parse(now) });
    expect(await due([handedOff(1, 4)], day(6, '23:59'))).toEqual([1, 1, 1]);
    expect(await due([handedOff(1, 4)], day(7, '00:00'))).toEqual([1, 1, 0]);
    expect(await due([handedOff(1, 4), breach], day(6))).toEqual([0, 1, 0]);
    expect(await value('sla-kept', [handedOff(1, 4)], { from: '2026-06-04', to: '2026-06-06' })).toEqual([0, 0, null]);
  });

  it('credits whoever has the handoff, and splits by where the lead came from', async () => {
    const events = [
      on('LeadCaptured', day(1), { origin: 'fair' }),
      handedOff(1, 4),
      ofHandoff('LeadAssigned', 1, 4, { teamId: 'north' }),
      ofHandoff('HandoffAccepted', 1, 5, { repId: 'rep-2', takeOver: true, teamId: 'south' }),
      on('DealOpened', day(6), { dealId: 'd', repId: 'rep-2' }),
    ];
    const groups = async (by: KpiQuery['by']) =>
      (await rows(events, { kpis: ['handoffs', 'accepted-to-deal'], by })).map(({ kpi, group, value: n }) => [kpi, group, n]);
    expect(await groups('rep')).toEqual([
      ['handoffs', 'rep-2', 1],
      ['accepted-to-deal', 'rep-2', 1],
    ]);
    expect((await groups('team')).map(([, group]) => group)).toEqual(['south', 'south']);
    expect((await groups('origin')).map(([, group]) => group)).toEqual(['fair', 'fair']);
    await expect(rows(events, { kpis: ['hot'], by: 'rep' })).rejects.toThrow(
      'by: expected one of none, origin, campaign, region, industry for hot, got "rep"',
    );
  });

  const start = Date.parse('2026-05-01T00:00:00+09:00');
  const moment = fc.oneof(
    { weight: 3, arbitrary: fc.nat(8).map((k) => start + 14 * DAY + k * 10 * DAY) },
    { weight: 2, arbitrary: fc.nat(40).map((k) => start + 34 * DAY + k * 5 * 60_000) },
    { weight: 1, arbitrary: fc.nat(1_000).map((k) => start + k * 12 * HOUR) },
  );
  const event = fc
    .record({
      kind: fc.nat(13),
      l: fc.nat(1),
      k: fc.nat(1),
      r: fc.nat(2),
      at: moment,
      other: moment,
      x: fc.nat(6),
      a: fc.boolean(),
      b: fc.boolean(),
    })
    .map(({ kind, l, k, r, at, other, x, a, b }): LeadlogEvent => {
      const leadId = `lead-${l}`;
      const of = { leadId, handoffId: `${leadId}.${k + 1}`, repId: `rep-${r}` };
      const team = b ? `team-${r % 2}` : undefined;
      const iso = (ms: number): string => new Date(ms).toISOString();
      switch (kind) {
        case 0:
          return on('LeadCaptured', at, { leadId, ...(a && { origin: ['web', 'fair'][k]! }), profile: b ? { industry: '製造' } : {} });
        case 12:
          return on('ProfileUpdated', at, { leadId, changes: a ? { industry: '小売' } : {} });
        case 13:
          return on('PersonalDataErased', at, { leadId });
        case 1:
          return on('LeadTierChanged', at, { leadId, from: a ? 'warm' : 'hot', to: b ? 'hot' : 'cold', ...(x === 0 && { aside: true }) });
        case 2:
        case 3:
          return on('LeadHandedOff', at, {
            leadId,
            handoffId: of.handoffId,
            runId: `${leadId}.run-${k + 1}`,
            acceptBy: iso(other),
            contactBy: iso(other + x * 12 * HOUR),
          });
        case 4:
          return on('LeadAssigned', at, { ...of, ...(b && { teamId: team }) });
        case 5:
          return on('HandoffAccepted', at, { ...of, ...(a && { teamId: `team-${k}` }) }, team);
        case 6:
          return on('HandoffRejected', at, { ...of, reason: (['badFit', 'noNeed', 'other'] as const)[x % 3] });
        case 7:
          return on('HandoffSlaBreached', at, { leadId, handoffId: of.handoffId, step: a ? 'accept' : 'contact', dueAt: iso(other) });
        case 8:
          return on(b ? 'LeadReturned' : 'LeadDisqualified', at, { leadId, ...(b && { runId: 'theirs' }) } as Partial<
            EventData['LeadReturned']
          >);
        case 9:
          return on('DealOpened', at, { leadId, dealId: `d${x % 2}`, repId: of.repId, ...(a && { handoffId: of.handoffId }) });
        case 10:
          return on('MeetingHeld', at, { leadId, meetingId: `m${x % 2}`, startedAt: iso(other), repIds: [of.repId], mode: 'remote' });
        default:
          return on('CallCompleted', at, { leadId, callId: `c${x % 3}`, startedAt: iso(a ? at : other), outcome: 'busy', repId: of.repId });
      }
    });

  it('agree with the formulas done by brute force, for everybody and each representative, team and origin, in any order of arrival', async () => {
    const histories = fc
      .oneof(fc.array(event, { maxLength: 10, size: 'max' }), fc.array(event, { maxLength: 40, size: 'max' }))
      .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(500), async (history, later) => {
        const [from, to, now] = ['2026-05-15', '2026-08-15', start + later * DAY];
        const span = { from: Date.parse(`${from}T00:00:00+09:00`), to: Date.parse(`${to}T00:00:00+09:00`) };
        const today = Math.floor((now + 9 * HOUR) / DAY);
        const groups = {
          none: [''],
          rep: ['', 'rep-0', 'rep-1', 'rep-2'],
          team: ['', 'team-0', 'team-1'],
          origin: ['', 'web', 'fair'],
          industry: ['', '製造', '小売'],
        };
        for (const by of ['none', 'rep', 'team', 'origin', 'industry'] as const) {
          for (const group of groups[by]) {
            const expected = bruteForceHandoffs(history, span, today, by === 'none' ? {} : { [by]: group });
            const table = await rows(history, { kpis: Object.keys(expected), by, from, to, now });
            for (const [kpi, { n, d, open, value: quantile }] of Object.entries(expected)) {
              const row = table.find((one) => one.kpi === kpi && (by === 'none' || one.group === group));
              const wanted = [
                n,
                d,
                quantile !== undefined ? quantile : d === null ? n : d === 0 ? null : n / d,
                open === null || !d ? null : open / d,
              ];
              if (row === undefined) expect([by, group, kpi, n, d ?? 0]).toEqual([by, group, kpi, 0, 0]);
              else expect([by, group, kpi, row.numerator, row.denominator, row.value, row.openShare]).toEqual([by, group, kpi, ...wanted]);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('have a version that only the windows of handoffs make another', () => {
  // Settings hold the windows of all KPIs, in any order.
  const windows = { soonMinutes: 60, firstMeetingDays: 3, atOnceMinutes: 5 };
  expect(handoffKpis({ timezone: TOKYO, windows }).version).toBe(projection.version);
  expect(handoffKpis({ timezone: TOKYO, windows: { ...windows, atOnceMinutes: 6 } }).version).not.toBe(projection.version);
});

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-handoff-kpis-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('handoff-kpis', async () => ({
  projection: projection as Projection,
  decode,
  history: [
    on('LeadCaptured', day(1), { origin: 'web' }),
    ...decided(),
    ofHandoff('HandoffAccepted', 1, 5),
    called(5, '11:00'),
    on('LeadsMerged', day(20), { leadId: 'twin', mergedId: 'twin', survivorId: 'lead-1' }),
  ].map((one) => asAppend(one)),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
