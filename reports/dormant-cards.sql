---
title: Dormant business cards
description: >-
  Cards that were exchanged long enough ago and of which nothing came, by representative. No act of the customer and no call or meeting in that time,
  never named with a deal, and not handed to marketing.
parameters:
  - { name: at, type: date, default: null, description: the day of looking; today where it is left out }
  - { name: days, type: integer, default: 90, description: days that are long enough }
chart: { type: bar, x: rep, y: [dormant, cards] }
---
WITH asked AS (
  SELECT coalesce($at::DATE, local_day(now_known())) AS at_day, at_day - $days::INTEGER AS before_day
), known AS (
  -- What came later was not known on that day.
  SELECT lead, day, initiator, type, deal FROM touchpoints, asked WHERE day <= at_day
), active AS (
  SELECT DISTINCT lead FROM known, asked WHERE day >= before_day AND (initiator = 'customer' OR type IN ('CallCompleted', 'MeetingHeld'))
), old AS (
  SELECT rep, card, lead NOT IN (SELECT lead FROM active) AND lead NOT IN (SELECT lead FROM known WHERE deal IS NOT NULL)
    AND (handed_at IS NULL OR local_day(handed_at) > at_day) AS is_dormant
  FROM cards, asked
  WHERE exchanged_day < before_day
)
SELECT coalesce(rep, '(nobody)') AS rep, count(*) AS cards, count(*) FILTER (is_dormant) AS dormant, dormant / cards AS share
FROM old
GROUP BY ALL
ORDER BY dormant DESC, rep
