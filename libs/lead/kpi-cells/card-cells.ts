import { earliest, sortedBy, type Happened, type LeadlogEvent } from '@leadlog/events';
import type { LeadAttributes } from '../lead-attributes';
import { cellAdder, nameInCell } from './cell-adder';

/** A business card of a lead, by the first exchange and the first hand-over to marketing that were told. */
export interface LeadCard {
  cardId: string;
  exchanged?: Happened & { repId: string; team?: string };
  handed?: Happened & { repId: string };
}

const cards = sortedBy((card: LeadCard) => card.cardId);

/** The cards with what this event tells; may change them. */
export function withCardEvent(known: LeadCard[] | undefined, event: LeadlogEvent): LeadCard[] | undefined {
  if (event.type !== 'BusinessCardExchanged' && event.type !== 'BusinessCardHandedToMarketing') return known;
  const { cardId, repId } = event.data;
  const told = { at: event.occurredAt, position: Number(event.position), repId };
  const card = cards.find(known, cardId) ?? { cardId, exchanged: undefined, handed: undefined };
  if (event.type === 'BusinessCardExchanged') card.exchanged = earliest(card.exchanged, { ...told, team: event.metadata.actor.teamId });
  else card.handed = earliest(card.handed, told);
  return cards.put(known, card);
}

/** What is known of the person of the cards. Times in ms. */
export interface CardHolder {
  leadId: string;
  of: LeadAttributes;
  accountId?: string;
  /** The last act of either side. */
  actedAt?: number;
  /** Deals that its own events name, and when they were closed. */
  deals: readonly { closedAt?: number }[];
}

/**
 * The cells of cards, by the day of the exchange; of a card of which only the hand-over was told, of that. So that people, companies and
 * representatives can be counted once each, however many cards they have, these cells name them.
 */
export function cardCells(list: readonly LeadCard[], holder: CardHolder, timezone: string): Record<string, number> {
  const { cells, add } = cellAdder(timezone);
  const { leadId, of, accountId, actedAt = -Infinity, deals } = holder;
  for (const { exchanged, handed } of list) {
    const begin: (Happened & { repId: string; team?: string }) | undefined = exchanged ?? handed;
    if (!begin) continue;
    const { at, repId, team } = begin;
    const facets = { by: { reps: [repId], team }, of };
    add('cards', at, facets);
    add('card-reps', at, facets, { infix: nameInCell(repId) });
    if (accountId !== undefined) {
      add('card-people', at, facets, { infix: nameInCell(leadId) });
      add('card-companies', at, facets, { infix: nameInCell(accountId) });
    }
    const isFollowed = handed !== undefined || actedAt > at || deals.some(({ closedAt = Infinity }) => closedAt >= at);
    if (!isFollowed) add('cards-asleep', at, facets);
  }
  return cells;
}
