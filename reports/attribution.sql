---
title: What wins are owed to
description: >-
  The wins of a span of days, shared out among what the customer did in the days before: all to the first act, all to the last, equal parts, or more the
  closer to the win. Each column adds up to the number of wins.
parameters:
  - { name: from, type: date, default: null, description: first day of the win; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
  - { name: days, type: integer, default: 180, description: days before a win in which an act counts }
  - { name: half_life, type: number, default: 14, description: days before the win at which an act counts half of one at the win }
chart: { type: bar, x: act, y: [first_act, last_act, equal_parts, closer_is_more] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), wins AS (
  SELECT deal, lead, epoch_ms(closed_at) AS won_ms, closed_day AS won_day FROM deals, asked WHERE status = 'won' AND closed_day >= from_day AND closed_day < to_day
), acts AS (
  SELECT lead, epoch_ms(occurred_at) AS act_ms, day AS act_day, event_id,
    CASE type
      WHEN 'LeadCaptured' THEN 'came by ' || channel WHEN 'WebPageViewed' THEN 'page: ' || category WHEN 'ContentDownloaded' THEN 'download: ' || kind
      WHEN 'InquiryReceived' THEN 'inquiry: ' || kind WHEN 'EmailLinkClicked' THEN 'click in a mail' WHEN 'WebinarAttended' THEN 'webinar' ELSE 'survey'
    END AS act
  FROM touchpoints
  WHERE type IN ('LeadCaptured', 'WebPageViewed', 'ContentDownloaded', 'InquiryReceived', 'EmailLinkClicked', 'WebinarAttended', 'SurveyAnswered')
), before AS (
  SELECT deal, coalesce(act, '(nothing known)') AS act,
    row_number() OVER (PARTITION BY deal ORDER BY act_ms, event_id) AS place, count(*) OVER (PARTITION BY deal) AS acts,
    -- What is not known counts as one act at the win.
    pow(0.5, coalesce(won_ms - act_ms, 0) / 86400000 / $half_life::DOUBLE) AS weight
  FROM wins LEFT JOIN acts ON acts.lead = wins.lead AND act_ms <= won_ms AND act_day >= won_day - $days::INTEGER
), shares AS (
  SELECT *, weight / sum(weight) OVER (PARTITION BY deal) AS part FROM before
)
SELECT
  act,
  count(DISTINCT deal) AS wins_with_it,
  count(*) FILTER (place = 1) AS first_act,
  count(*) FILTER (place = acts) AS last_act,
  sum(1 / acts) AS equal_parts,
  sum(part) AS closer_is_more
FROM shares
GROUP BY act
ORDER BY closer_is_more DESC, act
