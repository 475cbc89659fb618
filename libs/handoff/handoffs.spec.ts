import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection, openHandoffs, pastHandoffs, type HandoffState } from '@leadlog/handoff';
import type { Projection } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { OVERDUE } from './handoffs.projection';
import { runOf } from './standing';

const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;
const ms = (n: number): number => Date.parse(day(n));
/** As the engine does: only what the projection handles. */
const fold = (...events: RecordedEvent[]): HandoffState =>
  events
    .filter(({ type }) => handoffsProjection.handles.includes(type))
    .reduce((state, event) => handoffsProjection.evolve(state, event), handoffsProjection.initial('lead-1'));
/** Where the lead stands then. */
const standing = (...events: RecordedEvent[]) => {
  const state = fold(...events);
  return { run: runOf(state), open: openHandoffs(state)[0], past: pastHandoffs(state) };
};
const allLists = (...events: RecordedEvent[]) => handoffsProjection.lists!(fold(...events), 'lead-1');
/** Where deadlines are not the matter. */
const lists = (...events: RecordedEvent[]) => Object.fromEntries(Object.entries(allLists(...events)).filter(([list]) => list !== OVERDUE));

const hot = (n: number, leadId = 'lead-1') => recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: day(n) });
const handedOff = (n: number, handoff = 1, leadId = 'lead-1') =>
  recorded('LeadHandedOff', { leadId, handoffId: `${leadId}.${handoff}`, runId: `${leadId}.run-1` }, { at: day(n) });
const assigned = (n: number, leadId = 'lead-1') =>
  recorded('LeadAssigned', { leadId, handoffId: `${leadId}.1`, repId: 'rep-1', teamId: 'inside-1' }, { at: day(n) });
const accepted = (n: number, leadId = 'lead-1') =>
  recorded('HandoffAccepted', { leadId, handoffId: `${leadId}.1`, repId: 'rep-1' }, { at: day(n) });
const returned = (n: number, leadId = 'lead-1') =>
  recorded('LeadReturned', { leadId, reason: 'タイミング', revisitOn: undefined }, { at: day(n) });
const view = (n: number, leadId = 'lead-1') => recorded('WebPageViewed', { leadId }, { at: day(n) });

const withheld = (n: number, published = '7') =>
  recorded(
    'LeadTierChanged',
    { leadId: 'lead-1', to: 'hot', score: { engagement: 63, fit: 20 }, withheld: { since: day(n), published } },
    { at: day(n) },
  );
const released = (n: number, published = '7') => recorded('HandoffReleased', { published }, { at: day(n) });

