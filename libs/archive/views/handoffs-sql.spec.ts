import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffsOf, handoffsProjection, type HandoffState } from '@leadlog/handoff';
import { decided, fact, LEAD, lost, opened, TWIN, won } from '@leadlog/handoff/standing.testing';
import { LiveReadModels, ProjectionEngine, ReactionLoop, fromCode, type Projection } from '@leadlog/projections';
import { dumpOf } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import {
  dealsProjection,
  sharedDealReaction,
  UNKNOWN_TO_DEALS,
  UNTOLD,
  VOIDED_DEAL_FACTS,
  voidedDealFacts,
  voidedFactReaction,
  type DealState,
} from '@leadlog/sales';
import { archiveOf, rowsOf, testFolder } from '../archived-history.testing';

const folder = testFolder();
const SHOWN = 'lead, handoff, status, rep, team, taken_over_from, first_contact_at, concluded_at, business';
const rowsOfState = (lead: string, state: HandoffState): Record<string, unknown>[] =>
  handoffsOf(state).map(({ handoffId, state: status, repId, teamId, takenOverFrom, contactedAt, endedAt, business }) => ({
    lead,
    handoff: handoffId,
    status,
    rep: repId ?? null,
    team: teamId ?? null,
    taken_over_from: takenOverFrom ?? null,
    first_contact_at: contactedAt ?? null,
    concluded_at: endedAt ?? null,
    business,
  }));
const byHandoff = (a: Record<string, unknown>, b: Record<string, unknown>): number =>
  String(a['handoff']) < String(b['handoff']) ? -1 : 1;
/** Two leads of a case of their own, so that many cases fit in one log. */
function renamed(event: RecordedEvent, n: number): RecordedEvent {
  const text = (was: string): string => was.replaceAll(LEAD, `lead${n}`).replaceAll(TWIN, `twin${n}`).replaceAll('"d-', `"d${n}-`);
  return {
    ...event,
    stream: text(event.stream).replace(/^deal-d/, `deal-d${n}`),
    data: JSON.parse(text(JSON.stringify(event.data))) as object,
  };
}

const projections = [handoffsProjection, dealsProjection(), voidedDealFacts] as readonly Projection[];
const names = projections.map(({ name }) => name);

interface Lived {
  handoffs: Record<string, HandoffState>;
  deals: Record<string, DealState>;
}

/**
 * What an engine comes to that follows the log, in several steps, and tells of shared deals until there is nothing more to tell: by it, and
 * built anew.
 */
async function livedAndRebuilt(log: SqliteEventLog, steps: readonly (readonly RecordedEvent[])[]): Promise<Lived> {
  const dumps = [];
  for (const tells of [true, false]) {
    const store = SqliteReadModelStore.open({ file: folder('read-models.db') });
    const engine = new ProjectionEngine({
      log,
      store,
      sources: projections.map((projection) => fromCode(projection)),
      decode,
      clock: Date.now,
    });
    const loop = new ReactionLoop({
      reactions: tells ? [sharedDealReaction(log), voidedFactReaction(log)] : [],
      log,
      store,
      clock: Date.now,
    });
    const readModels = new LiveReadModels(store);
    await engine.start();
    await loop.start();
    const left = async (projection: string, list: string) => (await (await readModels.view(projection)).list(list, { limit: 1 })).length;
    for (const step of tells ? steps : [[]]) {
      for (const outcome of await log.appendMany(step.map((event) => asAppend(event)))) if (!outcome.ok) throw outcome.error;
      for (let waiting = 1; waiting > 0;) {
        await readModels.reached(names, await log.head(), 300_000);
        waiting = (await left('deals', UNTOLD)) + (await left(VOIDED_DEAL_FACTS, UNKNOWN_TO_DEALS));
        await eventLoopTurn();
      }
      await readModels.reached(names, await log.head(), 300_000);
    }
    dumps.push(await Promise.all(projections.map((projection) => dumpOf(store, projection))));
    await loop.stop();
    await engine.stop();
    await store.close();
  }
  expect(dumps[1]).toEqual(dumps[0]);
  const states = <State>({ documents }: { documents: object }): Record<string, State> =>
    Object.fromEntries(
      Object.entries(documents).flatMap(([key, document]) =>
        'd' in (document as object) ? [[key, (document as { d: State }).d] as const] : [],
      ),
    );
  return { handoffs: states(dumps[0]![0]!), deals: states(dumps[0]![1]!) };
}

