import { WrongExpectedRevision, type EventLog, type NewEvent, type Position } from '@leadlog/event-log';
import pRetry from 'p-retry';
import { decode } from './decode';
import type { EventData, EventOf, LeadlogEvent } from './event-types';
import type { Lifecycle, LifecycleAnswer } from './lifecycle';
import { leadStream } from './streams';

/*
 * The life of a lead, as `lead-<leadId>` tells it: who decided what, in an order that makes sense.
 *
 *   nurturing → handed-off → accepted → (a deal, in streams of its own)
 *       ▲          │ rejected   │ returned
 *       └──────────┴────────────┘            any → disqualified
 *
 * Tiers, deals and touchpoints are facts that nothing here depends on; merges have their own rules (lifecycle.ts).
 * A run is one pass from capture to won, lost or disqualified; a return ends one and starts the next, and so does a
 * lost or won deal, of which this stream hears when the next handoff names a higher run.
 */

// ---- facts

export type LeadFactType = 'LeadHandedOff' | 'LeadAssigned' | 'HandoffAccepted' | 'HandoffRejected' | 'HandoffSlaBreached' | 'InsightExchanged' | 'LeadReturned' | 'LeadDisqualified';
export type LeadFact = { [Type in LeadFactType]: { type: Type; data: EventData[Type] } }[LeadFactType];

// ---- state

export interface LeadLifecycle {
  stage: 'nurturing' | 'handed-off' | 'accepted' | 'disqualified';
  /** Number of the run, from 1. */
  run: number;
  /** Handoffs so far, over all runs. */
  handoffs: number;
  /** The open one, or the last one when none is open. */
  handoff?: { handoffId: string; runId: string; acceptedBy?: string };
  /** The last decision on its tier by the main model; no decision here depends on it, some are made because of it. */
  tierChange?: EventOf<'LeadTierChanged'>;
}

export const initialLead = (): LeadLifecycle => ({ stage: 'nurturing', run: 1, handoffs: 0 });

export const runIdOf = (leadId: string, run: number): string => `${leadId}.run-${run}`;
/** The lead can be read from it, so nothing has to be looked up to find whose handoff it is. */
export const handoffIdOf = (leadId: string, handoff: number): string => `${leadId}.${handoff}`;
export const handoffLead = (handoffId: string): string => handoffId.slice(0, Math.max(0, handoffId.lastIndexOf('.')));
const runNumber = (runId: string): number => Number(runId.slice(runId.lastIndexOf('-') + 1)) || 1;

export function evolveLead(state: LeadLifecycle, event: LeadlogEvent): LeadLifecycle {
  switch (event.type) {
    case 'LeadHandedOff': {
      const { handoffId, runId } = event.data;
      return { ...state, stage: 'handed-off', run: runNumber(runId), handoffs: state.handoffs + 1, handoff: { handoffId, runId } };
    }
    case 'HandoffAccepted':
      return { ...state, stage: 'accepted', handoff: { ...state.handoff!, acceptedBy: event.data.repId } };
    case 'HandoffRejected':
      return { ...state, stage: 'nurturing' };
    case 'LeadReturned':
      return { ...state, stage: 'nurturing', run: state.run + 1 };
    case 'LeadDisqualified':
      return { ...state, stage: 'disqualified' };
    case 'LeadTierChanged':
      return event.data.aside ? state : { ...state, tierChange: event };
    default:
      return state;
  }
}

// ---- decisions

export interface Refusal {
  expected: string;
  got: string;
}