describe('read model handoffs', () => {
  it('withholds a lead that is hot by a change of the model alone, until an act of the customer after it', () => {
    expect(lists(view(2), withheld(3))).toEqual({ 'withheld:7': 63 });
    expect(lists(withheld(3), view(2), recorded('EmailOpened', {}, { at: day(4) }), recorded('CallCompleted', {}, { at: day(4) }))).toEqual(
      { 'withheld:7': 63 },
    );
    expect(lists(withheld(3), view(4))).toEqual({ 'to-hand-off': ms(4) });
    expect(lists(withheld(3), recorded('LeadTierChanged', { to: 'warm' }, { at: day(4) }))).toEqual({});
    expect(lists(withheld(3), recorded('LeadTierChanged', { to: 'warm' }, { at: day(4) }), hot(5))).toEqual({ 'to-hand-off': ms(5) });
    expect(lists(withheld(3), recorded('LeadDisqualified', {}, { at: day(4) }))).toEqual({});
  });

  it('releases it when its turn has come, for the publication that withholds it, and no further than it is armed', () => {
    expect(lists(withheld(3), released(5))).toEqual({ 'to-hand-off': ms(3) });
    expect(lists(withheld(3), released(5, '6'))).toEqual({ 'withheld:7': 63 });
    const back = [hot(1), handedOff(1), returned(2)];
    expect(lists(...back, withheld(3))).toEqual({});
    expect(lists(...back, withheld(3), released(5))).toEqual({});
    expect(lists(hot(1), handedOff(1), withheld(3))).toMatchObject({ inbox: 2e14 + ms(1) });
  });

  it('does not look at what models beside the main one decide', () => {
    expect(lists(recorded('LeadTierChanged', { to: 'hot', aside: true }, { at: day(3) }))).toEqual({});
    expect(lists(hot(3), recorded('LeadTierChanged', { to: 'cold', aside: true }, { at: day(4) }))).toEqual({ 'to-hand-off': ms(3) });
  });

  it('wants a hot lead handed off since it became hot, and no other', () => {
    expect(lists(hot(3))).toEqual({ 'to-hand-off': ms(3) });
    expect(lists(recorded('LeadTierChanged', { to: 'warm' }, { at: day(3) }))).toEqual({});
    expect(lists(hot(3), recorded('LeadTierChanged', { to: 'cold' }, { at: day(4) }))).toEqual({});
    expect(lists(hot(3), recorded('LeadDisqualified', {}, { at: day(4) }))).toEqual({});
  });

  it('shows a lead that is with sales to all, to its team and its rep, hot before cold, and until it is answered as undelivered', () => {
    const rank = 2e14 + ms(4);
    expect(lists(hot(3), handedOff(4))).toEqual({ inbox: rank, undelivered: ms(4) });
    expect(lists(hot(3), handedOff(4), assigned(4))).toEqual({
      inbox: rank,
      'inbox:rep:rep-1': rank,
      'inbox:team:inside-1': rank,
      undelivered: ms(4),
    });
    expect(lists(hot(3), handedOff(4), assigned(4), accepted(5))).toEqual({
      inbox: rank,
      'inbox:rep:rep-1': rank,
      'inbox:team:inside-1': rank,
    });
    expect(lists(hot(3), handedOff(4), recorded('LeadTierChanged', { to: 'cold' }, { at: day(6) }))).toEqual({
      inbox: ms(4),
      undelivered: ms(4),
    });
  });

  it('arms a returned lead only by an act of the customer after the return', () => {
    const back = [hot(3), handedOff(4), accepted(5), returned(8)];
    expect(lists(...back)).toEqual({});
    expect(lists(...back, view(7))).toEqual({});
    expect(lists(...back, recorded('EmailOpened', {}, { at: day(9) }))).toEqual({});
    expect(lists(...back, view(9))).toEqual({ 'to-hand-off': ms(9) });
    expect(standing(...back)).toMatchObject({ run: 2, past: [{ handoffId: 'lead-1.1', state: 'returned', reason: 'タイミング' }] });
  });

  it('arms a rejected lead the same way, in the same run', () => {
    const back = [hot(3), handedOff(4), recorded('HandoffRejected', { handoffId: 'lead-1.1', reason: 'badFit' }, { at: day(5) })];
    expect(lists(...back)).toEqual({});
    expect(standing(...back)).toMatchObject({ run: 1, past: [{ state: 'rejected', reason: 'badFit' }] });
    expect(lists(...back, view(6))).toEqual({ 'to-hand-off': ms(6) });
  });

  it('ends with its own deal, won or lost, and not with another', () => {
    const deal = [hot(3), handedOff(4), accepted(5), recorded('DealOpened', { dealId: 'd-1' }, { at: day(6) })];
    expect(standing(...deal, recorded('DealLost', { dealId: 'd-2' }, { at: day(7) })).open).toMatchObject({
      state: 'in-deal',
      dealId: 'd-1',
    });
    expect(standing(...deal, recorded('DealWon', { dealId: 'd-1' }, { at: day(7) }))).toMatchObject({ run: 2, past: [{ state: 'won' }] });
    const lost = standing(...deal, recorded('DealLost', { dealId: 'd-1', reason: 'price' }, { at: day(7) }));
    expect(lost).toMatchObject({ run: 2, past: [{ state: 'lost', reason: 'price' }] });
    expect(lost.open).toBeUndefined();
  });

  it('changes its rank with every breach and reassignment to be told, also with the second of one moment', () => {
    const two = [hot(1), handedOff(2), assigned(2), handedOff(2, 1, 'twin'), assigned(2, 'twin')];
    const breached = (n: number, leadId = 'lead-1') =>
      recorded('HandoffSlaBreached', { leadId, handoffId: `${leadId}.1`, step: 'accept', dueAt: day(n), notify: ['sfa'] }, { at: day(n) });
    const ranks = (list: string, events: readonly RecordedEvent[]) =>
      events.map((_, told) => lists(...two, ...events.slice(0, told + 1))[list]);
    expect(ranks('escalated', [breached(5), breached(5, 'twin')])).toEqual([ms(5), ms(5) + 1]);
    expect(ranks('escalated', [breached(5), breached(4, 'twin')])).toEqual([ms(5), ms(5) + 1]);
    const given = ['lead-1', 'twin'].map((leadId) =>
      recorded('LeadAssigned', { leadId, handoffId: `${leadId}.1`, repId: 'rep-2' }, { at: day(5) }),
    );
    expect(ranks('reassigned', given)).toEqual([ms(5), ms(5) + 1]);
  });

  it('is in its deal whichever came into the log first, the acceptance or the opening of the deal', () => {
    const opened = recorded('DealOpened', { dealId: 'd-1' }, { at: day(6) });
    const open = { state: 'in-deal', dealId: 'd-1', repId: 'rep-1' };
    expect(standing(hot(3), handedOff(4), accepted(5), opened).open).toMatchObject(open);
    expect(standing(hot(3), handedOff(4), opened, accepted(5)).open).toMatchObject(open);
  });

  it('knows the first act of sales after the handoff, whatever came in first', () => {
    const call = (n: number, callId = `call-${n}`) => recorded('CallCompleted', { callId, startedAt: day(n) }, { at: day(n) });
    expect(standing(hot(3), handedOff(5), call(9), call(7), call(4)).open).toMatchObject({ contactedAt: ms(7) });
    // Told again, it took place later than was said first.
    expect(standing(hot(3), handedOff(5), call(8, 'c'), call(6, 'c')).open).toMatchObject({ contactedAt: ms(8) });
  });
});

