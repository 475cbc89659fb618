---
title: Conversion by month of capture
description: >-
  Of the leads captured in a month, the share that had bought by the end of each month since. A month that is not over yet for all of them is left out.
parameters:
  - { name: from, type: date, default: null, description: first day of capture; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: line, x: months, y: share, series: cohort }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day, local_day(now_known()) AS today
), captured AS (
  SELECT lead, date_trunc('month', captured_day)::DATE AS cohort FROM leads, asked WHERE captured_day >= from_day AND captured_day < to_day
), wins AS (
  SELECT lead, min(closed_day) AS won_day FROM deals WHERE status = 'won' GROUP BY lead
), sizes AS (
  SELECT cohort, count(*) AS leads FROM captured GROUP BY cohort
), months AS (
  SELECT cohort, leads, unnest(range(0, date_diff('month', cohort, (SELECT today FROM asked)))) AS months FROM sizes
)
SELECT
  strftime(months.cohort, '%Y-%m') AS cohort,
  months.months AS months,
  any_value(leads) AS leads,
  -- A win that is dated before its month of capture counts from the first month on.
  count(won_day) AS won,
  won / any_value(leads) AS share
FROM months LEFT JOIN (SELECT cohort, won_day FROM captured JOIN wins USING (lead)) AS bought
  ON bought.cohort = months.cohort AND won_day < months.cohort + to_months(months.months::INTEGER + 1)
GROUP BY months.cohort, months.months
ORDER BY 1, 2
