import { decideOn, readState, type Actor, type Decided, type EventLog, type Fold, type NewEvent } from '@leadlog/event-log';
import { decode, leadStream, type EventData, type EventOf, type LeadlogEvent } from '@leadlog/events';
import { inOrderOfLife } from './life-order';
import { survivorOf } from './who-is-who/kept-apart';

/*
 * The life of a lead, as recorded in `lead-<leadId>`: who decided what, in a consistent order.
 *
 *   nurturing → handed-off → accepted → (a deal, in streams of its own)
 *       ▲          │ rejected   │ returned
 *       └──────────┴────────────┘            any → disqualified → what it was, if that is reverted
 *
 * Nothing here depends on tiers, deals and touchpoints; merges have their own rules (who-is-who/merges.ts).
 * A run is one pass from capture to won, lost or disqualified; a return ends one and starts the next, and so does a
 * lost or won deal, which shows in this stream when the next handoff names a higher run.
 *
 * The order that must be consistent is the order in which things happened (life-order.ts), not the order of recording:
 * an acceptance of Monday may be recorded after the return of Tuesday.
 */

// ---- facts

export type LeadFactType =
  | 'LeadHandedOff'
  | 'LeadAssigned'
  | 'HandoffAccepted'
  | 'HandoffRejected'
  | 'HandoffSlaBreached'
  | 'InsightExchanged'
  | 'LeadReturned'
  | 'LeadDisqualified'
  | 'LeadRequalified'
  | 'PersonalDataErasureRequested';
export type LeadFact = { [Type in LeadFactType]: { type: Type; data: EventData[Type] } }[LeadFactType];

// ---- state

export interface LeadLifecycle {
  stage: 'nurturing' | 'handed-off' | 'accepted' | 'disqualified';
  /** Number of the run, from 1. */
  run: number;
  /** Handoffs so far, over all runs. */
  handoffs: number;
  /** The open handoff, or the last one if none is open. */
  handoff?: HeldHandoff;
  /** The disqualification in force, since when (ms), and what the lead was before. */
  disqualified?: { eventId: string; at: number; before: LeadLifecycle['stage'] };
  /** The last disqualification that was reverted, ms: meanwhile nobody could do anything with the lead. */
  givenUp?: { from: number; until: number };
  /** Time of the latest decision or answer, ms: no handoff can be earlier than what it follows. */
  latest?: number;
  /** Its person is to be forgotten, or is. */
  erased?: true;
  /** The last decision on its tier by the main model; no decision here depends on it, some are made because of it. */
  tierChange?: EventOf<'LeadTierChanged'>;
}

export interface HeldHandoff {
  handoffId: string;
  runId: string;
  /** Who has it, by assignment or takeover, and since when, ms. */
  repId?: string;
  heldSince?: number;
  /** Everybody who has had it. */
  reps: readonly string[];
  acceptedBy?: string;
}

export const initialLead = (): LeadLifecycle => ({ stage: 'nurturing', run: 1, handoffs: 0 });

export const runIdOf = (leadId: string, run: number): string => `${leadId}.run-${run}`;
/** Contains the lead, so that the lead of a handoff is known without a lookup. */
export const handoffIdOf = (leadId: string, handoff: number): string => `${leadId}.${handoff}`;
export const handoffLead = (handoffId: string): string => handoffId.slice(0, Math.max(0, handoffId.lastIndexOf('.')));
export const runLead = (runId: string): string => runId.slice(0, Math.max(0, runId.lastIndexOf('.run-')));
export const runNumber = (runId: string): number => Number(runId.slice(runId.lastIndexOf('-') + 1)) || 1;

