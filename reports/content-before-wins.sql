---
title: Content that goes before wins
description: >-
  For each content, the share of the leads that took it in and bought within so many days, beside the share of all leads that took in anything. It says what
  buyers look at, not that looking makes them buy.
parameters:
  - { name: from, type: date, default: null, description: first day of taking it in; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
  - { name: days, type: integer, default: 90, description: days within which a win counts }
  - { name: least, type: integer, default: 5, description: leads that it takes for a content to be shown }
chart: { type: bar, x: content, y: lift }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), taken AS (
  SELECT lead, what, content, min(taken_at) AS taken_at, min(taken_day) AS taken_day FROM contents, asked WHERE taken_day >= from_day AND taken_day < to_day GROUP BY lead, what, content
), fates AS (
  SELECT lead, what, content, coalesce(bool_or(closed_at >= taken_at AND closed_day <= taken_day + $days::INTEGER), false) AS bought
  FROM taken LEFT JOIN (SELECT lead, closed_at, closed_day FROM deals WHERE status = 'won') USING (lead)
  GROUP BY lead, what, content
), everybody AS (
  SELECT count(*) FILTER (bought) / count(*) AS share FROM (SELECT lead, bool_or(bought) AS bought FROM fates GROUP BY lead)
)
SELECT
  what,
  content,
  count(*) AS leads,
  count(*) FILTER (bought) AS won,
  won / leads AS share,
  any_value(everybody.share) AS share_of_all,
  (won / leads) / nullif(any_value(everybody.share), 0) AS lift
FROM fates, everybody
GROUP BY what, content
HAVING count(*) >= $least::INTEGER
ORDER BY lift DESC, leads DESC, what, content
