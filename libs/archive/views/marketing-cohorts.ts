import { SELLER_ACTS } from '@leadlog/events';
import { listOf } from './counted-events';
import { BY_CUSTOMER } from './leads';

/**
 * Business cards with the company of the person, and whether nothing has come of them since the exchange: neither side has done anything, no
 * deal that the person's own events name was open or came of it, and marketing did not get it. A select over the views.
 */
export const cardCohort = `
  WITH touched AS (
    SELECT lead, max(occurred_at) FILTER ((${BY_CUSTOMER}) OR type IN (${listOf(SELLER_ACTS)})) AS acted_at,
      arg_max(account, (occurred_at, position)) FILTER (account IS NOT NULL) AS company
    FROM archive.facts WHERE lead IS NOT NULL GROUP BY lead
  ), told AS (
    SELECT lead, deal, max(occurred_at) FILTER (type <> 'DealOpened') AS closed_at FROM archive.counted WHERE type IN ('DealOpened', 'DealWon', 'DealLost') GROUP BY lead, deal
  ), dealt AS (
    SELECT lead, count(*) FILTER (closed_at IS NULL) > 0 AS has_open, max(closed_at) AS closed_at FROM told GROUP BY lead
  ), begun AS (
    SELECT lead, card, rep, team, handed_at, coalesce(exchanged_at, handed_at) AS begun_at, coalesce(exchanged_day, local_day(handed_at)) AS begun_day FROM main.cards
  )
  SELECT begun.lead AS lead, card, rep, team, begun_day, company,
    handed_at IS NULL AND NOT coalesce(epoch_ms(acted_at) > epoch_ms(begun_at), false) AND NOT coalesce(has_open, false)
      AND NOT coalesce(epoch_ms(closed_at) >= epoch_ms(begun_at), false) AS is_dormant
  FROM begun LEFT JOIN touched ON touched.lead = begun.lead LEFT JOIN dealt ON dealt.lead = begun.lead`;

/** Mails that were delivered. */
export const mailCohort = 'SELECT lead, delivered_day, opened_at, opens FROM main.mails WHERE delivered_day IS NOT NULL';