export function evolveLead(state: LeadLifecycle, event: LeadlogEvent): LeadLifecycle {
  switch (event.type) {
    case 'LeadHandedOff': {
      const { handoffId, runId } = event.data;
      return {
        ...state,
        stage: 'handed-off',
        run: runNumber(runId),
        handoffs: state.handoffs + 1,
        handoff: { handoffId, runId, reps: [] },
      };
    }
    case 'LeadAssigned':
      return state.handoff?.handoffId === event.data.handoffId
        ? { ...state, handoff: heldBy(state.handoff!, event.data.repId, event.occurredAt) }
        : state;
    case 'HandoffAccepted': {
      // What was never handed off cannot be accepted: refused, or recorded by an earlier version.
      if (!state.handoff) return state;
      const { repId } = event.data;
      return { ...state, stage: 'accepted', handoff: { ...heldBy(state.handoff, repId, event.occurredAt), acceptedBy: repId } };
    }
    case 'HandoffRejected':
      return { ...state, stage: 'nurturing' };
    case 'LeadReturned':
      return { ...state, stage: 'nurturing', run: state.run + 1 };
    case 'LeadDisqualified':
      return {
        ...state,
        stage: 'disqualified',
        disqualified: state.disqualified ?? { eventId: event.id, at: event.occurredAt, before: state.stage },
      };
    case 'LeadRequalified':
      return state.disqualified
        ? {
            ...state,
            stage: state.disqualified.before,
            disqualified: undefined,
            givenUp: { from: state.disqualified.at, until: event.occurredAt },
          }
        : state;
    case 'PersonalDataErasureRequested':
      return { ...state, erased: true };
    case 'LeadTierChanged':
      return event.data.aside ? state : { ...state, tierChange: event };
    default:
      return state;
  }
}

const heldBy = (handoff: HeldHandoff, repId: string, since: number): HeldHandoff =>
  handoff.repId === repId ? handoff : { ...handoff, repId, heldSince: since, reps: [...handoff.reps, repId] };

// ---- decisions

export interface Refusal {
  /** Pointer into the event, if one field is the cause. */
  pointer?: string;
  expected: string;
  got: string;
}

/** Why this may not happen now; undefined if it may. `actor`: who did it, as given by the event. */
export function refusalOf(state: LeadLifecycle, fact: LeadFact, actor?: Actor): Refusal | undefined {
  const { stage, handoff } = state;
  const open = stage === 'handed-off' || stage === 'accepted' ? handoff : undefined;
  const now = open ? `${stage} as ${open.handoffId}` : stage;
  switch (fact.type) {
    case 'LeadHandedOff':
      if (stage === 'disqualified') return { expected: 'a lead that is not disqualified', got: now };
      if (state.erased) return { expected: 'a lead whose person is not forgotten', got: `${now}, and erased` };
      // A higher run means that the previous one ended with its deal.
      if (open && runNumber(fact.data.runId) <= state.run)
        return { expected: `a lead whose ${runIdOf('', state.run).slice(1)} is not with sales`, got: now };
      return fact.data.handoffId === handoffIdOf(fact.data.leadId, state.handoffs + 1)
        ? undefined
        : { expected: handoffIdOf(fact.data.leadId, state.handoffs + 1), got: fact.data.handoffId };
    case 'HandoffAccepted':
    case 'HandoffRejected': {
      // A handoff that a colleague has accepted can be taken over, but it can be rejected only by returning it.
      const again = fact.type === 'HandoffAccepted' && fact.data.takeOver && stage === 'accepted';
      if (stage !== 'handed-off' && !again) return { expected: 'a handoff that is waiting for an answer', got: now };
      return sameHandoff(open, fact.data.handoffId) ?? ofItsRep(open!, fact.data.repId, fact.data.takeOver);
    }
    case 'LeadAssigned':
      if (fact.data.handoffId === undefined) return undefined;
      return sameHandoff(open, fact.data.handoffId) ?? toAnother(open!, fact.data);
    case 'InsightExchanged':
      if (!open) return { expected: 'a lead that is with sales', got: now };
      return sameHandoff(open, fact.data.handoffId);
    case 'HandoffSlaBreached':
      return sameHandoff(handoff, fact.data.handoffId);
    case 'LeadReturned':
      if (!open) return { expected: 'a lead that is with sales', got: now };
      if (fact.data.handoffId !== undefined && fact.data.handoffId !== open.handoffId) return sameHandoff(open, fact.data.handoffId);
      if (fact.data.runId !== open.runId && runLead(fact.data.runId) === runLead(open.runId))
        return { pointer: '/data/runId', expected: `the run in force, ${open.runId}`, got: fact.data.runId };
      return actor?.kind === 'rep' ? ofItsRep(open, actor.id, fact.data.takeOver) : undefined;
    case 'PersonalDataErasureRequested':
      return undefined;
    case 'LeadDisqualified':
      return stage === 'disqualified' ? { expected: 'a lead that is not disqualified', got: now } : undefined;
    case 'LeadRequalified': {
      const { disqualified } = state;
      if (!disqualified) return { expected: 'a lead that is disqualified', got: now };
      return fact.data.targetEventId === disqualified.eventId
        ? undefined
        : {
            pointer: '/data/targetEventId',
            expected: `the disqualification in force, ${disqualified.eventId}`,
            got: fact.data.targetEventId,
          };
    }
  }
}