describe('handoffs in SQL', () => {
  it('are those of the read model, whatever happened to them, also of leads that have become one', async () => {
    const log = SqliteEventLog.open({ file: folder('log.db') });
    const expected: Record<string, unknown>[] = [];
    for (const [n, made] of fc.sample(fc.array(fact, { maxLength: 12 }), { numRuns: 250, seed: 7 }).entries()) {
      const events = [...decided(), ...made.map((make) => make())].map((event) => renamed(event, n));
      const merge = recorded('LeadsMerged', { leadId: `twin${n}`, mergedId: `twin${n}`, survivorId: `lead${n}` });
      for (const outcome of await log.appendMany([...events, merge].map((event) => asAppend(event)))) if (!outcome.ok) throw outcome.error;
      const state = events.reduce(
        (known, event) => handoffsProjection.evolve(known, event as RecordedEvent),
        handoffsProjection.initial(`lead${n}`),
      );
      expected.push(...rowsOfState(`lead${n}`, state));
    }
    const archive = await archiveOf(log, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    const rows = await rowsOf(connection, `SELECT ${SHOWN} FROM handoffs ORDER BY handoff`);
    expect(rows).toEqual(expected.sort(byHandoff));
    expect([...new Set(rows.map(({ status }) => status))].sort()).toEqual([
      'accepted',
      'disqualified',
      'handed-off',
      'in-deal',
      'lost',
      'rejected',
      'returned',
      'won',
    ]);
    archive.close();
    await log.close();
  });

  it('are those of the read model where the events of a deal name several leads, whatever is invalidated or merged, and when', async () => {
    const some = fc.record({
      made: fc.array(fact, { minLength: 2, maxLength: 8 }),
      ofDeals: fc.array(factOfDeal, { maxLength: 5 }),
      voids: fc.infiniteStream(fc.nat(2)),
    });
    const cases = fc.sample(some, { numRuns: 100, seed: 11 }).map(({ made, ofDeals: more, voids }, n) => {
      // No two at the same moment, which arrival would decide.
      const facts = [...made, ...more].map((make, place) => later(make(), place + 1)).map((event) => renamed(event, n));
      const ofDeals = facts.filter(({ stream }) => stream.startsWith('deal-'));
      const voided = ofDeals.filter(() => voids.next().value === 0).map((event) => invalidating(event));
      const merged = n % 5 === 0 ? [recorded('LeadsMerged', { leadId: `twin${n}`, mergedId: `twin${n}`, survivorId: `lead${n}` })] : [];
      return { facts: [...decided().map((event) => renamed(event, n)), ...facts], voided, merged };
    });
    const [facts, voided, merged] = (['facts', 'voided', 'merged'] as const).map((part) => cases.flatMap((one) => one[part]));
    expect(voided!.length).toBeGreaterThan(50);
    const told: unknown[] = [];
    for (const steps of [[facts!, voided!, merged!], [[...merged!, ...voided!, ...facts!.toReversed()]]]) {
      const log = SqliteEventLog.open({ file: folder('log.db') });
      const { handoffs, deals } = await livedAndRebuilt(log, steps);
      const archive = await archiveOf(log, folder('archive'), 'tail');
      const { connection } = await archive.snapshot();
      const rows = await rowsOf(connection, `SELECT ${SHOWN} FROM handoffs ORDER BY handoff`);
      expect(
        Object.entries(handoffs)
          .flatMap(([lead, state]) => rowsOfState(lead, state))
          .sort(byHandoff),
      ).toEqual(rows);
      const open = await rowsOf(connection, 'SELECT deal, status FROM deals ORDER BY deal');
      expect(
        Object.entries(deals)
          .flatMap(([deal, { opened, outcome }]) => ((opened ?? outcome) ? [{ deal, status: outcome?.state ?? 'open' }] : []))
          .sort((a, b) => (a.deal < b.deal ? -1 : 1)),
      ).toEqual(open);
      told.push([rows, open]);
      archive.close();
      await log.close();
    }
    expect(told[1]).toEqual(told[0]);
  });
});

const factOfDeal: fc.Arbitrary<() => RecordedEvent> = fc
  .tuple(fc.integer({ min: 3, max: 20 }), fc.constantFrom(LEAD, TWIN), fc.constantFrom(won, lost, 'opened' as const))
  .map(
    ([at, leadId, what]) =>
      () =>
        what === 'opened' ? opened(at, 'd-1', { leadId }) : what(at, 'd-1', leadId),
  );

const invalidating = ({ id, occurredAt, data }: RecordedEvent): RecordedEvent =>
  recorded('TouchpointInvalidated', { leadId: (data as { leadId: string }).leadId, targetEventId: id, reason: 'test' }, { at: occurredAt });

function later(event: RecordedEvent, ms: number): RecordedEvent {
  const occurredAt = event.occurredAt + ms;
  return { ...event, occurredAt, metadata: { ...event.metadata, occurredAt: new Date(occurredAt).toISOString() } };
}
