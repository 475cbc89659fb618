import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend } from '@leadlog/events/recorded.testing';
import { fromCode, LiveReadModels, ProjectionEngine, ReactionLoop, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { breachReaction } from './handoff-reactions';
import { handoffsProjection, OVERDUE } from './handoffs.projection';
import { accepted, call, day, handedOff, ms, rejected } from './standing.testing';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-breaches-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** An engine that finds the log as it is, with read models of its own; answers when nothing is overdue at `now` any more. */
async function lookAt(log: SqliteEventLog, now: number, readModelsFile: string): Promise<void> {
  const store = SqliteReadModelStore.open({ file: join(folder, readModelsFile) });
  const engine = new ProjectionEngine({ log, store, sources: [fromCode(handoffsProjection as Projection)], decode, clock: () => now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  const loops = [1, 2].map(
    (worker) => new ReactionLoop({ reactions: [breachReaction(log, () => now)], log, store, clock: () => now, worker: `worker-${worker}` }),
  );
  for (const loop of loops) await loop.start();
  for (;;) {
    await readModels.reached(['handoffs'], await log.head(), 20_000);
    if ((await (await readModels.view('handoffs')).list(OVERDUE, { max: now })).length === 0) break;
    await new Promise((turn) => setImmediate(turn));
  }
  for (const loop of loops) await loop.stop();
  await engine.stop();
  await store.close();
}

async function breaches(log: SqliteEventLog): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { events } of log.read({ filter: { types: ['HandoffSlaBreached'] } })) {
    for (const { data, metadata } of events) {
      const { handoffId, step } = data as { handoffId: string; step: string };
      found.push(`${handoffId} ${step} ${metadata.occurredAt}`);
    }
  }
  return found.sort();
}

describe('deadlines of handoffs', () => {
  it('are recorded as missed as of the deadline, once, however late and often somebody looks', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    const handoffs = ['a', 'b', 'c', 'd'].map((lead) => handedOff(2, 1, lead));
    // Accepted in time and called in time; accepted late; rejected before it was due; nothing at all.
    const told = [accepted(2.5, 'rep-1', 'a.1'), call(3, 'a'), accepted(3.5, 'rep-1', 'b.1'), call(3.5, 'b'), rejected(2.5, 'c.1')];
    for (const event of [...handoffs, ...told]) await log.append(event.stream, asAppend(event).events, { expected: 'any' });

    await lookAt(log, ms(2.9), 'first.db');
    expect(await breaches(log)).toEqual([]);
    await lookAt(log, ms(3.9), 'first.db');
    expect(await breaches(log)).toEqual([`b.1 accept ${day(3)}`, `d.1 accept ${day(3)}`]);
    // After an outage of weeks, by an engine that has to build its read models anew; then once more.
    const all = [`b.1 accept ${day(3)}`, `d.1 accept ${day(3)}`, `d.1 contact ${day(4)}`];
    await lookAt(log, ms(40), 'second.db');
    expect(await breaches(log)).toEqual(all);
    await lookAt(log, ms(50), 'third.db');
    expect(await breaches(log)).toEqual(all);
    await log.close();
  });
});
