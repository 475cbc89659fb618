import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { evolveLead, initialLead, refusalOf, tellLead, type LeadFact, type LeadLifecycle } from './lead';

const leadId = 'lead-1';
const HANDED = { leadId, handoffId: 'lead-1.1', runId: 'lead-1.run-1' };
const handedOff = (handoff = 1, run = 1) =>
  recorded('LeadHandedOff', { leadId, handoffId: `${leadId}.${handoff}`, runId: `${leadId}.run-${run}` });
const accepted = recorded('HandoffAccepted', { leadId, handoffId: 'lead-1.1', repId: 'rep-1' });
const rejected = recorded('HandoffRejected', { leadId, handoffId: 'lead-1.1' });
const returned = recorded('LeadReturned', { leadId });
const disqualified = recorded('LeadDisqualified', { leadId });

const given = (...events: Parameters<typeof evolveLead>[1][]): LeadLifecycle => events.reduce(evolveLead, initialLead());
const fact = (event: ReturnType<typeof recorded>): LeadFact => ({ type: event.type, data: event.data }) as LeadFact;
const refused = (state: LeadLifecycle, event: ReturnType<typeof recorded>): string | undefined => {
  const refusal = refusalOf(state, fact(event));
  return refusal && `expected ${refusal.expected}, got ${refusal.got}`;
};

describe('the life of a lead', () => {
  it('goes from nurturing over handed off to accepted, and back with a return, which starts the next run', () => {
    expect(given()).toEqual({ stage: 'nurturing', run: 1, handoffs: 0 });
    expect(given(handedOff())).toMatchObject({ stage: 'handed-off', run: 1, handoffs: 1 });
    expect(given(handedOff(), accepted)).toMatchObject({ stage: 'accepted', handoff: { acceptedBy: 'rep-1' } });
    expect(given(handedOff(), accepted, returned)).toMatchObject({ stage: 'nurturing', run: 2, handoffs: 1 });
    expect(given(handedOff(), rejected)).toMatchObject({ stage: 'nurturing', run: 1, handoffs: 1 });
  });

  const nobody = given();
  const waiting = given(handedOff());
  const taken = given(handedOff(), accepted);
  const back = given(handedOff(), accepted, returned);
  const out = given(disqualified);
  it.each([
    ['hands off a lead that nobody has', nobody, handedOff(), undefined],
    ['hands off again after a rejection', given(handedOff(), rejected), handedOff(2), undefined],
    ['hands off again after a return, in the next run', back, handedOff(2, 2), undefined],
    ['hands off a lead whose run has ended with its deal', taken, handedOff(2, 2), undefined],
    ['hands off no lead twice', waiting, handedOff(2), 'expected a lead whose run-1 is not with sales, got handed-off as lead-1.1'],
    [
      'hands off no lead that a rep has accepted',
      taken,
      handedOff(2),
      'expected a lead whose run-1 is not with sales, got accepted as lead-1.1',
    ],
    ['leaves out no number of a handoff', nobody, handedOff(2), 'expected lead-1.1, got lead-1.2'],
    ['hands off no disqualified lead', out, handedOff(), 'expected a lead that is not disqualified, got disqualified'],
    ['lets a rep accept', waiting, accepted, undefined],
    ['lets a rep reject', waiting, rejected, undefined],
    ['takes one answer', taken, rejected, 'expected a handoff that is waiting for an answer, got accepted as lead-1.1'],
    ['takes no answer where nothing was asked', nobody, accepted, 'expected a handoff that is waiting for an answer, got nurturing'],
    [
      'takes no answer to another handoff',
      waiting,
      recorded('HandoffAccepted', { ...HANDED, handoffId: 'lead-1.7' }),
      'expected the handoff in force, lead-1.1, got lead-1.7',
    ],
    ['assigns within the handoff in force', waiting, recorded('LeadAssigned', { leadId, handoffId: 'lead-1.1' }), undefined],
    [
      'assigns within no other',
      waiting,
      recorded('LeadAssigned', { leadId, handoffId: 'lead-1.2' }),
      'expected the handoff in force, lead-1.1, got lead-1.2',
    ],
    [
      'lets a breach be told also after the handoff has ended',
      back,
      recorded('HandoffSlaBreached', { leadId, handoffId: 'lead-1.1' }),
      undefined,
    ],
    [
      'knows no breach of what was never handed off',
      nobody,
      recorded('HandoffSlaBreached', { leadId, handoffId: 'lead-1.1' }),
      'expected a lead that has been handed off, got lead-1.1',
    ],
    ['lets sales pass on what it has learnt', taken, recorded('InsightExchanged', { leadId, handoffId: 'lead-1.1' }), undefined],
    [
      'takes no insight about a lead that is not with sales',
      back,
      recorded('InsightExchanged', { leadId, handoffId: 'lead-1.1' }),
      'expected a lead that is with sales, got nurturing',
    ],
    ['returns only what is with sales', back, returned, 'expected a lead that is with sales, got nurturing'],
    ['returns before it is accepted too', waiting, returned, undefined],
    ['disqualifies from anywhere', taken, disqualified, undefined],
    ['disqualifies once', out, disqualified, 'expected a lead that is not disqualified, got disqualified'],
  ])('%s', (_, state, event, refusal) => expect(refused(state, event as ReturnType<typeof recorded>)).toBe(refusal));
});