function sameHandoff(handoff: LeadLifecycle['handoff'], handoffId: string): Refusal | undefined {
  return handoff?.handoffId === handoffId
    ? undefined
    : { expected: handoff ? `the handoff in force, ${handoff.handoffId}` : 'a lead that has been handed off', got: handoffId };
}

/** A person gives a handoff to somebody else than who has it. */
function toAnother({ handoffId, repId }: NonNullable<LeadLifecycle['handoff']>, to: EventData['LeadAssigned']): Refusal | undefined {
  if (to.method !== 'manual' || to.repId !== repId) return undefined;
  return { pointer: '/data/repId', expected: `a representative other than the one who has ${handoffId}`, got: to.repId };
}

/** Only the holder of a handoff answers it; others must state that it is a take-over. */
function ofItsRep({ handoffId, repId }: NonNullable<LeadLifecycle['handoff']>, by: string, takeOver?: boolean): Refusal | undefined {
  if (repId === undefined || repId === by || takeOver) return undefined;
  return { pointer: '/data/repId', expected: `${repId}, who has ${handoffId}, or takeOver: true to take it over`, got: by };
}

/**
 * Whether events can be added to this history: in the order in which everything happened, each must be possible when it
 * happened, and nothing that people recorded before may become impossible. Events recorded against these rules by an
 * earlier version remain.
 */
function refusalIn(history: readonly LeadlogEvent[], events: readonly LeadlogEvent[]): Refusal | undefined {
  const told = new Set(events.map(({ id }) => id));
  const before = refusals(history);
  const after = refusals([...history, ...events]);
  for (const [id, refusal] of after) if (told.has(id)) return refusal;
  for (const [id] of after) {
    const fact = history.find((one) => one.id === id)!;
    // Decisions of the engine are based on what it knew at the time.
    if (before.has(id) || fact.type === 'LeadHandedOff' || fact.type === 'LeadAssigned' || fact.type === 'HandoffSlaBreached') continue;
    const [first] = events;
    return {
      expected: `data that agrees with the ${fact.type} of ${fact.metadata.occurredAt}`,
      got: `${first!.type} of ${first!.metadata.occurredAt}`,
    };
  }
  return undefined;
}

function refusals(events: readonly LeadlogEvent[]): Map<string, Refusal> {
  const found = new Map<string, Refusal>();
  let state = initialLead();
  for (const { event } of inOrderOfLife(events)) {
    const refusal = isLeadFact(event) ? refusalOf(state, event, event.metadata.actor) : undefined;
    if (refusal) found.set(event.id, refusal);
    state = evolveLead(state, event);
  }
  return found;
}

/**
 * The lead after all these facts, in the order in which they happened; changes of tier, made by the engine, are in the order of the log.
 */
function lifecycleOf(events: readonly LeadlogEvent[]): LeadLifecycle {
  let state = initialLead();
  for (const { event, at } of inOrderOfLife(events)) {
    state = evolveLead(state, event);
    state.latest = Math.max(state.latest ?? at, at);
  }
  return state;
}

// ---- the one way to write

/** The outcome of a proposal. Rejects with an AppendError if the log cannot be used. */
export type LeadDecided = Decided<Refusal>;

/** One or more events that may only happen together, in this order. */
export type Proposal = readonly NewEvent[];

/** The content of a lead stream: the facts of its life, and the last decision of the engine on its tier, in the order of the log. */
interface LeadHistory {
  facts: LeadlogEvent[];
  tierChange?: LeadLifecycle['tierChange'];
}