/** Whether this may happen now: undefined when it may. */
export function refusalOf(state: LeadLifecycle, fact: LeadFact): Refusal | undefined {
  const { stage, handoff } = state;
  const open = stage === 'handed-off' || stage === 'accepted' ? handoff : undefined;
  const now = open ? `${stage} as ${open.handoffId}` : stage;
  switch (fact.type) {
    case 'LeadHandedOff':
      if (stage === 'disqualified') return { expected: 'a lead that is not disqualified', got: now };
      // A higher run says that the one before has ended with its deal.
      if (open && runNumber(fact.data.runId) <= state.run) return { expected: `a lead whose ${runIdOf('', state.run).slice(1)} is not with sales`, got: now };
      return fact.data.handoffId === handoffIdOf(fact.data.leadId, state.handoffs + 1)
        ? undefined
        : { expected: handoffIdOf(fact.data.leadId, state.handoffs + 1), got: fact.data.handoffId };
    case 'HandoffAccepted':
    case 'HandoffRejected':
      if (stage !== 'handed-off') return { expected: 'a handoff that waits for an answer', got: now };
      return sameHandoff(open, fact.data.handoffId);
    case 'LeadAssigned':
      return fact.data.handoffId === undefined ? undefined : sameHandoff(open, fact.data.handoffId);
    case 'InsightExchanged':
      if (!open) return { expected: 'a lead that is with sales', got: now };
      return sameHandoff(open, fact.data.handoffId);
    case 'HandoffSlaBreached':
      return sameHandoff(handoff, fact.data.handoffId);
    case 'LeadReturned':
      return open ? undefined : { expected: 'a lead that is with sales', got: now };
    case 'LeadDisqualified':
      return stage === 'disqualified' ? { expected: 'a lead that is not disqualified', got: now } : undefined;
  }
}

function sameHandoff(handoff: LeadLifecycle['handoff'], handoffId: string): Refusal | undefined {
  return handoff?.handoffId === handoffId ? undefined : { expected: handoff ? `the handoff in force, ${handoff.handoffId}` : 'a lead that has been handed off', got: handoffId };
}

// ---- the one way to write

/** One or more events that may only happen together, in this order. */
export type Proposal = readonly NewEvent[];

/**
 * Reads the lead, decides, and appends at the revision it was decided on; decides anew when somebody was faster. `propose`
 * may look at the state; a proposal whose first event is in the stream already is a repeat and changes nothing.
 */
export async function proposeOnLead(log: EventLog, leadId: string, propose: (state: LeadLifecycle) => Proposal): Promise<LifecycleAnswer> {
  const stream = leadStream(leadId);
  return pRetry(
    async (): Promise<LifecycleAnswer> => {
      let state = initialLead();
      let revision: bigint | 'no-stream' = 'no-stream';
      const positions = new Map<string, Position>();
      for await (const page of log.readStream(stream)) {
        for (const event of page) {
          state = evolveLead(state, decode(event));
          revision = event.revision;
          positions.set(event.id, event.position);
        }
      }
      const events = propose(state);
      const repeated = positions.get(events[0]!.id);
      if (repeated !== undefined) return { ok: true, position: repeated, repeated: true };
      for (const event of events) {
        const refusal = isLeadFact(event) ? refusalOf(state, event) : undefined;
        if (refusal) return { ok: false, ...refusal };
        state = evolveLead(state, event as unknown as LeadlogEvent);
      }
      try {
        const { position } = await log.append(stream, events, { expected: revision });
        return { ok: true, position, repeated: false };
      } catch (error) {
        if (error instanceof WrongExpectedRevision) throw error;
        throw new pRetry.AbortError(error as Error);
      }
    },
    { retries: 10, minTimeout: 1, maxTimeout: 50 },
  );
}

/** How facts about the life of a lead come in from outside. */
export function commandLifecycle(log: EventLog): Lifecycle {
  return (leadId, event) => proposeOnLead(log, leadId, () => [event]);
}

const FACTS: ReadonlySet<string> = new Set<LeadFactType>(['LeadHandedOff', 'LeadAssigned', 'HandoffAccepted', 'HandoffRejected', 'HandoffSlaBreached', 'InsightExchanged', 'LeadReturned', 'LeadDisqualified']);

function isLeadFact(event: { type: string }): event is LeadFact {
  return FACTS.has(event.type);
}
