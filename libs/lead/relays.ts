import { decideOn, type EventLog, type Fold, type NewEvent } from '@leadlog/event-log';
import { activityStream, decode, leadStream, Voided, voidIn, type EventData, type LeadlogEvent } from '@leadlog/events';
import type { LeadDecided, Refusal } from './lead';

/*
 * An appointment that inside sales has won and field sales keeps, as recorded in `lead-<leadId>`:
 *
 *   with whoever booked it → relayed → accepted: with the other → relayed …
 *                              │ rejected: with whoever relayed it
 */

export type RelayFactType = 'AppointmentRelayed' | 'RelayAccepted' | 'RelayRejected';
export type RelayFact = { [Type in RelayFactType]: { type: Type; data: EventData[Type] } }[RelayFactType];

const FACTS: ReadonlySet<string> = new Set<RelayFactType>(['AppointmentRelayed', 'RelayAccepted', 'RelayRejected']);
export const isRelayFact = (type: string): boolean => FACTS.has(type);

/** Of one appointment. */
export interface RelayState {
  /** Who has it, as far as relays tell. */
  holder?: string;
  /** The relay that waits for an answer. */
  waiting?: { fromRepId: string; toRepId: string };
}

export function evolveRelay(state: RelayState, fact: RelayFact): RelayState {
  switch (fact.type) {
    case 'AppointmentRelayed': {
      const { fromRepId, toRepId } = fact.data;
      return { holder: fromRepId, waiting: { fromRepId, toRepId } };
    }
    case 'RelayAccepted':
      return { holder: fact.data.repId };
    case 'RelayRejected':
      return { holder: state.holder };
  }
}

/** Why this may not happen now; undefined if it may. `bookedBy`: who booked it, if that is known. */
function refusalOfRelay({ holder, waiting }: RelayState, fact: RelayFact, bookedBy?: string): Refusal | undefined {
  if (fact.type === 'AppointmentRelayed') {
    const { appointmentId, fromRepId, toRepId } = fact.data;
    if (waiting)
      return {
        expected: 'an appointment that is not being relayed',
        got: `${appointmentId}, relayed to ${waiting.toRepId}, who has not answered`,
      };
    const has = holder ?? bookedBy;
    if (has !== undefined && has !== fromRepId)
      return { pointer: '/data/fromRepId', expected: `${has}, who has ${appointmentId}`, got: fromRepId };
    return fromRepId === toRepId
      ? { pointer: '/data/toRepId', expected: `another representative than ${fromRepId}`, got: toRepId }
      : undefined;
  }
  const { appointmentId, repId, takeOver } = fact.data;
  if (!waiting)
    return {
      expected: 'a relay that waits for an answer',
      got: holder === undefined ? `${appointmentId}, which nobody has relayed` : `${appointmentId}, which ${holder} has`,
    };
  if (repId === waiting.toRepId || takeOver) return undefined;
  return {
    pointer: '/data/repId',
    expected: `${waiting.toRepId}, to whom ${appointmentId} was relayed, or takeOver: true to take it over`,
    got: repId,
  };
}

const relayOf = (appointmentId: string, voided: Voided): Fold<RelayState> => ({
  initial: () => ({}),
  evolve: (state, recorded) => {
    if (!isRelayFact(recorded.type) || voided.of(recorded)) return state;
    const fact = decode(recorded) as LeadlogEvent & RelayFact;
    return fact.data.appointmentId === appointmentId ? evolveRelay(state, fact) : state;
  },
});

/** Leads that are one person with this one, as far as is known. */
export type MembersOf = (leadId: string) => Promise<readonly string[]>;

/**
 * The lead whose stream a fact about a relay belongs to: of those that are one person with the one named, that in which the appointment was
 * relayed first; the one named, if it was not.
 */
export async function relayConcerned(log: EventLog, named: string, appointmentId: string, membersOf: MembersOf): Promise<string> {
  let first: { leadId: string; position: bigint } | undefined;
  for (const leadId of new Set([named, ...(await membersOf(named))])) {
    const position = await firstRelayIn(log, leadId, appointmentId);
    if (position !== undefined && (first === undefined || position < first.position)) first = { leadId, position };
  }
  return first?.leadId ?? named;
}

async function firstRelayIn(log: EventLog, leadId: string, appointmentId: string): Promise<bigint | undefined> {
  const voided = await voidedIn(log, leadId);
  for await (const page of log.readStream(leadStream(leadId)))
    for (const one of page)
      if (
        one.type === 'AppointmentRelayed' &&
        (one.data as EventData['AppointmentRelayed']).appointmentId === appointmentId &&
        !voided.of(one)
      )
        return one.position;
  return undefined;
}

async function voidedIn(log: EventLog, leadId: string): Promise<Voided> {
  const voided = new Voided();
  for await (const page of log.readStream(activityStream(leadId))) for (const one of page) voided.add(voidIn(one));
  return voided;
}

/** Records a fact about a relay, if it is possible now: what was voided has not happened. */
export async function tellRelay(log: EventLog, leadId: string, event: NewEvent, bookedBy?: string): Promise<LeadDecided> {
  const fact = event as unknown as RelayFact;
  const voided = await voidedIn(log, leadId);
  return decideOn<RelayState, Refusal>(log, leadStream(leadId), relayOf(fact.data.appointmentId, voided), ({ state, positions }) => {
    const refused = positions.has(event.id) ? undefined : refusalOfRelay(state, fact, bookedBy);
    return refused ? { refused } : { append: [event] };
  });
}

/**
 * The relays of one appointment, each with the first answer recorded before the next one: what was decided was decided in the order of the log,
 * whatever the clocks of those who told it say.
 */
export function answeredRelays<Relay extends { position: number }, Answer extends { position: number }>(
  relays: readonly Relay[],
  answers: readonly Answer[],
): { relay: Relay; answer?: Answer }[] {
  const told = [...relays].sort((a, b) => a.position - b.position);
  const given = [...answers].sort((a, b) => a.position - b.position);
  return told.map((relay, place) => {
    const next = told[place + 1];
    return { relay, answer: given.find(({ position }) => position > relay.position && (next === undefined || position < next.position)) };
  });
}
