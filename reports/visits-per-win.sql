---
title: Visits per win of the best
description: >-
  Meetings that a won deal took, for the best quarter of representatives (by the amount they won in the year before, of those with enough wins) and for the
  others.
parameters:
  - { name: to, type: date, default: null, description: the day after the year; tomorrow where it is left out }
  - { name: currency, type: text, default: JPY, description: currency in which amounts are compared }
  - { name: wins, type: integer, default: 5, description: wins that it takes to be among the best }
chart: { type: bar, x: who, y: visits_per_win }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, (to_day - INTERVAL 1 YEAR)::DATE AS from_day
), wins AS (
  SELECT deal, closed_rep AS rep, CASE WHEN currency = $currency::VARCHAR THEN amount_minor ELSE 0 END AS won_minor
  FROM deals, asked
  WHERE status = 'won' AND closed_day >= from_day AND closed_day < to_day
), visits AS (
  SELECT deal, count(DISTINCT meeting) AS visits FROM subjects WHERE meeting IS NOT NULL GROUP BY deal
), by_rep AS (
  SELECT coalesce(rep, '(nobody)') AS rep, count(*) AS wins, sum(won_minor)::BIGINT AS won_minor, coalesce(sum(visits), 0)::BIGINT AS visits
  FROM wins LEFT JOIN visits USING (deal)
  GROUP BY ALL
), ranked AS (
  SELECT *, wins >= $wins::INTEGER AS enough, row_number() OVER (PARTITION BY wins >= $wins::INTEGER ORDER BY won_minor DESC, rep) AS place,
    count(*) OVER (PARTITION BY wins >= $wins::INTEGER) AS others
  FROM by_rep
)
SELECT
  CASE WHEN enough AND place <= ceil(others / 4) THEN 'best quarter' ELSE 'others' END AS who,
  count(*) AS reps,
  sum(wins)::BIGINT AS won_deals,
  sum(visits)::BIGINT AS visits,
  sum(visits) / sum(wins) AS visits_per_win
FROM ranked
GROUP BY ALL
ORDER BY who
