import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { LiveReadModels, ProjectionEngine, fromCode, type Projection } from '@leadlog/projections';
import { dumpOf } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import {
  LEAD,
  TWIN,
  day,
  ms,
  hot,
  handedOff,
  assigned,
  accepted,
  rejected,
  returned,
  disqualified,
  opened,
  won,
  lost,
  act,
  call,
  fact,
  decided,
} from './standing.testing';
import { handoffsProjection, OVERDUE, TO_HAND_OFF } from './handoffs.projection';
import { handoffsOf, openHandoffs } from './standing';

const fold = (events: readonly RecordedEvent[]) =>
  events.reduce((state, event) => handoffsProjection.evolve(state, event), handoffsProjection.initial(LEAD));
/** What holds in any order of arrival, as told in two of them. */
function standing(...events: RecordedEvent[]) {
  const state = fold(events);
  expect(fold([...events].reverse())).toEqual(state);
  return { handoffs: handoffsOf(state), lists: handoffsProjection.lists!(state, LEAD) };
}
const stateOf = (...events: RecordedEvent[]): unknown =>
  Object.fromEntries(standing(...events).handoffs.map(({ handoffId, state }) => [handoffId.slice(LEAD.length), state]));

describe('a handoff and its deals', () => {
  it('are won by the deal that names it, whichever was told first', () => {
    expect(stateOf(hot(1), handedOff(2), won(9), accepted(3), opened(5, 'd-1', { handoffId: 'lead-1.1' }))).toEqual({ '.1': 'won' });
    expect(stateOf(hot(1), handedOff(2), opened(5, 'd-1', { runId: 'lead-1.run-1' }), won(9))).toEqual({ '.1': 'won' });
    expect(stateOf(hot(1), handedOff(2), won(9))).toEqual({ '.1': 'won' });
  });

  it('have nothing to do with a deal of before it, nor with one of another handoff', () => {
    const past = [opened(-700, 'old'), lost(-600, 'old')];
    expect(standing(hot(1), handedOff(2), accepted(3), ...past)).toMatchObject({
      handoffs: [{ state: 'accepted' }],
      lists: { inbox: 2e14 + ms(2) },
    });
    expect(stateOf(hot(1), handedOff(2), opened(5, 'd', { handoffId: 'somebody.1' }), lost(6, 'd'))).toEqual({ '.1': 'handed-off' });
    expect(stateOf(hot(1), handedOff(2), rejected(3), opened(4), won(5))).toEqual({ '.1': 'rejected' });
    expect(stateOf(hot(1), handedOff(2), lost(4), returned(3), handedOff(6, 2), opened(7, 'd-2'), won(8, 'd-2'))).toEqual({
      '.1': 'returned',
      '.2': 'won',
    });
  });

  it('stay together until the last of several deals is decided, and one win is a win', () => {
    const both = [hot(1), handedOff(2), opened(3, 'a'), opened(4, 'b')];
    expect(standing(...both, lost(5, 'a')).handoffs).toMatchObject([{ state: 'in-deal', dealId: 'b' }]);
    expect(standing(...both, lost(5, 'a'), won(6, 'b')).handoffs).toMatchObject([{ state: 'won', dealId: 'b' }]);
    expect(standing(...both, won(5, 'a'), lost(6, 'b')).handoffs).toMatchObject([{ state: 'won', dealId: 'a', endedAt: ms(5) }]);
    expect(standing(...both, lost(5, 'a'), lost(6, 'b')).handoffs).toMatchObject([{ state: 'lost', dealId: 'b', endedAt: ms(6) }]);
    expect(standing(...both, lost(5, 'a'), lost(6, 'b'), won(8, 'a')).handoffs).toMatchObject([{ state: 'won', dealId: 'a' }]);
  });

  it('arm the lead again only by an act after its deals, and not while one is open, be it of a handoff or not', () => {
    expect(standing(hot(1), handedOff(2), opened(3), lost(5), act(4)).lists).not.toHaveProperty(TO_HAND_OFF);
    expect(standing(hot(1), handedOff(2), opened(3), lost(5), act(6)).lists).toMatchObject({ [TO_HAND_OFF]: ms(6) });
    expect(standing(hot(1), opened(0), act(6)).lists).not.toHaveProperty(TO_HAND_OFF);
    expect(standing(hot(1), opened(-9), won(-1), act(-3)).lists).not.toHaveProperty(TO_HAND_OFF);
    // Given back with a deal that nobody ever closed.
    expect(standing(hot(1), handedOff(2), opened(3), returned(4), act(6)).lists).toMatchObject({ [TO_HAND_OFF]: ms(6) });
  });
});

