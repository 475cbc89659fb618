import { appendAll, type EventLog } from '@leadlog/event-log';
import { decisionId, leadStream, ownEvent } from '@leadlog/events';
import type { Reaction } from '@leadlog/projections';
import { tellingOf, timeOfTelling, untold, UNTOLD } from './deal-parties';
import type { DealState } from './deals.projection';

/** Records for each lead of a deal what the events of the others report about it. */
export function sharedDealReaction(log: EventLog): Reaction {
  return {
    name: 'tell-of-shared-deal',
    projection: 'deals',
    list: UNTOLD,
    async react(dealId, _rank, view) {
      const state = await view.get<DealState>(dealId);
      const news = state ? untold(dealId, state) : [];
      if (news.length === 0) return 'again';
      return appendAll(
        log,
        news.map((data) => ({
          stream: leadStream(data.leadId),
          events: [
            ownEvent({
              id: decisionId('DealShared', data.leadId, dealId, ...tellingOf(data, state!.parties)),
              type: 'DealShared',
              data,
              at: timeOfTelling(data, state!),
              by: 'sales',
            }),
          ],
          expected: 'any' as const,
        })),
      );
    },
  };
}
