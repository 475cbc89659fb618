import { SELLER_ACTS } from '@leadlog/events';
import { documented, listOf, type View } from './counted-events';
import { BY_CUSTOMER } from './leads';

/** As libs/handoff/cards/card-standing.ts has it. */
export const DORMANT_DAYS = 90;
const outcomes: View = {
  name: 'card_outcomes',
  description: 'what became of a business card from its exchange on',
  columns: documented({
    lead: 'lead; if it was merged, its survivor',
    card: 'id of the card',
    rep: 'representative who exchanged it',
    account: 'company',
    exchanged_day: 'day of the first exchange, in the time zone of the tenant',
    handed_at: 'when it was first handed to marketing',
    acted_at: 'last act of either side after the exchange',
    dormant_from: 'day from which it is dormant, after 90 days without anything; null if something happened',
    tier: 'tier of the lead, as last decided',
    handed_off_at: 'when the lead was last handed to sales since',
    deal_at: 'when a deal was last opened, won or lost since, or was open at the exchange',
    won_at: 'when a deal was first won since',
    event_id: 'event of the first exchange',
  }),
  sql: `
    WITH cards_at AS (
      SELECT lead, card, rep, account, coalesce(exchanged_at, handed_at) AS begun_at, coalesce(exchanged_day, local_day(handed_at)) AS day, handed_at, event_id FROM cards
    ), acts AS (
      SELECT lead, max(occurred_at) AS acted_at FROM archive.facts WHERE (${BY_CUSTOMER}) OR type IN (${listOf(SELLER_ACTS)}) GROUP BY lead
    ), handed AS (
      SELECT cards_at.lead, card, max(handoffs.handed_at) AS handed_off_at FROM cards_at JOIN handoffs ON handoffs.lead = cards_at.lead AND handoffs.handed_at >= begun_at
      GROUP BY cards_at.lead, card
    ), named AS (
      SELECT DISTINCT lead, deal FROM archive.counted WHERE type IN ('DealOpened', 'DealWon', 'DealLost')
    ), dealt AS (
      SELECT cards_at.lead, card, max(coalesce(closed_at, opened_at)) AS deal_at, min(closed_at) FILTER (status = 'won') AS won_at
      FROM cards_at JOIN named ON named.lead = cards_at.lead JOIN deals ON deals.deal = named.deal AND (closed_at IS NULL OR closed_at >= begun_at)
      GROUP BY cards_at.lead, card
    )
    SELECT cards_at.lead AS lead, cards_at.card AS card, cards_at.rep AS rep, cards_at.account AS account, day AS exchanged_day, cards_at.handed_at AS handed_at,
      CASE WHEN acted_at > begun_at THEN acted_at END AS acted_at,
      CASE WHEN cards_at.handed_at IS NULL AND deal_at IS NULL AND (acted_at IS NULL OR acted_at <= begun_at) THEN day + ${DORMANT_DAYS + 1} END AS dormant_from,
      coalesce(leads.tier, 'cold') AS tier, handed_off_at, deal_at, won_at, cards_at.event_id AS event_id
    FROM cards_at LEFT JOIN acts ON acts.lead = cards_at.lead LEFT JOIN leads ON leads.lead = cards_at.lead
      LEFT JOIN handed ON handed.lead = cards_at.lead AND handed.card = cards_at.card LEFT JOIN dealt ON dealt.lead = cards_at.lead AND dealt.card = cards_at.card`,
};

export const CARD_VIEWS: readonly View[] = [outcomes];
