import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, type LeadState } from '@leadlog/lead';
import type { Projection } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { eventOfAct } from '../acts';
import { handoffsProjection, type HandoffState } from '../handoffs.projection';
import { cardState, outcomeOf } from './card-standing';
import { cardsOf, cardsProjection, type CardsState } from './cards.projection';
import { handOver, refusalOfHandOver } from './hand-over';

const timezone = 'Asia/Tokyo';
const day = (n: number): string => new Date(Date.parse('2026-01-01T10:00:00+09:00') + n * 86_400_000).toISOString();
const leads = leadsProjection({ timezone });
const folded = <State>(projection: Projection<State>, events: readonly RecordedEvent[]): State =>
  events
    .filter(({ type }) => projection.handles.includes(type))
    .reduce((state, event) => projection.evolve(state, event), projection.initial('lead-1'));
const cardsFrom = (events: readonly RecordedEvent[]): CardsState => folded(cardsProjection, events);

const exchanged = (n: number, cardId = 'c-1', repId = 'rep-1') =>
  recorded('BusinessCardExchanged', { leadId: 'lead-1', cardId, repId }, { at: day(n) });
const handed = (n: number, cardId = 'c-1', repId = 'rep-1') =>
  recorded('BusinessCardHandedToMarketing', { leadId: 'lead-1', cardId, repId, keepFollowing: false }, { at: day(n) });
const call = (n: number) => recorded('CallCompleted', { callId: `call-${n}`, startedAt: day(n) }, { at: day(n) });
const page = (n: number) => recorded('WebPageViewed', {}, { at: day(n) });
const mail = (n: number) => recorded('EmailDelivered', {}, { at: day(n) });
const opened = (n: number) => recorded('DealOpened', { dealId: 'd-1', handoffId: undefined, runId: undefined }, { at: day(n) });
const lost = (n: number) => recorded('DealLost', { dealId: 'd-1' }, { at: day(n) });
const won = (n: number) => recorded('DealWon', { dealId: 'd-1' }, { at: day(n) });

function standing(today: number, ...events: RecordedEvent[]) {
  const of = {
    lead: folded(leads as Projection<LeadState>, events),
    handoffs: folded(handoffsProjection as Projection<HandoffState>, events),
  };
  const asOf = { today: day(today).slice(0, 10), timezone, dormantDays: 90 };
  return cardsOf(cardsFrom(events)).map((card) => ({ cardId: card.cardId, state: cardState(card, of, asOf), ...outcomeOf(card, of) }));
}
const stateOf = (today: number, ...events: RecordedEvent[]) => standing(today, ...events).map(({ state }) => state);

describe('a card', () => {
  it('is dormant from the 91st day of the calendar after its exchange', () => {
    expect([stateOf(90, exchanged(0)), stateOf(91, exchanged(0))]).toEqual([['active'], ['dormant']]);
  });

  it('does not sleep if either side has done anything since, and mailings are nobody’s acts', () => {
    expect(stateOf(200, exchanged(0), call(5))).toEqual(['active']);
    expect(stateOf(200, exchanged(0), page(5))).toEqual(['active']);
    expect(stateOf(200, exchanged(0), mail(5))).toEqual(['dormant']);
    expect(stateOf(200, call(-5), page(-5), exchanged(0))).toEqual(['dormant']);
  });

  it('does not sleep with a deal, unless that was over before', () => {
    expect(stateOf(200, exchanged(0), opened(-9))).toEqual(['active']);
    expect(stateOf(200, exchanged(0), opened(-9), lost(-8))).toEqual(['dormant']);
  });

  it('is handed over once marketing has it, whatever else happened', () => {
    expect(stateOf(200, exchanged(0), handed(3), call(5))).toEqual(['handed-over']);
    expect(stateOf(200, handed(3))).toEqual(['handed-over']);
  });

  it('tells what became of its lead from the exchange on', () => {
    const hot = recorded('LeadTierChanged', { to: 'hot' }, { at: day(9) });
    const handoff = (n: number, number: number) =>
      recorded('LeadHandedOff', { handoffId: `lead-1.${number}`, runId: `lead-1.run-${number}` }, { at: day(n) });
    expect(standing(20, handoff(-3, 1), exchanged(0))).toMatchObject([{ tier: 'cold' }]);
    expect(standing(20, handoff(-3, 1), exchanged(0))[0]).not.toHaveProperty('handoff');
    expect(standing(20, exchanged(0), hot, handoff(9, 1), opened(10), won(12))).toMatchObject([
      { tier: 'hot', handoff: { handoffId: 'lead-1.1', state: 'won' }, deal: { dealId: 'd-1', state: 'won' } },
    ]);
  });

  it('is of the rep who exchanged it first, in whatever order that is told', () => {
    const histories = fc.shuffledSubarray([exchanged(3, 'c-1', 'rep-2'), exchanged(1), handed(9), exchanged(2, 'c-2'), handed(5)], {
      minLength: 5,
    });
    fc.assert(
      fc.property(histories, (events) => {
        const state = cardsFrom(events);
        expect(cardsOf(state)).toMatchObject([
          { cardId: 'c-1', repId: 'rep-1', handed: { at: Date.parse(day(5)) } },
          { cardId: 'c-2', repId: 'rep-1' },
        ]);
        expect(cardsProjection.lists!(state, 'lead-1')).toMatchObject({ 'rep:rep-1': Date.parse(day(2)), 'card:c-1': Date.parse(day(1)) });
      }),
    );
  });
});

