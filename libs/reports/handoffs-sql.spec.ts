import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { handoffsOf, handoffsProjection } from '@leadlog/handoff';
import { decided, fact, LEAD, TWIN } from '@leadlog/handoff/standing.testing';
import { asAppend, recorded } from '@leadlog/lead/recorded.testing';
import { archiveOf, rowsOf, testFolder } from './views-history.testing';

const folder = testFolder();

describe('handoffs in SQL', () => {
  it('are those of the read model, whatever happened to them, also of leads that have become one', async () => {
    const log = SqliteEventLog.open({ file: folder('log.db') });
    const expected: Record<string, unknown>[] = [];
    for (const [n, made] of fc.sample(fc.array(fact, { maxLength: 12 }), { numRuns: 250, seed: 7 }).entries()) {
      const renamed = (text: string): string => text.replaceAll(LEAD, `lead${n}`).replaceAll(TWIN, `twin${n}`).replaceAll('"d-', `"d${n}-`);
      const events = [...decided(), ...made.map((make) => make())].map((event) => ({ ...event, stream: renamed(event.stream).replace(/^deal-d/, `deal-d${n}`), data: JSON.parse(renamed(JSON.stringify(event.data))) as object }));
      const merge = recorded('LeadsMerged', { leadId: `twin${n}`, mergedId: `twin${n}`, survivorId: `lead${n}` });
      for (const outcome of await log.appendMany([...events, merge].map((event) => asAppend(event)))) if (!outcome.ok) throw outcome.error;
      const state = events.reduce((known, event) => handoffsProjection.evolve(known, event as RecordedEvent), handoffsProjection.initial(`lead${n}`));
      for (const { handoffId, state: status, repId, teamId, takenOverFrom, contactedAt, endedAt } of handoffsOf(state)) {
        expected.push({ lead: `lead${n}`, handoff: handoffId, status, rep: repId, team: teamId ?? null, taken_over_from: takenOverFrom ?? null, first_contact_at: contactedAt ?? null, concluded_at: endedAt ?? null });
      }
    }
    const archive = await archiveOf(log, folder('archive'), 'tail');
    const { connection } = await archive.snapshot();
    const rows = await rowsOf(connection, `SELECT ${Object.keys(expected[0]!).join(', ')} FROM handoffs ORDER BY handoff`);
    expect(rows).toEqual(expected.sort((a, b) => (String(a['handoff']) < String(b['handoff']) ? -1 : 1)));
    expect([...new Set(rows.map(({ status }) => status))].sort()).toEqual(['accepted', 'disqualified', 'handed-off', 'in-deal', 'lost', 'rejected', 'returned', 'won']);
    archive.close();
    await log.close();
  });
});
