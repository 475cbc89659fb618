import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, proposeOnLead, tellLead } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { RequalifyLead, RequalifyLeadHandler } from './handoff.handlers';
import { handoffsProjection, QUESTIONS, REVISITS, type HandoffState } from './handoffs.projection';
import { openQuestions } from './questions';
import { revisitOf } from './revisits';
import { accepted, assigned, day, disqualified, handedOff, hot, LEAD, lost, ms, opened, returned, TWIN, won } from './standing.testing';
import { handoffsOf } from './standing';

const fold = (events: readonly RecordedEvent[]): HandoffState =>
  events
    .filter(({ type }) => handoffsProjection.handles.includes(type))
    .reduce((state, event) => handoffsProjection.evolve(state, event), handoffsProjection.initial(LEAD));
const listsOf = (...events: RecordedEvent[]) => handoffsProjection.lists!(fold(events), LEAD);

const withSales = [hot(1), handedOff(2), assigned(2), accepted(3)];
const back = (n: number, revisitOn?: string, runId = `${LEAD}.run-1`, decisions?: 'silent') =>
  recorded(
    'LeadReturned',
    { leadId: LEAD, runId, reason: 'next budget', revisitOn },
    { at: day(n), recordedAt: day(40), metadata: { decisions } },
  );

describe('a returned lead comes back on its day', () => {
  const done = recorded('NextActionCompleted', { leadId: LEAD, actionId: `revisit-${LEAD}.run-1`, result: 'mailed' }, { at: day(30) });
  it.each<[string, RecordedEvent[], string | undefined]>([
    ['with the day that the return says', [...withSales, back(8, '2026-10-01')], '2026-10-01'],
    ['not without a day', [...withSales, back(8)], undefined],
    ['by its last return', [...withSales, back(8, '2026-10-01'), handedOff(20, 2), back(25, '2026-12-01', `${LEAD}.run-2`)], '2026-12-01'],
    [
      'not by an earlier one, if the last says no day',
      [...withSales, back(8, '2026-10-01'), handedOff(20, 2), back(25, undefined, `${LEAD}.run-2`)],
      undefined,
    ],
    ['not while it is with sales again', [...withSales, back(8, '2026-10-01'), handedOff(20, 2)], undefined],
    ['not once a deal began', [...withSales, back(8, '2026-10-01'), opened(20)], undefined],
    ['in spite of a deal from before', [opened(-9), lost(-8), ...withSales, back(8, '2026-10-01')], '2026-10-01'],
    ['not if it is disqualified', [...withSales, back(8, '2026-10-01'), disqualified(9)], undefined],
    ['not once marketing has completed it', [...withSales, back(8, '2026-10-01'), done], undefined],
    ['not if the day was over everywhere when it was imported', [...withSales, back(8, '2026-07-09', undefined, 'silent')], undefined],
    ['if the day went on somewhere when it was imported', [...withSales, back(8, '2026-07-10', undefined, 'silent')], '2026-07-10'],
    ['if the day was still to come when it was imported', [...withSales, back(8, '2026-10-01', undefined, 'silent')], '2026-10-01'],
  ])('%s', (_, events, on) => {
    expect(revisitOf(fold(events))?.revisitOn).toBe(on);
    expect(listsOf(...events)[REVISITS]).toBe(on && Date.parse(on));
  });

  it('in whatever order it is told', () => {
    const events = [
      ...withSales,
      back(8, '2026-10-01'),
      handedOff(20, 2),
      assigned(20, 'rep-1', `${LEAD}.2`),
      back(25, '2026-12-01', `${LEAD}.run-2`),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(revisitOf(fold(shuffled))).toMatchObject({ revisitOn: '2026-12-01', handoffId: `${LEAD}.2`, repId: 'rep-1' });
      }),
    );
  });
});

describe('questions', () => {
  const say = (n: number, kind: 'question' | 'answer', more: { side?: 'sales' | 'marketing'; questionId?: string; rep?: string } = {}) => {
    const { rep, ...data } = more;
    return recorded(
      'InsightExchanged',
      { leadId: LEAD, handoffId: `${LEAD}.1`, kind, text: `${kind} of day ${n}`, ...data },
      { at: day(n), ...(rep !== undefined && { metadata: { actor: { kind: 'rep', id: rep } } }) },
    );
  };
  const openIn = (...events: RecordedEvent[]) => openQuestions(fold([...withSales, ...events])).map(({ text, from }) => `${from}: ${text}`);
  const ofSales = say(4, 'question', { rep: 'rep-1' });
  const ofMarketing = say(5, 'question', { side: 'marketing' });
  it.each<[string, RecordedEvent[], string[]]>([
    ['are open until they are answered', [ofSales], ['sales: question of day 4']],
    ['go both ways', [ofSales, ofMarketing], ['sales: question of day 4', 'marketing: question of day 5']],
    ['are answered by the other side', [ofSales, ofMarketing, say(6, 'answer')], ['marketing: question of day 5']],
    ['of marketing, by the rep', [ofSales, ofMarketing, say(6, 'answer', { rep: 'rep-1' })], ['sales: question of day 4']],
    ['are answered all at once', [ofSales, say(5, 'question', { rep: 'rep-1' }), say(6, 'answer')], []],
    ['are answered by whoever knows, if the other side asked nothing', [ofSales, say(6, 'answer', { rep: 'rep-1' })], []],
    ['asked after the answer stay', [say(3.5, 'answer'), ofSales], ['sales: question of day 4']],
    [
      'are answered one by one, if the answer names one',
      [ofSales, say(5, 'question'), say(6, 'answer', { questionId: ofSales.id })],
      ['sales: question of day 5'],
    ],
    ['are gone with their handoff', [ofSales, returned(9)], []],
  ])('%s', (_, events, open) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(openIn(...shuffled)).toEqual(open);
      }),
      { numRuns: 10 },
    );
  });

  it('stand on a list since the first of them', () => expect(listsOf(...withSales, ofMarketing, ofSales)[QUESTIONS]).toBe(ms(4)));
});