const leadHistory: Fold<LeadHistory> = {
  initial: () => ({ facts: [] }),
  evolve: (history, recorded) => {
    const event = decode(recorded);
    if (isLeadFact(event)) history.facts.push(event);
    else if (event.type === 'LeadTierChanged' && !event.data.aside) history.tierChange = event;
    return history;
  },
};

/**
 * Decides on a lead (decide.ts). `propose` may look at the state; a proposal whose first event is in the stream already is a repeat and
 * changes nothing.
 */
export function proposeOnLead(log: EventLog, leadId: string, propose: (state: LeadLifecycle) => Proposal): Promise<LeadDecided> {
  return decideOn<LeadHistory, Refusal>(log, leadStream(leadId), leadHistory, ({ state: { facts, tierChange }, positions }) => {
    const append = propose({ ...lifecycleOf(facts), tierChange });
    const refused = positions.has(append[0]!.id) ? undefined : refusalIn(facts, append.map(asTold));
    return refused ? { refused } : { append };
  });
}

/** The lead as recorded. */
export async function readLead(log: EventLog, leadId: string): Promise<LeadLifecycle> {
  const { state } = await readState(log, leadStream(leadId), leadHistory);
  return { ...lifecycleOf(state.facts), tierChange: state.tierChange };
}

/** An event as it will be in the log; its place and time there do not matter here. */
const asTold = (event: NewEvent): LeadlogEvent =>
  ({ ...event, occurredAt: Date.parse(event.metadata.occurredAt) }) as unknown as LeadlogEvent;

/** Records a fact from outside about the life of a lead. `teamOf`: the team of a rep, if known. */
export async function tellLead(log: EventLog, leadId: string, event: NewEvent, teamOf?: TeamOf): Promise<LeadDecided> {
  const whose = await leadConcerned(log, leadId, event.data as { handoffId?: string; runId?: string }, event.type);
  if (typeof whose !== 'string') return { ok: false, ...whose };
  const told = whose === leadId ? event : { ...event, data: { ...event.data, leadId: whose } };
  return proposeOnLead(log, whose, () => [withTeam(told, teamOf)]);
}

export type TeamOf = (repId: string) => string | undefined;

/** An acceptance moves the handoff to the team of the representative, which is unknown if neither the event nor the policy names it. */
export function withTeam(event: NewEvent, teamOf?: TeamOf): NewEvent {
  const { actor } = event.metadata;
  const { repId, teamId: told } = event.data as Partial<EventData['HandoffAccepted']>;
  if (event.type !== 'HandoffAccepted' || told !== undefined || actor.kind !== 'rep' || actor.id !== repId) return event;
  const teamId = actor.teamId ?? teamOf?.(actor.id);
  return teamId === undefined ? event : { ...event, metadata: { ...event.metadata, actor: { ...actor, teamId } } };
}

/**
 * The lead whose stream a fact belongs to: if it names a handoff, the lead of that handoff, whichever of the merged leads the
 * fact itself names; a disqualification, and its reversal, belongs to the surviving lead.
 */
export async function leadConcerned(
  log: EventLog,
  leadId: string,
  { handoffId, runId }: { handoffId?: string; runId?: string },
  type: string,
): Promise<string | Refusal> {
  if (type === 'LeadDisqualified' || type === 'LeadRequalified') return survivorOf(log, leadId);
  const named = handoffId !== undefined ? handoffLead(handoffId) : runId !== undefined ? runLead(runId) : '';
  if (named === '' || named === leadId) return leadId;
  const [one, other] = await Promise.all([survivorOf(log, named), survivorOf(log, leadId)]);
  if (one === other) return named;
  return handoffId === undefined ? leadId : { pointer: '/data/handoffId', expected: `a handoff of lead ${leadId}`, got: handoffId };
}

const FACTS: ReadonlySet<string> = new Set<LeadFactType>([
  'LeadHandedOff',
  'LeadAssigned',
  'HandoffAccepted',
  'HandoffRejected',
  'HandoffSlaBreached',
  'InsightExchanged',
  'LeadReturned',
  'LeadDisqualified',
  'LeadRequalified',
  'PersonalDataErasureRequested',
]);

function isLeadFact(event: LeadlogEvent): event is LeadlogEvent & LeadFact {
  return FACTS.has(event.type);
}