describe('answers of sales', () => {
  it('belong to the handoff that they name, also where a merge has brought two together', () => {
    const two = [hot(1), handedOff(2), assigned(2), handedOff(3, 1, TWIN), assigned(3, 'rep-2', 'twin.1')];
    expect(openHandoffs(fold(two))).toMatchObject([
      { handoffId: 'lead-1.1', repId: 'rep-1' },
      { handoffId: 'twin.1', repId: 'rep-2' },
    ]);
    expect(standing(...two).lists).toMatchObject({ 'inbox:rep:rep-1': 2e14 + ms(2), 'inbox:rep:rep-2': 2e14 + ms(3), inbox: 2e14 + ms(3) });
    const states = (...more: RecordedEvent[]) => standing(...two, ...more).handoffs.map(({ handoffId, state }) => [handoffId, state]);
    expect(states(accepted(4))).toEqual([
      ['lead-1.1', 'accepted'],
      ['twin.1', 'handed-off'],
    ]);
    expect(states(accepted(4, 'rep-2', 'twin.1'))).toEqual([
      ['lead-1.1', 'handed-off'],
      ['twin.1', 'accepted'],
    ]);
    expect(states(rejected(4))).toEqual([
      ['lead-1.1', 'rejected'],
      ['twin.1', 'handed-off'],
    ]);
    expect(states(returned(4))).toEqual([
      ['lead-1.1', 'returned'],
      ['twin.1', 'handed-off'],
    ]);
    expect(states(returned(4, 'twin.run-1', TWIN))).toEqual([
      ['lead-1.1', 'handed-off'],
      ['twin.1', 'returned'],
    ]);
    expect(states(opened(5, 'd', { leadId: TWIN }), won(7, 'd'))).toEqual([
      ['lead-1.1', 'handed-off'],
      ['twin.1', 'won'],
    ]);
    expect(states(opened(5, 'd'), won(7, 'd'))).toEqual([
      ['lead-1.1', 'won'],
      ['twin.1', 'handed-off'],
    ]);
    expect(standing(...two, returned(4), act(9)).lists).not.toHaveProperty(TO_HAND_OFF);
  });

  it('give up a person under the name in force, and a duplicate of that person alone', () => {
    expect(standing(hot(1), disqualified(0, TWIN)).lists).toEqual({ [TO_HAND_OFF]: ms(1) });
    expect(standing(hot(1), disqualified(0)).lists).toEqual({});
    expect(standing(hot(1), handedOff(2), handedOff(3, 1, TWIN), disqualified(5, TWIN)).handoffs).toMatchObject([
      { state: 'handed-off' },
      { state: 'disqualified' },
    ]);
    expect(standing(hot(1), handedOff(2), handedOff(3, 1, TWIN), disqualified(5)).handoffs).toMatchObject([
      { state: 'disqualified' },
      { state: 'disqualified' },
    ]);
  });

  it('move the handoff to the team of who takes it over, and say from whom', () => {
    const waits = [hot(1), handedOff(2), assigned(2)];
    expect(standing(...waits, accepted(3)).handoffs).toMatchObject([{ repId: 'rep-1', teamId: 'team of rep-1' }]);
    const moved = standing(...waits, accepted(3, 'rep-2', 'lead-1.1', { teamId: 'field', takeOver: true }));
    expect(moved.handoffs).toMatchObject([{ repId: 'rep-2', teamId: 'field', takenOverFrom: 'rep-1' }]);
    expect(moved.lists).toMatchObject({ 'inbox:team:field': 2e14 + ms(2), 'inbox:rep:rep-2': 2e14 + ms(2) });
    expect(moved.lists).not.toHaveProperty(['inbox:team:team of rep-1']);
    expect(standing(...waits, accepted(3, 'rep-2')).handoffs[0]!.teamId).toBeUndefined();
    expect(
      standing(
        ...waits,
        accepted(3),
        accepted(5, 'rep-2', 'lead-1.1', { takeOver: true }),
        accepted(4, 'rep-3', 'lead-1.1', { takeOver: true }),
      ).handoffs,
    ).toMatchObject([{ repId: 'rep-2', acceptedAt: ms(3) }]);
  });
});

