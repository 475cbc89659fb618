---
title: What mailings did
description: >-
  Of the mails of a mailing that were delivered, the share that a human opened (the raw share, machines too, beside it), clicked in, and after which its
  reader wanted no more.
parameters:
  - { name: from, type: date, default: null, description: first day of delivery; 90 days before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: line, x: day, y: [open_rate, click_rate] }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, to_day - 90) AS from_day
)
SELECT
  min(delivered_day) AS day,
  mailing,
  count(*) AS delivered,
  count(opened_at) AS opened,
  opened / delivered AS open_rate,
  count(*) FILTER (opens > 0) / delivered AS raw_open_rate,
  count(clicked_at) / delivered AS click_rate,
  count(unsubscribed_at) AS unsubscribed
FROM mails, asked
WHERE delivered_day >= from_day AND delivered_day < to_day
GROUP BY mailing
ORDER BY day, mailing
