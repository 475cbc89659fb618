import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decisionId, decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { alwaysAtWork } from '@leadlog/organisation';
import { fromCode, LiveReadModels, ProjectionEngine, ReactionLoop, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { breachReaction, escalationReaction } from './breaches';
import { NEVER } from './handoff-reactions';
import { ESCALATED, handoffsProjection, OVERDUE } from './handoffs.projection';
import type { HandoffPolicy } from './policy/policy';
import { webhookQueue } from './webhooks/webhook-jobs';
import { accepted, assigned, call, day, handedOff, ms, opened, rejected } from './standing.testing';

type Escalation = HandoffPolicy['escalation'];
const reps = ['rep-1', 'rep-2', 'rep-3'].map((id) => ({ id, team: 'inside-1', weight: 1 }));
const organisation = alwaysAtWork(reps, 'Asia/Tokyo');

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-breaches-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** An engine that finds the log as it is, with read models of its own; answers when nothing is overdue at `now` any more. */
async function lookAt(
  log: SqliteEventLog,
  now: number,
  readModelsFile: string,
  escalation: Escalation = {},
  sales = organisation,
): Promise<void> {
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const clock = () => now;
  const store = SqliteReadModelStore.open({ file: join(folder, readModelsFile) });
  const readModels = new LiveReadModels(store);
  const reactions = [
    breachReaction({
      log,
      readModels,
      clock,
      policy: { at: () => ({ id: 'p', version: '1', content: { escalation } }) },
      organisation: () => sales,
    }),
    escalationReaction(jobs, clock),
  ];
  const engine = new ProjectionEngine({ log, store, sources: [fromCode(handoffsProjection as Projection)], decode, clock: () => now });
  await engine.start();
  const loops = [1, 2].map((worker) => new ReactionLoop({ reactions, log, store, clock, worker: `worker-${worker}` }));
  for (const loop of loops) await loop.start();
  for (;;) {
    await readModels.reached(['handoffs'], await log.head(), 300_000);
    const view = await readModels.view('handoffs');
    const told = await Promise.all((await view.list(ESCALATED)).map(({ key }) => jobs.get(webhookQueue('sfa'), breachId(key))));
    if ((await view.list(OVERDUE, { max: now })).length === 0 && told.every((job) => job !== undefined)) break;
    await new Promise((turn) => setImmediate(turn));
  }
  for (const loop of loops) await loop.stop();
  await engine.stop();
  await store.close();
  await jobs.close();
}

const breachId = (leadId: string): string => decisionId('HandoffSlaBreached', `${leadId}.1`, 'accept');

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

describe('what follows from a missed deadline', () => {
  const assignments = async (log: SqliteEventLog): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const { events } of log.read({ filter: { types: ['LeadAssigned'] } }))
      for (const { data, metadata } of events)
        if (metadata.actor.id === 'handoff')
          found.push([(data as { handoffId: string }).handoffId, (data as { repId: string }).repId, metadata.occurredAt]);
    return found.sort();
  };
  const given = async (log: SqliteEventLog, ...events: Parameters<typeof asAppend>[0][]): Promise<void> => {
    for (const event of events) await log.append(event.stream, asAppend(event).events, { expected: 'any' });
  };

  it('is decided once: who is told, and who is next', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    // Waits; was accepted late, but before anybody looked; has gone to another since; became a deal; and is waited for by nobody.
    await given(log, ...['a', 'b', 'c', 'd', 'e'].flatMap((lead) => [handedOff(2, 1, lead), assigned(2, 'rep-1', `${lead}.1`)]));
    await given(
      log,
      accepted(3.2, 'rep-1', 'b.1'),
      assigned(3.2, 'rep-2', 'c.1'),
      opened(3.2, 'd-1', { leadId: 'd' }),
      rejected(2.5, 'e.1'),
    );
    const escalation: Escalation = { accept: { notify: ['sfa'], reassign: true } };
    await lookAt(log, ms(3.5), 'first.db', escalation);
    const [next, ...others] = await assignments(log);
    expect([next, others]).toEqual([['a.1', expect.stringMatching(/^rep-[23]$/) as string, day(3.5)], []]);
    const told = async (): Promise<string[]> => {
      const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
      const found = await jobs.list(webhookQueue('sfa'), 'waiting');
      await jobs.close();
      return found
        .map(({ payload }) => (payload as { data: { handoff: { handoffId: string }; step: string } }).data)
        .map(({ handoff, step }) => `${handoff.handoffId} ${step}`)
        .sort();
    };
    expect(await told()).toEqual(['a.1 accept', 'b.1 accept', 'c.1 accept', 'd.1 accept']);

    // By an engine that starts anew, and with another policy: what was decided stays decided, and nothing old is told.
    await lookAt(log, ms(3.8), 'second.db', {
      accept: { notify: ['mail'], reassign: true },
      contact: { notify: ['mail'], reassign: false },
    });
    expect(await assignments(log)).toEqual([next]);
    expect(await told()).toEqual(['a.1 accept', 'b.1 accept', 'c.1 accept', 'd.1 accept']);
    await log.close();
  });

  it('is nothing, if the lead was disqualified when it was due and that was reverted: whoever had it has it again', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    const wrong = recorded('LeadDisqualified', { leadId: 'a', reason: 'student' }, { at: day(2.5) });
    await given(log, handedOff(2, 1, 'a'), assigned(2, 'rep-1', 'a.1'), wrong);
    await given(log, recorded('LeadRequalified', { leadId: 'a', targetEventId: wrong.id }, { at: day(3.5) }));
    await lookAt(log, ms(3.6), 'first.db', { accept: { notify: ['sfa'], reassign: true } });
    expect([await breaches(log), await assignments(log)]).toEqual([[`a.1 accept ${day(3)}`], []]);
    const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
    expect(await jobs.list(webhookQueue('sfa'), 'waiting')).toEqual([]);
    await jobs.close();
    await log.close();
  });

  it('is told for 20 days, so that nothing is told again when a job may be forgotten', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    await given(log, handedOff(2, 1, 'a'), assigned(2, 'rep-1', 'a.1'));
    await lookAt(log, ms(3.5), 'first.db', { accept: { notify: ['sfa'], reassign: false } });
    const jobs = SqliteJobs.open({ file: join(folder, 'forgotten.db') });
    const store = SqliteReadModelStore.open({ file: join(folder, 'first.db') });
    const view = await new LiveReadModels(store).view('handoffs');
    const toldAt = async (now: number): Promise<number> => {
      const { list, react } = escalationReaction(jobs, () => now);
      for (const { key, rank } of await view.list(list)) expect(await react(key, rank, view)).toBe(NEVER);
      return (await jobs.counts(webhookQueue('sfa'))).waiting;
    };
    expect([await toldAt(ms(23)), await toldAt(ms(23) - 1)]).toEqual([0, 1]);
    await store.close();
    await jobs.close();
    await log.close();
  });

  it('goes only to somebody who has room, however many deadlines are missed at once; where all are full, it stays where it is', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    const capacities: Record<string, number | undefined> = { 'rep-2': 2, 'rep-3': 1 };
    const full = { ...organisation, reps: organisation.reps.map((rep) => ({ ...rep, capacity: capacities[rep.id] })) };
    const leads = ['a', 'b', 'c', 'd', 'e', 'f'];
    await given(log, ...leads.flatMap((lead) => [handedOff(2, 1, lead), assigned(2, 'rep-1', `${lead}.1`)]));
    // One place of theirs is taken already.
    await given(log, handedOff(3, 1, 'g'), assigned(3, 'rep-2', 'g.1'));
    const escalation: Escalation = { accept: { notify: [], reassign: true }, contact: { notify: [], reassign: true } };
    await lookAt(log, ms(3.5), 'first.db', escalation, full);
    expect(await breaches(log)).toHaveLength(6);
    const first = (await assignments(log)) as string[][];
    expect(first.map(([, rep]) => rep).sort()).toEqual(['rep-2', 'rep-3']);

    // The next deadline asks again: rep-3 has a place once one of theirs is over.
    await given(log, rejected(3.6, first.find(([, rep]) => rep === 'rep-3')![0]));
    await given(log, accepted(3.6, 'rep-2', 'g.1'), call(3.7, 'g'));
    await lookAt(log, ms(4.5), 'first.db', escalation, full);
    const next = ((await assignments(log)) as string[][]).filter(
      ([handoff, , at]) => !first.some((one) => one[0] === handoff && one[2] === at),
    );
    expect(next.map(([, rep]) => rep)).toEqual(['rep-3']);
    await log.close();
  });

  it('goes on from rep to rep with the next deadline, and ends when everybody has had it', async () => {
    const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
    await given(
      log,
      handedOff(2, 1, 'a'),
      assigned(2, 'rep-1', 'a.1'),
      handedOff(2, 1, 'b'),
      assigned(2, 'rep-1', 'b.1'),
      assigned(2.1, 'rep-2', 'b.1'),
      assigned(2.2, 'rep-3', 'b.1'),
    );
    const escalation: Escalation = { accept: { notify: [], reassign: true }, contact: { notify: [], reassign: true } };
    await lookAt(log, ms(3.5), 'first.db', escalation);
    await lookAt(log, ms(4.5), 'first.db', escalation);
    const given2 = (await assignments(log)) as string[][];
    expect(given2.map(([handoff]) => handoff)).toEqual(['a.1', 'a.1']);
    expect(given2.map(([, rep]) => rep).sort()).toEqual(['rep-2', 'rep-3']);
    await log.close();
  });
});