describe('deadlines', () => {
  const overdue = (...events: RecordedEvent[]) => standing(hot(1), handedOff(2), ...events).lists[OVERDUE];
  const breached = (step: 'accept' | 'contact') => recorded('HandoffSlaBreached', { leadId: LEAD, handoffId: 'lead-1.1', step });

  it('are overdue one after the other, until met or recorded', () => {
    expect(overdue()).toBe(ms(3));
    expect(overdue(accepted(3))).toBe(ms(4));
    expect(overdue(accepted(3.1))).toBe(ms(3));
    expect(overdue(breached('accept'))).toBe(ms(4));
    expect(overdue(breached('accept'), breached('contact'))).toBeUndefined();
    expect(overdue(accepted(2.5), call(3.5))).toBeUndefined();
    expect(overdue(accepted(2.5), call(1))).toBe(ms(4));
    expect(overdue(call(2.5), breached('accept'))).toBeUndefined();
  });

  it('end with the handoff, and are met by a deal of it', () => {
    expect(overdue(rejected(2.5))).toBeUndefined();
    expect(overdue(returned(2.9))).toBeUndefined();
    expect(overdue(rejected(3.5))).toBe(ms(3));
    expect(overdue(opened(2.5))).toBe(ms(4));
    expect(overdue(returned(2.5), opened(2.2), won(90))).toBeUndefined();
  });
});

// ---- any order of arrival

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-standing-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Documents, lists and tallies after these have arrived in this order, five at a time. */
async function arrived(events: readonly RecordedEvent[]) {
  const log = SqliteEventLog.open({ file: join(folder, `log-${files}.db`) });
  const store = SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) });
  const projection = handoffsProjection as Projection;
  const engine = new ProjectionEngine({ log, store, sources: [fromCode(projection)], decode, clock: Date.now });
  await engine.start();
  for (let at = 0; at < events.length; at += 5) {
    for (const outcome of await log.appendMany(events.slice(at, at + 5).map(asAppend))) if (!outcome.ok) throw outcome.error;
  }
  await new LiveReadModels(store).reached(['handoffs'], await log.head(), 300_000);
  const { documents, lists } = JSON.parse(
    JSON.stringify(await dumpOf(store, projection), (name, value: unknown) => (name === 'position' ? undefined : value)),
  ) as Awaited<ReturnType<typeof dumpOf>>;
  await engine.stop();
  await store.close();
  await log.close();
  const states = Object.entries(documents).flatMap(([key, document]) =>
    'd' in (document as object) ? [[key, (document as { d: unknown }).d] as const] : [],
  );
  return { states: Object.fromEntries(states), lists };
}

describe('whatever the order of arrival', () => {
  it('a lead stands where it stands by what happened', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 14 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (made, shares) => {
        const events = [...decided(), ...made.map((make) => make())];
        const shuffled = events
          .map((event) => ({ event, share: shares.next().value! }))
          .sort((a, b) => a.share - b.share)
          .map(({ event }) => event);
        expect(handoffsProjection.lists!(fold(shuffled), LEAD)).toEqual(handoffsProjection.lists!(fold(events), LEAD));
        expect(fold(shuffled)).toEqual(fold(events));
      }),
      { numRuns: 500 },
    );
  });

  it('documents and lists are the same with merges, their reversal and what was voided among it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fact, { minLength: 3, maxLength: 10 }),
        fc.boolean(),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (made, isReverted, shares) => {
          const facts = made.map((make) => make());
          // What happened at the same moment goes by arrival, also where one of the two is the engine's own decision.
          fc.pre(new Set(facts.map(({ occurredAt }) => occurredAt)).size === facts.length);
          const decisions = new Set(decided().map(({ type, occurredAt }) => `${type} ${occurredAt}`));
          fc.pre(!facts.some(({ type, occurredAt }) => decisions.has(`${type} ${occurredAt}`)));
          const merge = recorded('LeadsMerged', { leadId: TWIN, mergedId: TWIN, survivorId: LEAD }, { at: day(20) });
          const corrections = [
            merge,
            ...(isReverted ? [recorded('MergeReverted', { leadId: TWIN, mergeEventId: merge.id }, { at: day(21) })] : []),
          ];
          const voided = facts[0]!;
          const events = [
            ...facts,
            ...decided(),
            recorded('TouchpointInvalidated', {
              leadId: (voided.data as { leadId: string }).leadId,
              targetEventId: voided.id,
              reason: 'test',
            }),
          ];
          const mixed = (): RecordedEvent[] => {
            const all = [...events, ...corrections]
              .map((event) => ({ event, share: shares.next().value! }))
              .sort((a, b) => a.share - b.share)
              .map(({ event }) => event);
            // A reversal follows its merge in the stream that both are decided in.
            const places = all.flatMap((event, place) => (corrections.includes(event as never) ? [place] : []));
            places.forEach((place, index) => (all[place] = corrections[index]!));
            return all;
          };
          expect(await arrived(mixed())).toEqual(await arrived([...events, ...corrections]));
        },
      ),
      { numRuns: 12 },
    );
  });
});
