import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import type { EventData } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';

export const LEAD = 'lead-1';
export const TWIN = 'twin';
export const day = (n: number): string => new Date(Date.parse('2026-06-01T00:00:00Z') + n * 86_400_000).toISOString();
export const ms = (n: number): number => Date.parse(day(n));

export const hot = (n: number, leadId = LEAD) => recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: day(n) });
export const handedOff = (n: number, handoff = 1, leadId = LEAD, run = handoff) =>
  recorded(
    'LeadHandedOff',
    { leadId, handoffId: `${leadId}.${handoff}`, runId: `${leadId}.run-${run}`, acceptBy: day(n + 1), contactBy: day(n + 2) },
    { at: day(n) },
  );
export const assigned = (n: number, repId = 'rep-1', handoffId = `${LEAD}.1`) =>
  recorded('LeadAssigned', { leadId: leadOf(handoffId), handoffId, repId, teamId: `team of ${repId}` }, { at: day(n) });
export const accepted = (n: number, repId = 'rep-1', handoffId = `${LEAD}.1`, more: Partial<EventData['HandoffAccepted']> = {}) =>
  recorded('HandoffAccepted', { leadId: leadOf(handoffId), handoffId, repId, ...more }, { at: day(n) });
export const rejected = (n: number, handoffId = `${LEAD}.1`) =>
  recorded('HandoffRejected', { leadId: leadOf(handoffId), handoffId, repId: 'rep-1', reason: 'badFit' }, { at: day(n) });
export const returned = (n: number, runId = `${LEAD}.run-1`, leadId = LEAD) =>
  recorded('LeadReturned', { leadId, runId, reason: 'later' }, { at: day(n) });
export const disqualified = (n: number, leadId = LEAD) => recorded('LeadDisqualified', { leadId, reason: 'student' }, { at: day(n) });
export const opened = (n: number, dealId = 'd-1', of: { handoffId?: string; runId?: string; leadId?: string } = {}) =>
  recorded('DealOpened', { dealId, handoffId: undefined, runId: undefined, ...of }, { at: day(n) });
export const won = (n: number, dealId = 'd-1', leadId = LEAD) => recorded('DealWon', { dealId, leadId }, { at: day(n) });
export const lost = (n: number, dealId = 'd-1', leadId = LEAD) => recorded('DealLost', { dealId, leadId, reason: 'price' }, { at: day(n) });
export const act = (n: number, leadId = LEAD) => recorded('InquiryReceived', { leadId }, { at: day(n) });
export const consent = (n: number, channel: string, status: 'granted' | 'withdrawn', leadId = LEAD) =>
  recorded('ConsentChanged', { leadId, channel, status }, { at: day(n) });
export const call = (n: number, leadId = LEAD, callId = `call-${n}`, started = n) =>
  recorded('CallCompleted', { leadId, callId, startedAt: day(started) }, { at: day(n) });
export const leadOf = (handoffId: string): string => handoffId.slice(0, handoffId.lastIndexOf('.'));

const moment = fc.integer({ min: -20, max: 40 }).map((half) => half / 2);
const aLead = fc.constantFrom(LEAD, TWIN);
const aHandoff = fc.constantFrom(`${LEAD}.1`, `${LEAD}.2`, `${TWIN}.1`);
const aDeal = fc.constantFrom('d-1', 'd-2', 'd-3');
const aRep = fc.constantFrom('rep-1', 'rep-2');
/** One thing that may happen to two leads of three handoffs, at some time before, between or after them. */
export const fact: fc.Arbitrary<() => RecordedEvent> = fc.oneof(
  fc.tuple(moment, aRep, aHandoff).map((given) => () => accepted(...given)),
  fc.tuple(moment, aRep, aHandoff).map((given) => () => assigned(...given)),
  fc.tuple(moment, aHandoff).map((given) => () => rejected(...given)),
  fc
    .tuple(moment, fc.constantFrom(`${LEAD}.run-1`, `${LEAD}.run-2`, `${TWIN}.run-1`, 'theirs'), aLead)
    .map((given) => () => returned(...given)),
  fc.tuple(moment, aLead).map((given) => () => disqualified(...given)),
  fc
    .tuple(
      moment,
      aDeal,
      fc.record({
        leadId: aLead,
        handoffId: fc.option(aHandoff, { nil: undefined }),
        runId: fc.option(fc.constantFrom(`${LEAD}.run-1`, `${TWIN}.run-1`), { nil: undefined }),
      }),
    )
    .map((given) => () => opened(...given)),
  fc.tuple(moment, aDeal, aLead).map((given) => () => won(...given)),
  fc.tuple(moment, aDeal, aLead).map((given) => () => lost(...given)),
  fc.tuple(moment, aLead).map((given) => () => act(...given)),
  fc.tuple(moment, aLead).map((given) => () => call(...given)),
  fc
    .tuple(moment, fc.constantFrom('phone', 'email'), fc.constantFrom('granted' as const, 'withdrawn' as const), aLead)
    .map((given) => () => consent(...given)),
  // Told again, and dated otherwise.
  fc.tuple(moment, aLead, fc.constantFrom('call-a', 'call-b'), moment).map((given) => () => call(...given)),
);
/** What the engine has decided about them. */
export const decided = () => [
  hot(1),
  handedOff(2),
  assigned(2),
  handedOff(9, 2),
  assigned(9, 'rep-2', 'lead-1.2'),
  handedOff(4, 1, TWIN),
  assigned(4, 'rep-2', 'twin.1'),
];
