import { initialLead, refusalOf, evolveLead, type LeadFact, type LeadLifecycle } from './lead';
import { recorded } from './recorded.testing';

const leadId = 'lead-1';
const HANDED = { leadId, handoffId: 'lead-1.1', runId: 'lead-1.run-1' };
const handedOff = (handoff = 1, run = 1) => recorded('LeadHandedOff', { leadId, handoffId: `${leadId}.${handoff}`, runId: `${leadId}.run-${run}` });
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
    ['hands off no lead that a rep has accepted', taken, handedOff(2), 'expected a lead whose run-1 is not with sales, got accepted as lead-1.1'],
    ['leaves out no number of a handoff', nobody, handedOff(2), 'expected lead-1.1, got lead-1.2'],
    ['hands off no disqualified lead', out, handedOff(), 'expected a lead that is not disqualified, got disqualified'],
    ['lets a rep accept', waiting, accepted, undefined],
    ['lets a rep reject', waiting, rejected, undefined],
    ['takes one answer', taken, rejected, 'expected a handoff that waits for an answer, got accepted as lead-1.1'],
    ['takes no answer where nothing was asked', nobody, accepted, 'expected a handoff that waits for an answer, got nurturing'],
    ['takes no answer to another handoff', waiting, recorded('HandoffAccepted', { ...HANDED, handoffId: 'lead-1.7' }), 'expected the handoff in force, lead-1.1, got lead-1.7'],
    ['assigns within the handoff in force', waiting, recorded('LeadAssigned', { leadId, handoffId: 'lead-1.1' }), undefined],
    ['assigns within no other', waiting, recorded('LeadAssigned', { leadId, handoffId: 'lead-1.2' }), 'expected the handoff in force, lead-1.1, got lead-1.2'],
    ['lets a breach be told also after the handoff has ended', back, recorded('HandoffSlaBreached', { leadId, handoffId: 'lead-1.1' }), undefined],
    ['knows no breach of what was never handed off', nobody, recorded('HandoffSlaBreached', { leadId, handoffId: 'lead-1.1' }), 'expected a lead that has been handed off, got lead-1.1'],
    ['lets sales pass on what it has learnt', taken, recorded('InsightExchanged', { leadId, handoffId: 'lead-1.1' }), undefined],
    ['takes no insight about a lead that is not with sales', back, recorded('InsightExchanged', { leadId, handoffId: 'lead-1.1' }), 'expected a lead that is with sales, got nurturing'],
    ['returns only what is with sales', back, returned, 'expected a lead that is with sales, got nurturing'],
    ['returns before it is accepted too', waiting, returned, undefined],
    ['disqualifies from anywhere', taken, disqualified, undefined],
    ['disqualifies once', out, disqualified, 'expected a lead that is not disqualified, got disqualified'],
  ])('%s', (_, state, event, refusal) => expect(refused(state, event as ReturnType<typeof recorded>)).toBe(refusal));
});
