import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { pageOfItems, type ListEntry, type PageQuery, type ReadModelView } from '@leadlog/projections';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import type { HandoffState } from '../handoff-facts';
import { isDisqualified } from '../life';
import { openHandoffs } from '../standing';
import { cardState, DORMANT_DAYS, outcomeOf, type AsOfDay, type CardOutcome, type CardState, type LeadOfCard } from './card-standing';
import { ALL_CARDS, cardsOf, cardsOfRep, type Card, type CardsState } from './cards.projection';

export interface CardViews {
  cards: ReadModelView;
  leads: ReadModelView;
  handoffs: ReadModelView;
}

export interface CardQuery extends PageQuery {
  rep?: string;
  state?: CardState;
}

export interface CardItem extends Omit<Card, 'leadId'>, CardOutcome {
  /** The lead that it belongs to now. */
  leadId: string;
  state: CardState;
  /** The last act of the customer, ms. */
  lastActivityAt?: number;
  profile: { name?: string; company?: string; department?: string; title?: string };
}

const PAGE = 200;
/** Leads looked at for one page; where few cards match, a page may be short and still have a cursor. */
const MOST_LOOKED_AT = 2_000;

/** Latest exchanged first. Throws InvalidCursor. */
export function listCards(views: CardViews, query: CardQuery, asOf: AsOfDay): Promise<{ items: CardItem[]; cursor?: string }> {
  const isWanted = ({ repId, state }: CardItem): boolean =>
    (query.rep === undefined || query.rep === repId) && (query.state === undefined || query.state === state);
  const itemsOf = async (entries: readonly ListEntry[]): Promise<CardItem[][]> =>
    (await withLeads(views, entries)).map((found) => found.cards.map((card) => itemOf(card, found, asOf)).filter(isWanted));
  const list = query.rep === undefined ? ALL_CARDS : cardsOfRep(query.rep);
  const placeOf = ({ at, cardId }: CardItem) => [at, cardId] as const;
  const cards = { view: views.cards, list, direction: 'descending', itemsOf, placeOf, mostLookedAt: MOST_LOOKED_AT } as const;
  return pageOfItems(cards, query);
}

interface CardsOfLead extends LeadOfCard {
  leadId: string;
  cards: Card[];
}

async function withLeads({ cards, leads, handoffs }: CardViews, entries: readonly ListEntry[]): Promise<CardsOfLead[]> {
  const ids = entries.map(({ key }) => key);
  const [states, people, sales] = await Promise.all([
    cards.many<CardsState>(ids),
    leads.many<LeadState>(ids),
    handoffs.many<HandoffState>(ids),
  ]);
  return ids.map((leadId, place) => ({
    leadId,
    cards: states[place] ? cardsOf(states[place]) : [],
    lead: people[place],
    handoffs: sales[place],
  }));
}

function itemOf(card: Card, of: CardsOfLead, asOf: AsOfDay): CardItem {
  const { name, company, department, title } = of.lead ? summaryOf(of.leadId, of.lead).profile : {};
  return {
    ...card,
    leadId: of.leadId,
    accountId: card.accountId ?? of.lead?.account?.accountId,
    state: cardState(card, of, asOf),
    ...outcomeOf(card, of),
    lastActivityAt: of.lead?.lastActivityAt,
    profile: { name, company, department, title },
  };
}

/** Dormant cards of a rep exchanged since a moment (ms), of leads that nobody in sales has; `since` of each: from when it is dormant. */
export async function dormantCards(
  views: CardViews,
  { repId, since }: { repId: string; since: number },
  { now, timezone }: { now: number; timezone: string },
): Promise<{ leadId: string; cardId: string; since: number }[]> {
  const asOf: AsOfDay = { today: localDay(now, timezone), timezone, dormantDays: DORMANT_DAYS };
  const dormantFrom = ({ at }: Card): string => addDays(localDay(at, timezone), DORMANT_DAYS + 1);
  const dormant: { leadId: string; cardId: string; since: number }[] = [];
  for (let after: ListEntry | undefined; ;) {
    const entries = await views.cards.list(cardsOfRep(repId), { direction: 'ascending', min: since, limit: PAGE, after });
    const states = await views.cards.many<CardsState>(entries.map(({ key }) => key));
    const old = states.map((state) =>
      (state ? cardsOf(state) : []).filter((card) => card.repId === repId && card.at >= since && dormantFrom(card) <= asOf.today),
    );
    for (const { leadId, cards, ...of } of await withLeads(
      views,
      entries.filter((_, place) => old[place]!.length > 0),
    )) {
      if (of.handoffs && (isDisqualified(of.handoffs) || openHandoffs(of.handoffs).length > 0)) continue;
      for (const card of cards)
        if (card.repId === repId && card.at >= since && cardState(card, of, asOf) === 'dormant')
          dormant.push({ leadId, cardId: card.cardId, since: startOfLocalDay(dormantFrom(card), timezone) });
    }
    after = entries.at(-1);
    if (entries.length < PAGE) return dormant;
  }
}

