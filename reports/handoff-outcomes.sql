---
title: What became of handoffs
description: >-
  Handoffs by the representative they were assigned to: the share that was accepted, rejected and given back, that led to a deal and to a win, and of which
  no deadline passed.
parameters:
  - { name: from, type: date, default: null, description: first day of handoff; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: bar, x: rep, y: [accepted_share, rejected_share, returned_share, won_share] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), handed AS (
  SELECT *, lead(handed_at) OVER (PARTITION BY handoffs.lead ORDER BY handed_at, event_id) AS next_at FROM handoffs
), followed AS (
  -- A deal is of the handoff that it names, else of the last one before it was opened.
  SELECT handed.handoff, handed.rep, handed.accepted_at, handed.rejected_at, handed.returned_at, handed.accept_breached_at, handed.contact_breached_at,
    count(deals.deal) > 0 AS led_to_deal, coalesce(bool_or(deals.status = 'won'), false) AS led_to_win
  FROM handed JOIN asked ON handed_day >= from_day AND handed_day < to_day
    LEFT JOIN deals ON deals.lead = handed.lead AND CASE WHEN deals.handoff IS NOT NULL THEN deals.handoff = handed.handoff
      ELSE deals.opened_at >= handed_at AND (next_at IS NULL OR deals.opened_at < next_at) END
  GROUP BY ALL
)
SELECT
  coalesce(rep, '(nobody)') AS rep,
  count(*) AS handoffs,
  count(accepted_at) / handoffs AS accepted_share,
  count(rejected_at) / handoffs AS rejected_share,
  count(returned_at) / handoffs AS returned_share,
  count(*) FILTER (led_to_deal) / handoffs AS deal_share,
  count(*) FILTER (led_to_win) / handoffs AS won_share,
  count(*) FILTER (accept_breached_at IS NULL AND contact_breached_at IS NULL) / handoffs AS in_time_share
FROM followed
GROUP BY ALL
ORDER BY handoffs DESC, rep
