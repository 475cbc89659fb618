---
title: Funnel by origin
description: >-
  How far the leads captured in a span of days have come by now, by where they came from: in the words of the sender, else the channel. Each lead counts
  once a step.
parameters:
  - { name: from, type: date, default: null, description: first day of capture; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: bar, x: origin, y: [captured, reached, met, with_deal, won] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), people AS (
  SELECT lead, coalesce(origin, channel) AS origin, tier = 'hot' AS is_hot FROM leads, asked WHERE captured_day >= from_day AND captured_day < to_day
)
SELECT
  origin,
  count(*) AS captured,
  count(*) FILTER (is_hot OR lead IN (SELECT lead FROM tier_changes WHERE after = 'hot')) AS ever_hot,
  count(*) FILTER (lead IN (SELECT lead FROM handoffs)) AS handed_off,
  count(*) FILTER (lead IN (SELECT lead FROM calls WHERE reached)) AS reached,
  count(*) FILTER (lead IN (SELECT lead FROM appointments)) AS with_appointment,
  count(*) FILTER (lead IN (SELECT lead FROM meetings)) AS met,
  count(*) FILTER (lead IN (SELECT lead FROM deals WHERE opened_at IS NOT NULL)) AS with_deal,
  count(*) FILTER (lead IN (SELECT lead FROM deals WHERE status = 'won')) AS won,
  won / captured AS won_share
FROM people
GROUP BY origin
ORDER BY captured DESC, origin