export const CARD_GROUPS = ['none', 'rep', 'company'] as const;
export type CardGroup = (typeof CARD_GROUPS)[number];

export interface CardSummaryQuery {
  by: CardGroup;
  rep?: string;
  /** Local days of the exchange, YYYY-MM-DD; `to` is not included. */
  from: string;
  to: string;
}

/** Cards exchanged in a span, and what became of them. */
export interface CardSummary {
  /** By rep: who, and in which calendar year. */
  repId?: string;
  year?: string;
  /** By company; undefined for the cards of people whose company is not known. */
  accountId?: string;
  cards: number;
  /** Distinct people with a card, and distinct companies of theirs. */
  leads: number;
  companies: number;
  active: number;
  dormant: number;
  handedOver: number;
  /** Of the cards: whose lead is hot now; was handed to sales since; has or had a deal since; has bought since. */
  hot: number;
  handedOff: number;
  deals: number;
  won: number;
}

/** Most cards first. */
export async function summariseCards(views: CardViews, query: CardSummaryQuery, asOf: AsOfDay): Promise<CardSummary[]> {
  const { timezone } = asOf;
  const [from, to] = [startOfLocalDay(query.from, timezone), startOfLocalDay(query.to, timezone)];
  const list = query.rep === undefined ? ALL_CARDS : cardsOfRep(query.rep);
  const groups = new Map<string, CardSummary & { people: Set<string>; accounts: Set<string> }>();
  const groupOf = (of: Pick<CardSummary, 'repId' | 'year' | 'accountId'>) => {
    const name = JSON.stringify([of.repId, of.year, of.accountId]);
    let group = groups.get(name);
    if (!group) groups.set(name, (group = { ...of, ...NONE, people: new Set(), accounts: new Set() }));
    return group;
  };
  if (query.by === 'none') groupOf({});
  // By its latest card, a lead stands behind the beginning of the span if any of its cards does.
  for (let after: ListEntry | undefined; ;) {
    const entries = await views.cards.list(list, { direction: 'ascending', min: from, limit: PAGE, after });
    for (const found of await withLeads(views, entries)) {
      for (const card of found.cards) {
        if (card.at < from || card.at >= to || (query.rep !== undefined && card.repId !== query.rep)) continue;
        const { leadId, accountId, repId, at, state, tier, handoff, deal } = itemOf(card, found, asOf);
        const group = groupOf(
          query.by === 'rep' ? { repId, year: localDay(at, timezone).slice(0, 4) } : query.by === 'company' ? { accountId } : {},
        );
        group.people.add(leadId);
        if (accountId !== undefined) group.accounts.add(accountId);
        group.cards += 1;
        group[state === 'handed-over' ? 'handedOver' : state] += 1;
        if (tier === 'hot') group.hot += 1;
        if (handoff) group.handedOff += 1;
        if (deal) group.deals += 1;
        if (deal?.state === 'won') group.won += 1;
      }
    }
    after = entries.at(-1);
    if (entries.length < PAGE) break;
    await eventLoopTurn();
  }
  return [...groups.values()]
    .map(({ people, accounts, ...summary }) => ({ ...summary, leads: people.size, companies: accounts.size }))
    .sort((a, b) => b.cards - a.cards || (nameOf(a) < nameOf(b) ? -1 : 1));
}

const NONE = { cards: 0, leads: 0, companies: 0, active: 0, dormant: 0, handedOver: 0, hot: 0, handedOff: 0, deals: 0, won: 0 };
const nameOf = ({ repId = '', year = '', accountId = '' }: CardSummary): string => `${repId} ${year} ${accountId}`;
