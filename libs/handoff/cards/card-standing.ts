import type { Tier } from '@leadlog/events';
import type { LeadState } from '@leadlog/lead';
import { addDays, localDay } from '@leadlog/time';
import { dealsAsTheyStand } from '../deals-as-they-stand';
import type { HandoffState } from '../handoff-facts';
import { handoffsOf, type Handoff } from '../standing';
import type { Card } from './cards.projection';

export const CARD_STATES = ['active', 'dormant', 'handed-over'] as const;
export type CardState = (typeof CARD_STATES)[number];

/** Days after the exchange within which something should have happened. */
export const DORMANT_DAYS = 90;

/** What is known of the lead of a card: read models `leads` and `handoffs`. */
export interface LeadOfCard {
  lead?: LeadState;
  handoffs?: HandoffState;
}

/** As of when, in which time zone, and after how many calendar days without anything a card is dormant. */
export interface AsOfDay {
  today: string;
  timezone: string;
  dormantDays: number;
}

/**
 * A card is dormant from the day after its last day of grace, if since the exchange neither side has done anything, marketing did not get it, and
 * no deal was open or came of it.
 */
export function cardState(card: Card, of: LeadOfCard, { today, timezone, dormantDays }: AsOfDay): CardState {
  if (card.handed) return 'handed-over';
  return isFollowed(card, of) || today <= addDays(localDay(card.at, timezone), dormantDays) ? 'active' : 'dormant';
}

function isFollowed({ at }: Card, { lead, handoffs }: LeadOfCard): boolean {
  if (Math.max(lead?.lastActivityAt ?? 0, lead?.lastSellerActAt ?? 0) > at) return true;
  return (handoffs ? dealsAsTheyStand(handoffs) : []).some(({ opened, outcome }) => (opened ?? outcome) && !(outcome && outcome.at < at));
}

/** What became of the lead of a card from the exchange on. */
export interface CardOutcome {
  tier: Tier;
  /** The last handoff to sales since. */
  handoff?: Pick<Handoff, 'handoffId' | 'state' | 'at'>;
  /** A deal since: the one won first, else the one that began last. */
  deal?: { dealId: string; state: 'open' | 'won' | 'lost' };
}

export function outcomeOf({ at }: Card, { handoffs }: LeadOfCard): CardOutcome {
  if (!handoffs) return { tier: 'cold' };
  const last = handoffsOf(handoffs).findLast((one) => one.at >= at);
  const since = dealsAsTheyStand(handoffs)
    .flatMap(({ dealId, opened, outcome }) => {
      const begin = opened?.at ?? outcome?.at;
      const end = outcome?.at ?? Infinity;
      if (begin === undefined || end < at) return [];
      return [{ dealId, begin, end, state: outcome ? (outcome.won ? ('won' as const) : ('lost' as const)) : ('open' as const) }];
    })
    .sort((a, b) => a.begin - b.begin || (a.dealId < b.dealId ? -1 : 1));
  const deal = since.filter(({ state }) => state === 'won').sort((a, b) => a.end - b.end)[0] ?? since.at(-1);
  return {
    tier: handoffs.tier,
    ...(last && { handoff: { handoffId: last.handoffId, state: last.state, at: last.at } }),
    ...(deal && { deal: { dealId: deal.dealId, state: deal.state } }),
  };
}
