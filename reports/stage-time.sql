---
title: Time in a stage
description: >-
  How long leads, handoffs and deals stay in a stage (Kaplan and Meier): the share that is still there after so many days. Those that are still there
  now count for as long as they have been. The median is null where more than half are still there.
parameters:
  - { name: from, type: date, default: null, description: first day of entry; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: line, x: days, y: still_there, series: stage }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), first_deals AS (
  SELECT lead, min(opened_at) AS opened_at FROM deals GROUP BY lead
), stays AS (
  SELECT 'lead until its first deal' AS stage, captured_at AS entered_at, captured_day AS entered_day, opened_at AS left_at
  FROM leads LEFT JOIN first_deals USING (lead) WHERE captured_at IS NOT NULL
  UNION ALL
  SELECT 'handoff until its first contact', handed_at, handed_day, first_contact_at FROM handoffs
  UNION ALL
  SELECT 'deal until its outcome', opened_at, opened_day, closed_at FROM deals WHERE opened_at IS NOT NULL
), lengths AS (
  -- Days of the calendar: one that is left on the day after has taken one. A step dated before the one before it took no time.
  SELECT stage, greatest(local_day(coalesce(left_at, now_known())) - entered_day, 0) AS days, left_at IS NOT NULL AS has_left
  FROM stays, asked
  WHERE entered_day >= from_day AND entered_day < to_day
), steps AS (
  SELECT stage, days, count(*) FILTER (has_left) AS leaving, count(*) FILTER (NOT has_left) AS unknown_from_here FROM lengths GROUP BY stage, days
), at_risk AS (
  SELECT *, sum(leaving + unknown_from_here) OVER (PARTITION BY stage ORDER BY days ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)::BIGINT AS there FROM steps
), survival AS (
  SELECT *, product(1 - leaving / there) OVER (PARTITION BY stage ORDER BY days ROWS UNBOUNDED PRECEDING) AS still_there FROM at_risk
)
SELECT stage, days, there, leaving, unknown_from_here, still_there, min(days) FILTER (still_there <= 0.5) OVER (PARTITION BY stage) AS median_days
FROM survival
ORDER BY stage, days