describe('business', () => {
  const handed = (n: number, business?: 'new' | 'existing') =>
    recorded('LeadHandedOff', { leadId: LEAD, handoffId: `${LEAD}.1`, runId: `${LEAD}.run-1`, business }, { at: day(n) });
  it.each<[string, RecordedEvent[], string]>([
    ['is new', [hot(1), handed(2)], 'new'],
    ['is new, whatever is won with this handoff', [hot(1), handed(2), opened(3), won(9)], 'new'],
    ['is existing if the lead had bought, whenever that is told', [hot(1), handed(2), won(-3, 'old'), opened(-9, 'old')], 'existing'],
    ['is existing if somebody of the company had, as the decision says', [hot(1), handed(2, 'existing')], 'existing'],
    ['is new after a deal that was lost', [opened(-9, 'old'), lost(-3, 'old'), hot(1), handed(2, 'new')], 'new'],
  ])('%s', (_, events, business) => expect(handoffsOf(fold(events))[0]!.business).toBe(business));
});

describe('a disqualification that is reverted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-both-ways-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('counts as if it had never happened, also for a lead that becomes part of another', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
    const engine = new ProjectionEngine({ log, store, sources: [fromCode(handoffsProjection as Projection)], decode, clock: Date.now });
    await engine.start();
    const readModels = new LiveReadModels(store);
    const standing = async (leadId = LEAD) => {
      await readModels.reached(['handoffs'], await log.head(), 300_000);
      return handoffsOf((await (await readModels.view('handoffs')).get<HandoffState>(leadId))!).map(({ state }) => state);
    };
    await log.appendMany(withSales.map(asAppend));
    const out = recorded('LeadDisqualified', { leadId: LEAD, reason: 'student' }, { at: day(5) });
    const tell = (event: RecordedEvent) => tellLead(log, LEAD, asAppend(event).events[0]!);
    const takeBack = (targetEventId: string, n = 6) =>
      recorded('LeadRequalified', { leadId: LEAD, targetEventId, reason: 'a mistake' }, { at: day(n) });
    expect(await tell(takeBack(out.id))).toMatchObject({
      ok: false,
      expected: 'a lead that is disqualified',
      got: `accepted as ${LEAD}.1`,
    });
    expect(await tell(out)).toMatchObject({ ok: true });
    expect(await standing()).toEqual(['disqualified']);
    expect(await tell(takeBack(hot(1).id))).toMatchObject({ ok: false, pointer: '/data/targetEventId' });
    // Dated before it by a slow clock.
    const undo = takeBack(out.id, 4.5);
    expect(await tell(undo)).toMatchObject({ ok: true, repeated: false });
    expect(await tell(undo)).toMatchObject({ ok: true, repeated: true });
    expect(await standing()).toEqual(['accepted']);
    expect(await tell(returned(8))).toMatchObject({ ok: true });
    await proposeOnLead(log, LEAD, ({ stage, run }) => {
      expect([stage, run]).toEqual(['nurturing', 2]);
      return [asAppend(hot(9)).events[0]!];
    });
    await log.appendMany([asAppend(recorded('LeadsMerged', { leadId: LEAD, mergedId: LEAD, survivorId: TWIN }, { at: day(10) }))]);
    expect(await standing(TWIN)).toEqual(['returned']);
    await engine.stop();
    await store.close();
    await log.close();
  });

  it('is reverted once under one id, which says nothing of a later disqualification or another reason', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'ids.db') });
    const store = SqliteReadModelStore.open({ file: join(folder, 'ids-read-models.db') });
    const leads = leadsProjection({ timezone: 'Asia/Tokyo' }) as Projection;
    const engine = new ProjectionEngine({ log, store, sources: [fromCode(leads)], decode, clock: Date.now });
    await engine.start();
    const readModels = new LiveReadModels(store);
    const out = (n: number) => tellLead(log, LEAD, asAppend(disqualified(n)).events[0]!);
    const actor = { kind: 'person', id: 'key-1', by: 'key-1' } as const;
    const back = async (n: number, id: string, reason = 'a mistake') => {
      await readModels.reached(['leads'], await log.head(), 300_000);
      return new RequalifyLeadHandler(log, readModels, () => ms(n)).execute(new RequalifyLead(LEAD, { data: { reason }, id, actor }));
    };
    await out(5);
    expect(await back(6, 'once')).toMatchObject({ ok: true, repeated: false });
    expect(await back(7, 'once')).toMatchObject({ ok: true, repeated: true });
    expect(await back(7, 'once', 'a student no more')).toMatchObject({ ok: false, pointer: '/data/reason' });
    expect(await out(8)).toMatchObject({ ok: true });
    expect(await back(9, 'once')).toMatchObject({ ok: false, pointer: '/id', got: '"once"' });
    expect(await back(9, 'twice')).toMatchObject({ ok: true, repeated: false });
    await engine.stop();
    await store.close();
    await log.close();
  });
});
