---
title: When to call
description: >-
  Chance that a call is answered, and that it wins an appointment, by weekday and hour. Few calls say little, so each slot is drawn towards the mean of
  all its calls (Beta-Binomial; the mean counts as much as `prior` calls). Slots with less than 30 calls are not sure.
parameters:
  - { name: from, type: date, default: null, description: first day; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
  - { name: team, type: text, default: null, description: calls of this team only }
  - { name: prior, type: number, default: 20, description: calls that the mean counts as much as }
chart: { type: heatmap, x: hour, y: weekday, series: answer_chance }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), dialled AS (
  -- With a wrong number nobody could have answered.
  SELECT weekday, hour, answered, (lead, call) IN (SELECT (lead, call) FROM appointment_calls) AS appointed
  FROM calls, asked
  WHERE started_day >= from_day AND started_day < to_day AND outcome <> 'wrongNumber' AND ($team::VARCHAR IS NULL OR team = $team::VARCHAR)
), means AS (
  SELECT count(*) FILTER (answered) / count(*) AS answer_mean, count(*) FILTER (appointed) / count(*) AS appointment_mean FROM dialled
)
SELECT
  weekday,
  hour,
  count(*) AS calls,
  calls >= 30 AS sure,
  (count(*) FILTER (answered) + $prior::DOUBLE * any_value(answer_mean)) / (calls + $prior::DOUBLE) AS answer_chance,
  (count(*) FILTER (appointed) + $prior::DOUBLE * any_value(appointment_mean)) / (calls + $prior::DOUBLE) AS appointment_chance
FROM dialled, means
GROUP BY weekday, hour
ORDER BY weekday, hour
