import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { handoffsOf, handoffsProjection, type HandoffState } from '@leadlog/handoff';
import { decided, fact, LEAD, TWIN } from '@leadlog/handoff/standing.testing';
import { LiveReadModels, ProjectionEngine, ReactionLoop, fromCode, type Projection } from '@leadlog/projections';
import { dumpOf } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dealsProjection, sharedDealReaction, UNTOLD } from '@leadlog/sales';
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

const projections = [handoffsProjection, dealsProjection()] as readonly Projection[];

/** What an engine comes to that follows the log and tells of shared deals until there is nothing more to tell: by it, and built anew. */
async function livedAndRebuilt(log: SqliteEventLog): Promise<Record<string, HandoffState>> {
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
    const loop = new ReactionLoop({ reactions: tells ? [sharedDealReaction(log)] : [], log, store, clock: Date.now });
    const readModels = new LiveReadModels(store);
    await engine.start();
    await loop.start();
    for (let left = 1; left > 0;) {
      await readModels.reached(['handoffs', 'deals'], await log.head(), 60_000);
      left = (await (await readModels.view('deals')).list(UNTOLD, { limit: 1 })).length;
      await eventLoopTurn();
    }
    await readModels.reached(['handoffs', 'deals'], await log.head(), 60_000);
    dumps.push(await Promise.all(projections.map((projection) => dumpOf(store, projection))));
    await loop.stop();
    await engine.stop();
    await store.close();
  }
  expect(dumps[1]).toEqual(dumps[0]);
  return Object.fromEntries(
    Object.entries(dumps[0]![0]!.documents).flatMap(([key, document]) =>
      'd' in (document as object) ? [[key, (document as { d: HandoffState }).d]] : [],
    ),
  );
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

  it('are those of the read model where the events of a deal name several leads, whichever came first', async () => {
    const cases = fc.sample(fc.array(fact, { minLength: 2, maxLength: 12 }), { numRuns: 150, seed: 11 }).map((made, n) => {
      // No two at the same moment, which arrival would decide.
      const facts = made.map((make, place) => later(make(), place + 1));
      return [...decided(), ...facts].map((event) => renamed(event, n));
    });
    const told: unknown[] = [];
    for (const isReversed of [false, true]) {
      const log = SqliteEventLog.open({ file: folder('log.db') });
      const events = isReversed ? cases.map((one) => one.toReversed()).reverse() : cases;
      for (const outcome of await log.appendMany(events.flat().map((event) => asAppend(event)))) if (!outcome.ok) throw outcome.error;
      const states = await livedAndRebuilt(log);
      const archive = await archiveOf(log, folder('archive'), 'tail');
      const { connection } = await archive.snapshot();
      const rows = await rowsOf(connection, `SELECT ${SHOWN} FROM handoffs ORDER BY handoff`);
      expect(
        Object.entries(states)
          .flatMap(([lead, state]) => rowsOfState(lead, state))
          .sort(byHandoff),
      ).toEqual(rows);
      told.push(rows);
      archive.close();
      await log.close();
    }
    expect(told[1]).toEqual(told[0]);
  });
});

function later(event: RecordedEvent, ms: number): RecordedEvent {
  const occurredAt = event.occurredAt + ms;
  return { ...event, occurredAt, metadata: { ...event.metadata, occurredAt: new Date(occurredAt).toISOString() } };
}
