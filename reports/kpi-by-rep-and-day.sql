---
title: KPIs by representative and day
description: What each representative did on each day. A meeting of several is one for each of them.
parameters:
  - { name: from, type: date, default: null, description: first day; 30 days before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
  - { name: rep, type: text, default: null, description: this representative only }
chart: { type: line, x: day, y: calls, series: rep }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, to_day - 30) AS from_day
), done AS (
  SELECT started_day AS day, rep, 'call' AS what, answered AS good FROM calls
  UNION ALL SELECT started_day, rep, 'dial', true FROM calls WHERE outcome <> 'wrongNumber'
  UNION ALL SELECT booked_day, rep, 'appointment', status <> 'cancelled' FROM appointments
  UNION ALL SELECT started_day, unnest(reps), 'visit', mode = 'onsite' FROM meetings
  UNION ALL SELECT submitted_day, rep, 'quote', true FROM quotes WHERE is_first
  UNION ALL SELECT closed_day, closed_rep, 'outcome', status = 'won' FROM deals WHERE closed_at IS NOT NULL
)
SELECT
  day,
  rep,
  count(*) FILTER (what = 'call') AS calls,
  count(*) FILTER (what = 'call' AND good) AS answered,
  count(*) FILTER (what = 'call' AND good) / nullif(count(*) FILTER (what = 'dial'), 0) AS answer_rate,
  count(*) FILTER (what = 'appointment') AS appointments,
  count(*) FILTER (what = 'visit') AS visits,
  count(*) FILTER (what = 'quote') AS quotes,
  count(*) FILTER (what = 'outcome' AND good) AS won,
  count(*) FILTER (what = 'outcome' AND NOT good) AS lost
FROM done, asked
WHERE day >= from_day AND day < to_day AND rep IS NOT NULL AND ($rep::VARCHAR IS NULL OR rep = $rep::VARCHAR)
GROUP BY day, rep
ORDER BY day, rep
