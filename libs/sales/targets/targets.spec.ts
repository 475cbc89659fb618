import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventType, type LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffKpis } from '@leadlog/handoff';
import { leadsProjection, mailKpis } from '@leadlog/lead';
import type { Projection, ReadModelView } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dealLeads } from '../kpis/deal-leads.projection';
import { PresentKpis } from '../kpis/present-kpis';
import { salesKpis } from '../kpis/sales-facts.projection';
import { boardOf } from './board';
import { elapsedOf, progressOf, progressOfTargets, weekdays } from './progress';
import { setTarget } from './set-target';
import { ofPeriod, targetKey, targetsProjection, type Target } from './targets.projection';

const timezone = 'Asia/Tokyo';
let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-targets-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const openLog = () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });

type Told = EventData['KpiTargetSet'];
const target = (data: Partial<Told>, at?: string) =>
  recorded('KpiTargetSet', { scope: 'joint', scopeId: 'company', kpi: 'wins', period: '2026-11', value: 10, ...data }, { at });

/** What read models say of these events, at a moment. */
function presentOf(events: readonly LeadlogEvent[], now: string): { present: PresentKpis; targets: ReadModelView } {
  const views: Record<string, ReadModelView> = Object.fromEntries(
    (
      [
        salesKpis({ timezone }),
        handoffKpis({ timezone }),
        leadsProjection({ timezone }),
        dealLeads(),
        mailKpis({ timezone }),
      ] as Projection[]
    ).map((projection) => [projection.name, foldedView(projection, events)]),
  );
  const readModels = { view: (name: string) => Promise.resolve(views[name]!), reached: () => Promise.resolve() };
  return {
    present: new PresentKpis(readModels, () => Date.parse(now), { timezone, fiscalYearStart: 4 }),
    targets: foldedView(targetsProjection(), events),
  };
}
async function targetsOf(view: ReadModelView, period: string): Promise<Target[]> {
  const keys = (await view.list(ofPeriod(period), {})).map(({ key }) => key);
  return (await view.many<{ target?: Target }>(keys)).map((state) => state!.target!);
}

