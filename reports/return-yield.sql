---
title: What returned leads bring
description: >-
  Of the leads that sales gave back to marketing in a month, the share that was handed off again within so many days, and that bought after that. A month that
  is younger than that can still grow.
parameters:
  - { name: from, type: date, default: null, description: first day of return; two years before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
  - { name: days, type: integer, default: 365, description: days within which a new handoff counts }
chart: { type: bar, x: month, y: [handed_again_share, won_share] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 2 YEAR)::DATE) AS from_day
), returned AS (
  SELECT lead, event_id, ended_at, ended_day FROM returns, asked WHERE how = 'returned' AND ended_day >= from_day AND ended_day < to_day
), again AS (
  SELECT returned.event_id, min(handed_at) AS handed_at
  FROM returned JOIN handoffs ON handoffs.lead = returned.lead AND handed_at > ended_at AND handed_day <= ended_day + $days::INTEGER
  GROUP BY returned.event_id
), fates AS (
  SELECT strftime(ended_day, '%Y-%m') AS month, handed_at IS NOT NULL AS came_back,
    handed_at IS NOT NULL AND EXISTS (FROM deals WHERE deals.lead = returned.lead AND status = 'won' AND closed_at >= handed_at) AS bought,
    ended_day + $days::INTEGER >= local_day(now_known()) AS can_grow
  FROM returned LEFT JOIN again USING (event_id)
)
SELECT
  month,
  count(*) AS returned,
  count(*) FILTER (came_back) AS handed_again,
  handed_again / returned AS handed_again_share,
  count(*) FILTER (bought) AS won,
  won / returned AS won_share,
  count(*) FILTER (can_grow AND NOT came_back) / returned AS open_share
FROM fates
GROUP BY month
ORDER BY month
