import type { RecordedEvent } from '@leadlog/event-log';
import { leadCorrections, leadKey, leadOfStream, leadStreams, sortedBy, type EventData, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Corrections, type Projection } from '@leadlog/projections';

/** How the past of a deal is corrected, for projections keyed by deal. */
export const voidsOfDeals: Corrections = {
  types: ['DealFactVoided'],
  of: ({ data }) => {
    const { targetEventId, targetStream } = data as EventData['DealFactVoided'];
    return { kind: 'void', eventId: targetEventId, stream: targetStream };
  },
};

/** An event about a deal, and the lead that it names. */
interface DealEvent {
  eventId: string;
  stream: string;
  leadId: string;
  dealId: string;
}

interface Invalidation {
  eventId: string;
  targetEventId: string;
  targetStream?: string;
  at: number;
}

export interface VoidedDealFacts {
  events?: DealEvent[];
  invalidations?: Invalidation[];
  /** Events that are known to be void where the deal is folded. */
  known?: string[];
}

export const VOIDED_DEAL_FACTS = 'voided-deal-facts';
/** List of the leads with an invalidation of which a deal has to be told. */
export const UNKNOWN_TO_DEALS = 'unknown-to-deals';

const placeOf = ({ eventId, stream }: Pick<DealEvent, 'eventId' | 'stream'>): string => `${eventId} ${stream}`;
const events = sortedBy((one: DealEvent) => placeOf(one));
const invalidations = sortedBy((one: Invalidation) => one.eventId);
const known = sortedBy((place: string) => place);

/**
 * Read model `voided-deal-facts`, by lead: its events about deals, and which of them it says never happened. TouchpointInvalidated names a lead
 * and may come before its target, so only here is it known which deal it is about. Invalidations are facts of this fold; only merges correct
 * it.
 */
export const voidedDealFacts: Projection<VoidedDealFacts> = defineProjection<VoidedDealFacts>({
  name: VOIDED_DEAL_FACTS,
  version: '2',
  handles: [
    'DealOpened',
    'DealStageChanged',
    'QuoteSubmitted',
    'AppointmentBooked',
    'MeetingHeld',
    'DealWon',
    'DealLost',
    'TouchpointInvalidated',
    'DealFactVoided',
  ],
  // Most appointments and meetings name no deal.
  key: (event) => (isOfNoDeal(event) ? undefined : leadKey(event)),
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: { types: ['LeadsMerged', 'MergeReverted'], of: (event) => leadCorrections.of(event) },
  initial: () => ({ events: undefined, invalidations: undefined, known: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => (unknownToDeals(state).length > 0 ? { [UNKNOWN_TO_DEALS]: 0 } : {}),
});

const isOfNoDeal = ({ type, data }: RecordedEvent): boolean =>
  (type === 'AppointmentBooked' || type === 'MeetingHeld') && (data as { dealId?: string }).dealId === undefined;

function evolve(state: VoidedDealFacts, event: LeadlogEvent): VoidedDealFacts {
  const { id: eventId, stream } = event;
  if (event.type === 'TouchpointInvalidated') {
    const { targetEventId, targetStream } = event.data;
    state.invalidations = invalidations.put(state.invalidations, { eventId, targetEventId, targetStream, at: event.occurredAt });
  } else if (event.type === 'DealFactVoided') {
    state.known = known.put(state.known, placeOf({ eventId: event.data.targetEventId, stream: event.data.targetStream }));
  } else {
    const { dealId } = event.data as { dealId: string };
    state.events = events.put(state.events, { eventId, stream, leadId: leadKey(event)!, dealId });
  }
  return state;
}

/** Each with when it was invalidated, ms. */
export function unknownToDeals({
  events: all = [],
  invalidations: said = [],
  known: told,
}: VoidedDealFacts): (DealEvent & { at: number })[] {
  if (said.length === 0) return [];
  return all.flatMap((event) => {
    const by = said.find(
      ({ targetEventId, targetStream }) => targetEventId === event.eventId && (targetStream === undefined || targetStream === event.stream),
    );
    return by && known.find(told, placeOf(event)) === undefined ? [{ ...event, at: by.at }] : [];
  });
}
