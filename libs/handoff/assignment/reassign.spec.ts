import { join } from 'node:path';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import { decisionId } from '@leadlog/events';
import { engineOnFiles, type EngineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { tellLead } from '@leadlog/lead';
import { parseOrganisation } from '@leadlog/organisation';
import { LiveReadModels } from '@leadlog/projections';
import { handoffsProjection, type HandoffState } from '../handoffs.projection';
import type { HandoffPolicy } from '../policy/policy';
import { policyKind } from '../policy/read-policy';
import { handoffsOf } from '../standing';
import { accepted, assigned, call, day, handedOff, hot, ms, opened, won } from '../standing.testing';
import { webhookQueue } from '../webhooks/webhook-jobs';
import { reassignedReaction } from './reassigned-delivery';
import { AssignHandoff, AssignHandoffHandler, HandOver, HandOverHandler } from './assignment.handlers';

const organisation = parseOrganisation(`
calendar: { timezone: Asia/Tokyo, country: none, hours: { mon: 09:00-18:00 } }
teams: [{ id: a, kind: inside }, { id: b, kind: inside }]
reps:
  - { id: rep-1, team: a }
  - { id: rep-2, team: a, absent: [{ from: 2026-06-20, to: 2026-06-30 }] }
  - { id: rep-3, team: b }
  - { id: rep-4, team: a, leftOn: 2026-06-01 }
`);
const actor = { kind: 'person', id: 'api' } as const;

let files: EngineOnFiles;
let log: EventLog;
let readModels: LiveReadModels;
beforeEach(async () => {
  files = engineOnFiles(handoffsProjection);
  ({ log, readModels } = files);
  await files.start();
});
afterEach(() => files.end());

const tell = async (...events: RecordedEvent[]): Promise<void> => {
  for (const event of events) await log.append(event.stream, asAppend(event).events, { expected: 'any' });
  await readModels.reached(['handoffs'], await log.head(), 300_000);
};
const assign = (handoffId: string, repId: string, on: number, id?: string, sales = organisation) =>
  new AssignHandoffHandler(
    log,
    readModels,
    () => sales,
    () => ms(on),
  ).execute(new AssignHandoff(handoffId, repId, { reason: '担当替え', id, actor }));
const handOver = (repId: string, on: number, to?: string, id?: string) =>
  new HandOverHandler(
    log,
    readModels,
    () => organisation,
    () => ms(on),
  ).execute(new HandOver(repId, to, { reason: '退職', id, actor }));
const standing = async (leadId: string) => {
  await readModels.reached(['handoffs'], await log.head(), 300_000);
  return handoffsOf((await (await readModels.view('handoffs')).get<HandoffState>(leadId))!).at(-1)!;
};

describe('a handoff that is given to another rep', () => {
  const recordedFor3 = {
    leadId: 'lead-1',
    ok: false,
    pointer: '/data/repId',
    expected: '"rep-3", as recorded under this id',
    got: '"rep-2"',
  };

  it('is theirs from then on, accepted if it was, with the deadlines that it had', async () => {
    await tell(hot(1), handedOff(2), assigned(2), accepted(2.2), call(2.4));
    const before = await standing('lead-1');
    expect(await assign('lead-1.1', 'rep-3', 3)).toMatchObject({ ok: true, leadId: 'lead-1', repeated: false });
    expect(await standing('lead-1')).toEqual({ ...before, repId: 'rep-3', teamId: 'b' });
    const events: RecordedEvent[] = [];
    for await (const page of log.readStream('lead-lead-1')) events.push(...page);
    expect(events.at(-1)).toMatchObject({
      type: 'LeadAssigned',
      data: { repId: 'rep-3', method: 'manual', reason: '担当替え' },
      metadata: { occurredAt: day(3), actor },
    });
  });

  it('is answered by the new one, and what the old one had done before counts, however late it is told', async () => {
    await tell(hot(1), handedOff(2), assigned(2));
    await assign('lead-1.1', 'rep-3', 3);
    const told = (event: RecordedEvent) => tellLead(log, 'lead-1', asAppend(event).events[0]!);
    expect(await told(accepted(4, 'rep-1'))).toMatchObject({
      ok: false,
      expected: expect.stringContaining('rep-3, who has lead-1.1') as string,
    });
    expect(await told(accepted(2.5, 'rep-1'))).toMatchObject({ ok: true });
    expect(await standing('lead-1')).toMatchObject({ state: 'accepted', acceptedAt: ms(2.5), repId: 'rep-3' });
  });

  it('is given once by the same id, and refused to whoever has it, is not known, or has left', async () => {
    await tell(hot(1), handedOff(2), assigned(2));
    expect(await assign('lead-1.1', 'rep-3', 3, 'once')).toMatchObject({ ok: true, repeated: false });
    expect(await assign('lead-1.1', 'rep-3', 4, 'once')).toMatchObject({ ok: true, repeated: true });
    const moved = { ...organisation, reps: organisation.reps.map((rep) => ({ ...rep, team: 'a' })) };
    expect(await assign('lead-1.1', 'rep-3', 4, 'once', moved)).toMatchObject({ ok: true, repeated: true });
    expect(await assign('lead-1.1', 'rep-2', 4, 'once')).toEqual(recordedFor3);
    expect(await assign('lead-1.1', 'rep-3', 4)).toMatchObject({
      ok: false,
      pointer: '/data/repId',
      expected: 'a representative other than the one who has lead-1.1',
    });
    expect(await assign('lead-1.1', 'rep-33', 4)).toMatchObject({
      invalid: [{ pointer: '/data/repId', expected: 'a representative of the organisation; the nearest is rep-3', got: '"rep-33"' }],
    });
    expect(await assign('lead-1.1', 'rep-4', 4)).toMatchObject({ invalid: [{ got: 'rep-4, who left on 2026-06-01' }] });
    expect(await assign('lead-9.1', 'rep-1', 4)).toMatchObject({ ok: false, expected: 'a lead that has been handed off' });
  });

  it('must be with sales', async () => {
    await tell(hot(1), handedOff(2), assigned(2), accepted(2.5));
    await assign('lead-1.1', 'rep-3', 3, 'once');
    await tell(opened(3), won(4));
    expect(await assign('lead-1.1', 'rep-1', 5)).toMatchObject({
      ok: false,
      expected: 'a handoff that is with sales',
      got: 'lead-1.1, which is won',
    });
    expect(await assign('lead-1.1', 'rep-3', 5, 'once')).toMatchObject({ ok: true, repeated: true });
    expect(await assign('lead-1.1', 'rep-2', 5, 'once')).toEqual(recordedFor3);
  });
});

describe('the destinations of a handoff', () => {
  it('are told who has it now, each time it changes, once', async () => {
    const jobs = SqliteJobs.open({ file: join(files.folder, 'jobs.db') });
    const policy = policyKind.read(
      "sla: { accept: 4h, contact: 1d }\ndestinations: [{ name: sfa, url: 'http://sfa.example', secretEnv: S }]",
      'policy.yaml',
    );
    let readable: { id: string; version: string; content: HandoffPolicy } | undefined = undefined;
    const tellAll = async (now = ms(5), to = jobs) => {
      await readModels.reached(['handoffs'], await log.head(), 300_000);
      const view = await readModels.view('handoffs');
      const { list, react } = reassignedReaction(to, { decidedBy: () => readable }, () => now);
      for (const { key, rank } of await view.list(list)) await react(key, rank, view);
      const told = await to.list(webhookQueue('sfa'), 'waiting');
      return told.map(({ payload }) => (payload as { data: { handoff: { repId: string } } }).data.handoff.repId).sort();
    };
    const first = recorded(
      'LeadAssigned',
      { leadId: 'lead-1', handoffId: 'lead-1.1', repId: 'rep-1' },
      { at: day(2), id: decisionId('LeadAssigned', 'lead-1.1') },
    );
    await tell(hot(1), handedOff(2), first);
    expect(await tellAll()).toEqual([]);
    await assign('lead-1.1', 'rep-3', 3);
    // Not by a program that cannot read the policy by which it was handed off, but as soon as one can.
    expect(await tellAll()).toEqual([]);
    readable = { ...policy, id: 'standard' };
    expect([await tellAll(), await tellAll()]).toEqual([['rep-3'], ['rep-3']]);
    await assign('lead-1.1', 'rep-2', 4);
    expect(await tellAll()).toEqual(['rep-2', 'rep-3']);
    // For 20 days, so that nothing is told again when a job may be forgotten.
    const forgotten = SqliteJobs.open({ file: join(files.folder, 'forgotten.db') });
    expect([await tellAll(ms(24), forgotten), await tellAll(ms(24) - 1, forgotten)]).toEqual([[], ['rep-2']]);
    await forgotten.close();
    await jobs.close();
  });
});

describe('all that a rep has', () => {
  const ofRep1 = async () => {
    for (const lead of ['a', 'b', 'c']) await tell(hot(1, lead), handedOff(2, 1, lead), assigned(2, 'rep-1', `${lead}.1`));
    await tell(accepted(2.5, 'rep-1', 'b.1'), opened(3, 'd-1', { leadId: 'b' }));
    await tell(opened(3, 'd-2', { leadId: 'c' }), won(4, 'd-2', 'c'));
    await tell(hot(1, 'd'), handedOff(2, 1, 'd'), assigned(2, 'rep-3', 'd.1'));
  };
  const gone = (handoffId: string, repId: string, teamId: string) => ({
    handoffId,
    leadId: handoffId.slice(0, -2),
    ok: true,
    repId,
    teamId,
  });

  it('and is still open goes to one other, with an answer for each', async () => {
    await ofRep1();
    expect(await handOver('rep-1', 5, 'rep-3', 'once')).toMatchObject({ items: [gone('a.1', 'rep-3', 'b'), gone('b.1', 'rep-3', 'b')] });
    expect([await standing('a'), await standing('b'), await standing('c')].map(({ repId, state }) => [repId, state])).toEqual([
      ['rep-3', 'handed-off'],
      ['rep-3', 'in-deal'],
      ['rep-1', 'won'],
    ]);
    const head = await log.head();
    expect(await handOver('rep-1', 6, 'rep-3', 'once')).toEqual({ items: [], position: head });
  });

  it('goes to the team, or to others while nobody of the team is there', async () => {
    await ofRep1();
    expect(await handOver('rep-1', 5)).toMatchObject({ items: [gone('a.1', 'rep-2', 'a'), gone('b.1', 'rep-2', 'a')] });
    await readModels.reached(['handoffs'], await log.head(), 300_000);
    expect(await handOver('rep-2', 25)).toMatchObject({ items: [{ ok: true }, { ok: true }] });
  });

  it('stays where it is if there is nobody, and that is said', async () => {
    await tell(hot(1), handedOff(2), assigned(2));
    const alone = { ...organisation, reps: organisation.reps.slice(0, 1) };
    const handler = new HandOverHandler(
      log,
      readModels,
      () => alone,
      () => ms(5),
    );
    expect(await handler.execute(new HandOver('rep-1', undefined, { reason: '退職', actor }))).toMatchObject({
      items: [{ handoffId: 'lead-1.1', ok: false, expected: 'a representative who is there and may take it', got: 'nobody' }],
    });
    expect(await standing('lead-1')).toMatchObject({ repId: 'rep-1' });
  });

  it('cannot be told of somebody who is not known, nor go to them', async () => {
    expect(await handOver('rep-9', 5)).toBeUndefined();
    expect(await handOver('rep-1', 5, 'rep-9')).toMatchObject({ invalid: { pointer: '/to' } });
    expect(await handOver('rep-1', 5, 'rep-1')).toMatchObject({
      invalid: { pointer: '/to', expected: 'another representative than rep-1' },
    });
  });
});