describe('the order in which facts are told', () => {
  let folder: string;
  let log: SqliteEventLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-lead-'));
    log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  const at = (minute: number): string => `2026-06-04T10:${String(minute).padStart(2, '0')}:00Z`;
  const decide = async (...events: RecordedEvent[]) => {
    for (const {
      stream,
      events: [event],
    } of events.map(asAppend))
      await log.append(stream, [event!], { expected: 'any' });
  };
  const tell = (event: RecordedEvent) =>
    tellLead(log, (event.data as { leadId: string }).leadId, asAppend(event).events[0]!, (repId) =>
      repId === 'rep-2' ? 'team-2' : undefined,
    );
  const told = async (stream: string) => {
    const found: RecordedEvent[] = [];
    for await (const page of log.readStream(stream)) found.push(...page);
    return found;
  };
  const handed = (minute: number, handoff = 1, run = 1, lead = leadId) => [
    recorded('LeadHandedOff', { leadId: lead, handoffId: `${lead}.${handoff}`, runId: `${lead}.run-${run}` }, { at: at(minute) }),
    recorded('LeadAssigned', { leadId: lead, handoffId: `${lead}.${handoff}`, repId: 'rep-1', teamId: 'team-1' }, { at: at(minute) }),
  ];
  const accept = (minute: number, data: { repId?: string; handoffId?: string; leadId?: string; takeOver?: boolean } = {}) =>
    recorded(
      'HandoffAccepted',
      { leadId, handoffId: 'lead-1.1', repId: 'rep-1', ...data },
      { at: at(minute), metadata: { actor: { kind: 'rep', id: data.repId ?? 'rep-1' } } },
    );
  const giveBack = (minute: number, data: object = {}) =>
    recorded('LeadReturned', { leadId, runId: 'lead-1.run-1', ...data }, { at: at(minute) });
  const reject = (minute: number) => recorded('HandoffRejected', { leadId, handoffId: 'lead-1.1', repId: 'rep-1' }, { at: at(minute) });

  it('does not matter: an acceptance may be told after the return that followed it, and after the next handoff', async () => {
    await decide(...handed(1));
    expect(await tell(giveBack(9))).toMatchObject({ ok: true });
    expect(await tell(accept(5))).toMatchObject({ ok: true });
    await decide(...handed(20, 2, 2));
    expect(await tell(recorded('InsightExchanged', { leadId, handoffId: 'lead-1.1' }, { at: at(6) }))).toMatchObject({ ok: true });
    expect(await tell(accept(21, { handoffId: 'lead-1.2' }))).toMatchObject({ ok: true });
  });

  it('lets nobody accept what was never handed off', async () => {
    expect(await tell(accept(5))).toMatchObject({ ok: false, expected: 'a handoff that is waiting for an answer', got: 'nurturing' });
    // As recorded by an earlier version.
    await decide(accept(5));
    expect(await tell(reject(6))).toMatchObject({ ok: false, got: 'nurturing' });
  });

  it('does not let in what could not have happened then, nor what takes the ground from what was told before', async () => {
    await decide(...handed(1));
    await tell(accept(5));
    expect(await tell(reject(3))).toEqual({
      ok: false,
      expected: `data that agrees with the HandoffAccepted of 2026-06-04T10:05:00.000Z`,
      got: 'HandoffRejected of 2026-06-04T10:03:00.000Z',
    });
    expect(await tell(reject(7))).toMatchObject({ ok: false, expected: 'a handoff that is waiting for an answer' });
    await tell(giveBack(9));
    expect(await tell(accept(10, { takeOver: true }))).toMatchObject({ ok: false, got: 'nurturing' });
    await decide(...handed(20, 2, 2));
    expect(await tell(giveBack(25))).toEqual({
      ok: false,
      pointer: '/data/runId',
      expected: 'the run in force, lead-1.run-2',
      got: 'lead-1.run-1',
    });
  });

  it('takes an answer dated before its handoff, by a clock that is behind or by the day, as one of just then', async () => {
    await decide(...handed(30));
    expect(await tell(accept(1))).toMatchObject({ ok: true });
    expect(await tell(giveBack(0))).toMatchObject({ ok: true });
  });

  it('lets only who has a handoff answer it; anybody else takes it over, and it goes to his team', async () => {
    await decide(...handed(1));
    const refused = {
      ok: false,
      pointer: '/data/repId',
      expected: 'rep-1, who has lead-1.1, or takeOver: true to take it over',
      got: 'rep-2',
    };
    expect(await tell(accept(2, { repId: 'rep-2' }))).toEqual(refused);
    expect(await tell(accept(2, { repId: 'rep-2', takeOver: true }))).toMatchObject({ ok: true });
    expect((await told('lead-lead-1')).at(-1)).toMatchObject({
      data: { repId: 'rep-2', takeOver: true },
      metadata: { actor: { id: 'rep-2', teamId: 'team-2' } },
    });
    const by = (id: string) => ({ metadata: { ...giveBack(9).metadata, actor: { kind: 'rep' as const, id } } });
    expect(await tell({ ...giveBack(9), ...by('rep-1') })).toMatchObject({
      ok: false,
      expected: 'rep-2, who has lead-1.1, or takeOver: true to take it over',
      got: 'rep-1',
    });
    expect(await tell(accept(4, { takeOver: true }))).toMatchObject({ ok: true });
    expect(await tell({ ...giveBack(9), ...by('rep-1') })).toMatchObject({ ok: true });
  });

  it('and the name under which it is told do not matter either where leads have become one', async () => {
    await decide(
      ...handed(1),
      ...handed(2, 1, 1, 'twin'),
      recorded('LeadsMerged', { leadId: 'twin', mergedId: 'twin', survivorId: leadId }, { at: at(3) }),
    );
    expect(await tell(accept(4, { handoffId: 'twin.1' }))).toMatchObject({ ok: true });
    expect(await tell(giveBack(5, { leadId: 'twin' }))).toMatchObject({ ok: true });
    expect(await tell(accept(6, { leadId: 'other', handoffId: 'twin.1' }))).toEqual({
      ok: false,
      pointer: '/data/handoffId',
      expected: 'a handoff of lead other',
      got: 'twin.1',
    });
    expect(await tell(recorded('LeadDisqualified', { leadId: 'twin' }, { at: at(7) }))).toMatchObject({ ok: true });
    expect((await told('lead-twin')).map(({ type }) => type)).toEqual(['LeadHandedOff', 'LeadAssigned', 'LeadsMerged', 'HandoffAccepted']);
    expect((await told('lead-lead-1')).map(({ type, data }) => [type, (data as { leadId: string }).leadId]).slice(2)).toEqual([
      ['LeadReturned', leadId],
      ['LeadDisqualified', leadId],
    ]);
  });
});
