---
title: First response time
description: >-
  From the handoff of a lead to the first call or meeting, by the representative it was assigned to. What was never answered counts as infinitely long;
  a median or 90th percentile among those is null.
parameters:
  - { name: from, type: date, default: null, description: first day of handoff; 90 days before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: bar, x: rep, y: [within_5_minutes, within_1_hour] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, to_day - 90) AS from_day
), waits AS (
  SELECT coalesce(rep, '(nobody)') AS rep, team, coalesce((epoch_ms(first_contact_at) - epoch_ms(handed_at)) / 60000, 'Infinity'::DOUBLE) AS minutes
  FROM handoffs, asked
  WHERE handed_day >= from_day AND handed_day < to_day
)
SELECT
  rep,
  count(*) AS handoffs,
  count(*) FILTER (isfinite(minutes)) AS answered,
  CASE WHEN isfinite(quantile_disc(minutes, 0.5)) THEN round(quantile_disc(minutes, 0.5), 1) END AS median_minutes,
  CASE WHEN isfinite(quantile_disc(minutes, 0.9)) THEN round(quantile_disc(minutes, 0.9), 1) END AS p90_minutes,
  count(*) FILTER (minutes <= 5) / handoffs AS within_5_minutes,
  count(*) FILTER (minutes <= 60) / handoffs AS within_1_hour
FROM waits
GROUP BY rep
ORDER BY handoffs DESC, rep
