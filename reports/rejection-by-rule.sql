---
title: Rejections by scoring rule
description: >-
  Of the leads that became hot under a rule and were handed off, the share that sales rejected, and why most often. A rule that is far above the others
  finds the wrong people.
parameters:
  - { name: from, type: date, default: null, description: first day of handoff; a year before the last where it is left out }
  - { name: to, type: date, default: null, description: the day after the last; tomorrow where it is left out }
chart: { type: bar, x: rule, y: rejected_share }
---
WITH asked AS (
  SELECT coalesce($to::DATE, local_day(now_known()) + 1) AS to_day, coalesce($from::DATE, (to_day - INTERVAL 1 YEAR)::DATE) AS from_day
), handed AS (
  SELECT lead, handoff, handed_at, rejected_at IS NOT NULL AS was_rejected, reason FROM handoffs, asked WHERE handed_day >= from_day AND handed_day < to_day
), grounds AS (
  -- The last change to hot before the handoff is why it was handed off.
  SELECT handoff, was_rejected, reason, causes
  FROM handed ASOF JOIN (SELECT lead, changed_at, causes FROM tier_changes WHERE after = 'hot') AS hot ON hot.lead = handed.lead AND hot.changed_at <= handed.handed_at
), rules AS (
  SELECT DISTINCT handoff, was_rejected, reason, unnest(from_json(causes, '[{"ruleId":"VARCHAR"}]')).ruleId AS rule FROM grounds
)
SELECT rule, count(*) AS handoffs, count(*) FILTER (was_rejected) AS rejected, rejected / handoffs AS rejected_share, mode(reason) FILTER (was_rejected) AS commonest_reason
FROM rules
GROUP BY rule
ORDER BY rejected_share DESC, handoffs DESC, rule
