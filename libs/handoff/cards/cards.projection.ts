import {
  earliest,
  latest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  sortedBy,
  type Happened,
  type LeadlogEvent,
} from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';

/** Read model `cards`, by lead: its business cards, each stored under its id, so that the order of arrival cannot change it. */
export interface CardsState {
  leadId: string;
  cards?: CardFacts[];
}

export interface CardFacts {
  cardId: string;
  /** The first exchange; undefined if only the hand-over was recorded. */
  exchanged?: Happened & { leadId: string; repId: string; teamId?: string; place: 'onsite' | 'online' };
  /** The first hand-over to marketing. */
  handed?: Happened & { leadId: string; repId: string; reason: string; keepFollowing: boolean };
  account?: Happened & { accountId: string };
}

/** Who has a card, and since when. */
export interface Card {
  cardId: string;
  /** The lead in whose stream it was recorded; merged since, perhaps. */
  leadId: string;
  repId: string;
  teamId?: string;
  place?: 'onsite' | 'online';
  accountId?: string;
  /** When it was exchanged, ms; of a card of which only the hand-over is known, when that was. */
  at: number;
  handed?: NonNullable<CardFacts['handed']>;
}

const cards = sortedBy((card: CardFacts) => card.cardId);

export const ALL_CARDS = 'cards';
export const cardsOfRep = (repId: string): string => `rep:${repId}`;
/** The leads that have a card of this id: one, unless senders gave it to several. */
export const withCard = (cardId: string): string => `card:${cardId}`;

/** Lists: `cards`, `rep:<repId>` (leads with cards, by the latest exchange among those), `card:<cardId>`. */
export const cardsProjection: Projection<CardsState> = defineProjection<CardsState>({
  name: 'cards',
  version: '1',
  handles: ['BusinessCardExchanged', 'BusinessCardHandedToMarketing', 'PersonalDataErased'],
  forgets: ['PersonalDataErased'],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  initial: (leadId) => ({ leadId, cards: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const lists: Record<string, number> = {};
    const add = (list: string, at: number): void => void (lists[list] = Math.max(lists[list] ?? at, at));
    for (const { cardId, repId, at } of cardsOf(state)) for (const list of [ALL_CARDS, cardsOfRep(repId), withCard(cardId)]) add(list, at);
    return lists;
  },
});

function evolve(state: CardsState, event: LeadlogEvent): CardsState {
  if (event.type !== 'BusinessCardExchanged' && event.type !== 'BusinessCardHandedToMarketing') return state;
  const { cardId, repId, accountId } = event.data;
  const happened = { at: event.occurredAt, position: Number(event.position) };
  const of = { ...happened, leadId: leadKey(event)!, repId };
  let card = cards.find(state.cards, cardId);
  if (!card) state.cards = cards.put(state.cards, (card = { cardId, exchanged: undefined, handed: undefined, account: undefined }));
  if (event.type === 'BusinessCardExchanged')
    card.exchanged = earliest(card.exchanged, { ...of, teamId: event.metadata.actor.teamId, place: event.data.place });
  else card.handed = earliest(card.handed, { ...of, reason: event.data.reason, keepFollowing: event.data.keepFollowing });
  if (accountId !== undefined) card.account = latest(card.account, { ...happened, accountId });
  return state;
}

/** In the order of their ids. */
export const cardsOf = ({ cards: facts = [] }: CardsState): Card[] =>
  facts.flatMap(({ cardId, exchanged, handed, account }) => {
    const begin = exchanged ?? handed;
    if (!begin) return [];
    const { leadId, repId, at } = begin;
    return [{ cardId, leadId, repId, teamId: exchanged?.teamId, place: exchanged?.place, accountId: account?.accountId, at, handed }];
  });