/** Leads in every state between marketing and sales, one merged away while it was there, one with a voided act. */
function history(): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let n = 0; n < 9; n += 1) {
    const leadId = `lead-${n}`;
    events.push(recorded('LeadCaptured', { leadId, accountId: `acc-${n % 2}` }, { at: day(1) }), hot(2, leadId), view(2, leadId));
    if (n % 3 !== 0) events.push(handedOff(3, 1, leadId), assigned(3, leadId));
    if (n % 3 === 2) events.push(accepted(4, leadId), returned(5, leadId), view(6, leadId));
  }
  events.push(
    recorded('LeadTierChanged', { leadId: 'lead-9', to: 'hot', withheld: { since: day(2), published: '7' } }, { at: day(2) }),
    view(1, 'lead-9'),
  );
  events.push(
    recorded('LeadTierChanged', { leadId: 'lead-10', to: 'hot', withheld: { since: day(2), published: '7' } }, { at: day(2) }),
    recorded('HandoffReleased', { leadId: 'lead-10', published: '7' }, { at: day(3) }),
  );
  const voided = events.findLast(({ type, data }) => type === 'WebPageViewed' && (data as { leadId: string }).leadId === 'lead-5')!;
  events.push(recorded('TouchpointInvalidated', { leadId: 'lead-5', targetEventId: voided.id, reason: 'bot' }));
  const merge = recorded('LeadsMerged', { leadId: 'lead-4', mergedId: 'lead-4', survivorId: 'lead-3' });
  events.push(merge, recorded('LeadsMerged', { leadId: 'lead-7', mergedId: 'lead-7', survivorId: 'lead-8' }), view(8, 'lead-4'));
  events.push(recorded('MergeReverted', { leadId: 'lead-4', mergeEventId: merge.id }));
  return events;
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-handoffs-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('handoffs', async () => ({
  projection: handoffsProjection as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
