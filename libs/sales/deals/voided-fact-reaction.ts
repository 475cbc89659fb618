import { appendAll, type EventLog } from '@leadlog/event-log';
import { dealStream, decisionId, ownEvent, type EventData } from '@leadlog/events';
import type { Reaction } from '@leadlog/projections';
import { unknownToDeals, UNKNOWN_TO_DEALS, VOIDED_DEAL_FACTS, type VoidedDealFacts } from './voided-facts.projection';

/** Records for each deal which of its events have been invalidated. */
export function voidedFactReaction(log: EventLog): Reaction {
  return {
    name: 'tell-deal-of-voided-fact',
    projection: VOIDED_DEAL_FACTS,
    list: UNKNOWN_TO_DEALS,
    async react(leadId, _rank, view) {
      const unknown = unknownToDeals((await view.get<VoidedDealFacts>(leadId)) ?? {});
      if (unknown.length === 0) return 'again';
      return appendAll(
        log,
        unknown.map(({ eventId: targetEventId, stream: targetStream, leadId: named, dealId, at }) => {
          const data: EventData['DealFactVoided'] = { leadId: named, dealId, targetEventId, targetStream };
          const id = decisionId('DealFactVoided', targetEventId, targetStream);
          return {
            stream: dealStream(dealId),
            events: [ownEvent({ id, type: 'DealFactVoided', data, at, by: 'sales' })],
            expected: 'any' as const,
          };
        }),
      );
    },
  };
}