describe('targets', () => {
  it('the last one that came counts, whenever it was meant to be set', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ scopeId: fc.constantFrom('a', 'b'), kpi: fc.constantFrom('wins', 'calls'), value: fc.nat(9), at: fc.nat(8) })),
        (told) => {
          const events = told.map(({ scopeId, kpi, value, at }) =>
            target({ scope: 'rep', scopeId, kpi, value }, `2026-11-0${at + 1}T10:00:00+09:00`),
          );
          const projection = targetsProjection();
          const states = new Map<string, { target?: Target }>();
          for (const event of events) {
            const key = projection.key(event)!;
            states.set(key, projection.evolve(states.get(key) ?? projection.initial(key), event));
          }
          for (const scopeId of ['a', 'b'])
            for (const kpi of ['wins', 'calls']) {
              const key = targetKey({ scope: 'rep', scopeId, kpi, period: '2026-11', value: 0 });
              expect(states.get(key)?.target?.value).toBe(told.findLast((one) => one.scopeId === scopeId && one.kpi === kpi)?.value);
            }
        },
      ),
    );
  });

  it('the pace is what was reached of what should be by now, today included; a ratio does not grow with the days', () => {
    // November 2026 has 21 days from Monday to Friday; the 10th is the 7th of them.
    const elapsed = elapsedOf({ from: '2026-11-01', to: '2026-12-01' }, '2026-11-10', weekdays);
    expect(elapsed).toEqual({ workingDays: 21, workingDaysGone: 7, elapsedShare: 1 / 3 });
    expect(progressOf(5, 30, elapsed, 'count')).toEqual({ actual: 5, progress: 1 / 6, pace: 0.5 });
    expect(progressOf(0.2, 0.25, elapsed, 'ratio')).toEqual({ actual: 0.2, progress: 0.8, pace: 0.8 });
    expect(progressOf(5, 0, elapsed, 'count')).toEqual({ actual: 5, progress: null, pace: null });
    const before = elapsedOf({ from: '2026-11-01', to: '2026-12-01' }, '2026-10-31', weekdays);
    expect([before.workingDaysGone, progressOf(0, 30, before, 'count').pace]).toEqual([0, null]);
    expect(elapsedOf({ from: '2026-11-01', to: '2026-12-01' }, '2027-01-05', weekdays).elapsedShare).toBe(1);
    expect(elapsedOf({ from: '2026-11-07', to: '2026-11-09' }, '2026-11-08', weekdays).elapsedShare).toBeNull();
  });

  it('are refused for a KPI that nobody defined, one that cannot be counted so, and money without a currency', async () => {
    const log = openLog();
    const set = (data: Partial<Told>, id?: string) =>
      setTarget(log, { target: target(data).data, actor: { kind: 'person', id: 'api' }, id, at: Date.parse('2026-11-01T00:00:00Z') });
    const refusal = async (data: Partial<Told>) => {
      const answer = await set(data);
      return answer.ok ? 'recorded' : answer.invalid.map(({ pointer, expected }) => `${pointer} ${expected}`)[0];
    };
    expect(await refusal({ kpi: 'smiles' })).toMatch(/^\/kpi one of calls, /);
    expect(await refusal({ kpi: 'leads', scope: 'rep', scopeId: 'rep-1' })).toBe('/scope joint, since leads cannot be split by rep');
    expect(await refusal({ kpi: 'amount-won' })).toBe('/currency a currency (ISO 4217), since amount-won is money');
    expect(await refusal({ currency: 'JPY' })).toBe('/currency none, since wins is no money');
    expect(await refusal({ period: '2026-13' })).toMatch(/^\/period /);
    expect(await refusal({ value: -1 })).toMatch(/^\/value /);
    expect(await log.head()).toBe(-1n);

    const first = await set({ value: 10 });
    expect(await set({ value: 10 })).toEqual({ ...first, repeated: true });
    const second = await set({ value: 12 });
    expect(second).toMatchObject({ ok: true, repeated: false });
    // Back to what it was is a target of its own.
    expect(await set({ value: 10 })).toMatchObject({ ok: true, repeated: false });
    await log.close();
  });

  it('count the KPI of the representative, the team or everybody; nothing of one that nobody defined', async () => {
    const won = (dealId: string, rep: string, value: number, currency: string) =>
      recorded(
        'DealWon',
        { leadId: `lead-${dealId}`, dealId, amount: { value, currency } },
        {
          at: '2026-11-05T10:00:00+09:00',
          metadata: { actor: { kind: 'rep', id: rep, teamId: 'north' } },
        },
      );
    const history = [won('d1', 'rep-1', 100, 'JPY'), won('d2', 'rep-1', 200, 'JPY'), won('d3', 'rep-2', 9.5, 'USD')];
    const { present } = presentOf(history, '2026-11-10T10:00:00+09:00');
    const told = [
      target({ value: 3 }),
      target({ scope: 'rep', scopeId: 'rep-1', value: 4 }),
      target({ scope: 'team', scopeId: 'south', value: 5 }),
      target({ kpi: 'amount-won', currency: 'JPY', value: 900 }),
      target({ kpi: 'win-rate', value: 0.5, period: '2026' }),
      target({ kpi: 'smiles', value: 1 }),
    ].map(({ data, position }): Target => ({ ...data, setAt: 0, position: Number(position) }));
    const { items } = await progressOfTargets(told, present, weekdays);
    expect(items.map(({ kpi, actual, pace }) => [kpi, actual, pace])).toEqual([
      ['wins', 3, 3],
      ['wins', 2, 1.5],
      ['wins', 0, 0],
      ['amount-won', 300, 1],
      ['win-rate', 1, 2],
      ['smiles', null, null],
    ]);
  });

  it('of the last periods that have a name are counted like others', async () => {
    const { present } = presentOf([], '2026-11-10T10:00:00+09:00');
    const told = ['9999', '9999-Q4', '9999-12'].map((period): Target => ({ ...target({ period }).data, setAt: 0, position: 1 }));
    const { items } = await progressOfTargets(told, present, weekdays);
    expect(items.map(({ from, to, actual, workingDaysGone }) => [from, to, actual, workingDaysGone])).toEqual([
      ['9999-04-01', '9999-12-31', 0, 0],
      ['9999-10-01', '9999-12-31', 0, 0],
      ['9999-12-01', '9999-12-31', 0, 0],
    ]);
  });
});

