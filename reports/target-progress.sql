---
title: Progress towards targets
description: >-
  Targets of the periods that have begun, with what was done so far and the pace: 1 is on time, of what should be done after so many of the period's working
  days (Monday to Friday, today included). A joint target counts everybody. Where the KPI is no number of things, nothing is said of what was done.
parameters:
  - { name: at, type: date, default: null, description: the day of looking; today where it is left out }
  - { name: days, type: integer, default: 92, description: days back in which a period may have ended }
chart: { type: bar, x: scope_id, y: pace, series: kpi }
---
WITH asked AS (
  SELECT coalesce($at::DATE, local_day(now_known())) AS at_day
), periods AS (
  SELECT scope, scope_id, kpi, period, value, from_day, to_day FROM targets WHERE currency IS NULL
), wanted AS (
  SELECT periods.*, least(to_day, at_day + 1) AS so_far,
    len(list_filter(range(from_day, to_day, INTERVAL 1 DAY), lambda one: isodow(one) < 6)) AS working_days,
    len(list_filter(range(from_day, so_far, INTERVAL 1 DAY), lambda one: isodow(one) < 6)) AS days_gone
  FROM periods, asked WHERE from_day <= at_day AND to_day > at_day - $days::INTEGER
), done AS (
  SELECT 'calls' AS kpi, started_day AS day, [rep] AS reps, team FROM calls
  UNION ALL SELECT 'appointments', booked_day, [rep], team FROM appointments
  UNION ALL SELECT 'appointments-net', booked_day, [rep], team FROM appointments WHERE status <> 'cancelled'
  UNION ALL SELECT 'first-meetings', started_day, reps, team FROM first_meetings
  UNION ALL SELECT 'visits', started_day, reps, team FROM meetings
  UNION ALL SELECT 'visits-' || mode, started_day, reps, team FROM meetings
  UNION ALL SELECT 'products-proposed', proposed_day, [rep], team FROM proposals
  UNION ALL SELECT CASE WHEN is_first THEN 'quotes' ELSE 'quote-revisions' END, submitted_day, [rep], team FROM quotes
  UNION ALL SELECT 'wins', closed_day, [closed_rep], closed_team FROM deals WHERE status = 'won'
), actual AS (
  SELECT wanted.scope, wanted.scope_id, wanted.kpi, wanted.period, count(*) AS actual
  FROM wanted JOIN done ON done.kpi = wanted.kpi AND day >= from_day AND day < so_far
    AND CASE scope WHEN 'rep' THEN list_contains(reps, scope_id) WHEN 'team' THEN team = scope_id ELSE true END
  GROUP BY ALL
)
SELECT
  period,
  scope,
  scope_id,
  kpi,
  value AS target,
  CASE WHEN kpi IN ('calls', 'appointments', 'appointments-net', 'first-meetings', 'visits', 'visits-onsite', 'visits-remote', 'products-proposed', 'quotes', 'quote-revisions', 'wins')
    THEN coalesce(actual, 0) END AS done,
  done / nullif(value, 0) AS share,
  days_gone / nullif(working_days, 0) AS time_gone,
  done / nullif(value * time_gone, 0) AS pace
FROM wanted LEFT JOIN actual USING (scope, scope_id, kpi, period)
ORDER BY from_day, period, scope, scope_id, kpi