describe('handing over', () => {
  const [card] = cardsOf(cardsFrom([exchanged(0)]));
  const act = (id: string) => {
    const made = eventOfAct(
      {
        type: 'BusinessCardHandedToMarketing',
        data: { leadId: 'lead-1', cardId: 'c-1', repId: 'rep-1', reason: 'x', keepFollowing: true },
        id,
        actor: { kind: 'rep', id: 'rep-1' },
      },
      Date.parse(day(5)),
    );
    if (!made.ok) throw new Error('expected an event');
    return made.event;
  };

  it('is for the rep who has the card; anybody else says so', () => {
    expect(refusalOfHandOver(card!, 'rep-1', undefined)).toBeUndefined();
    expect(refusalOfHandOver(card!, 'rep-99', true)).toBeUndefined();
    expect(refusalOfHandOver(card!, 'rep-99', undefined)).toEqual({
      expected: 'rep-1, who has c-1, or takeOver: true to hand it over for them',
      got: 'rep-99',
    });
  });

  it('is recorded once, whoever is faster, and again only if that is voided', async () => {
    const log = SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
    await log.appendMany([exchanged(0)].map(asAppend));
    const answers = await Promise.all(['one', 'two', 'three'].map((id) => handOver(log, card!, act(id))));
    expect(answers.map((answer) => answer.ok && answer.repeated).sort()).toEqual([false, true, true]);
    const recordedNow = async () => {
      const found: RecordedEvent[] = [];
      for await (const { events } of log.read()) found.push(...events.filter(({ type }) => type === 'BusinessCardHandedToMarketing'));
      return found;
    };
    const [first, another] = await recordedNow();
    expect(another).toBeUndefined();
    await log.appendMany([asAppend(recorded('TouchpointInvalidated', { targetEventId: first!.id, reason: 'test' }))]);
    expect(await handOver(log, card!, act('four'))).toMatchObject({ ok: true, repeated: false });
    expect(await recordedNow()).toHaveLength(2);
    await log.close();
  });
});

/** Cards of several leads and reps, some of whom are one person, and one exchange that was a mistake. */
function history(): RecordedEvent[] {
  const events = Array.from({ length: 9 }, (_, n) => {
    const leadId = `lead-${n}`;
    return [
      recorded('BusinessCardExchanged', { leadId, cardId: `c-${n}`, repId: `rep-${n % 3}` }, { at: day(n) }),
      ...(n % 2
        ? [recorded('BusinessCardHandedToMarketing', { leadId, cardId: `c-${n}`, repId: `rep-${n % 3}` }, { at: day(n + 2) })]
        : []),
    ];
  }).flat();
  const merge = recorded('LeadsMerged', { leadId: 'lead-3', mergedId: 'lead-3', survivorId: 'lead-4' });
  return [
    ...events,
    recorded('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: events[3]!.id, reason: 'test' }),
    merge,
    recorded('LeadsMerged', { leadId: 'lead-7', mergedId: 'lead-7', survivorId: 'lead-8' }),
    recorded('MergeReverted', { leadId: 'lead-3', mergeEventId: merge.id }),
  ];
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-cards-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('cards', async () => ({
  projection: cardsProjection as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