describe('the joint board', () => {
  const day = (d: number): string => `2026-11-${String(d).padStart(2, '0')}T10:00:00+09:00`;
  const on = <Type extends EventType>(type: Type, d: number, data: Partial<EventData[Type]>) =>
    recorded(type, data, { at: day(d) }) as LeadlogEvent;
  const history = [
    ...[1, 2, 3, 4].map((n) => on('LeadCaptured', n, { leadId: `lead-${n}`, origin: 'web' })),
    ...[1, 2].map((n) => on('LeadTierChanged', 4, { leadId: `lead-${n}`, from: 'warm', to: 'hot' })),
    ...[1, 2].map((n) => on('LeadHandedOff', 5, { leadId: `lead-${n}`, handoffId: `lead-${n}.1`, runId: `lead-${n}.run-1` })),
    on('HandoffAccepted', 6, { leadId: 'lead-1', handoffId: 'lead-1.1', repId: 'rep-1' }),
    on('AppointmentBooked', 6, { leadId: 'lead-1', appointmentId: 'a', scheduledAt: day(9), dealId: undefined, sourceCallId: undefined }),
    on('MeetingHeld', 9, { leadId: 'lead-1', meetingId: 'm', startedAt: day(9), appointmentId: 'a', dealId: 'd', repIds: ['rep-1'] }),
    on('ProductProposed', 9, { leadId: 'lead-1', dealId: 'd', productIds: ['p', 'q'] }),
    on('QuoteSubmitted', 9, { leadId: 'lead-1', dealId: 'd', quoteId: 'q', revision: 1, amount: { value: 300, currency: 'JPY' } }),
    on('DealWon', 10, { leadId: 'lead-1', dealId: 'd', amount: { value: 250, currency: 'JPY' } }),
  ];

  it('shows the steps of both departments with what they are to reach, their pace and the conversion between neighbours', async () => {
    const set = [
      target({ kpi: 'leads', value: 12 }),
      target({ kpi: 'wins', value: 9, scopeId: 'sales' }),
      // Set last.
      target({ kpi: 'wins', value: 6 }),
      target({ kpi: 'wins', value: 1, scope: 'team', scopeId: 'north' }),
      target({ kpi: 'wins', value: 1, period: '2026-12' }),
      target({ kpi: 'amount-won', value: 1_500, currency: 'JPY' }),
      target({ kpi: 'amount-won', value: 40, currency: 'USD' }),
    ];
    const { present, targets } = presentOf([...history, ...set], day(10));
    const { board } = (await boardOf(undefined, (period) => targetsOf(targets, period), present, weekdays))!;
    expect(board).toMatchObject({ period: '2026-11', from: '2026-11-01', to: '2026-12-01', workingDays: 21, workingDaysGone: 7 });
    expect(
      board.steps.map(({ step, currency = '', actual, target: wanted, pace, conversion }) => [
        step + currency,
        actual,
        wanted,
        pace,
        conversion,
      ]),
    ).toEqual([
      ['leads', 4, 12, 1, null],
      ['hot', 2, null, null, 0.5],
      ['handed-off', 2, null, null, 1],
      ['accepted', 1, null, null, 0.5],
      ['appointments', 1, null, null, 1],
      ['first-meetings', 1, null, null, 1],
      ['proposals', 1, null, null, 1],
      ['quotes', 1, null, null, 1],
      ['wins', 1, 6, 0.5, 1],
      ['amountJPY', 250, 1_500, 0.5, null],
      ['amountUSD', 0, 40, 0, null],
    ]);
  });

  it('of a quarter and a fiscal year holds what its months hold, of an empty period nothing; others are no periods', async () => {
    const { present, targets } = presentOf(history, day(10));
    const board = async (period: string) => (await boardOf(period, (named) => targetsOf(targets, named), present, weekdays))?.board;
    for (const period of ['2026-Q4', '2026'])
      expect((await board(period))!.steps.map(({ actual }) => actual)).toEqual([4, 2, 2, 1, 1, 1, 1, 1, 1, 250]);
    expect((await board('2025'))!.steps.map(({ actual, conversion }) => [actual, conversion])).toEqual(
      Array.from({ length: 9 }, () => [0, null]),
    );
    expect(await board('2026-11-10')).toBeUndefined();
  });
});

projectionContract('targets', async () => ({
  projection: targetsProjection() as Projection,
  decode,
  history: [target({ value: 1 }), target({ value: 2 }), target({ scopeId: 'rep-1', scope: 'rep' }), target({ kpi: 'calls' })].map((one) =>
    asAppend(one),
  ),
  openLog: async () => openLog(),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
