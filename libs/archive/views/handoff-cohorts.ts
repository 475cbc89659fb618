import { internal, type View } from './counted-events';

/** Days after a return within which a new handoff counts as its yield. */
const RETURN_YIELD = 365;

const ATTRIBUTES = 'origin, campaign, region, industry';
const OF_LEAD = 'LEFT JOIN archive.lead_attributes AS attributes USING (lead)';

const hots = internal(
  'hots',
  'a change of a lead to hot, by the main model',
  `SELECT lead, position, occurred_at AS hot_at, day AS hot_day, lead(occurred_at) OVER (PARTITION BY lead ORDER BY epoch_ms(occurred_at), position) AS next_at
  FROM archive.counted WHERE type = 'LeadTierChanged' AND after = 'hot' AND before <> 'hot' AND json_extract(data, '$.aside') IS NULL`,
);

const capturedCohort = internal(
  'captured_cohort',
  'a captured lead, and the day on which it first became hot, if it did',
  'SELECT captured.*, hot_day FROM archive.captured_leads AS captured LEFT JOIN (SELECT lead, min(hot_day) AS hot_day FROM archive.hots GROUP BY lead) AS hots USING (lead)',
);

const hotCohort = internal(
  'hot_cohort',
  'a change to hot, and whether a handoff between it and the next one was accepted',
  `SELECT lead, hots.position, hot_day, ${ATTRIBUTES},
    coalesce(bool_or(accepted_at IS NOT NULL AND epoch_ms(handed_at) >= epoch_ms(hot_at) AND (next_at IS NULL OR epoch_ms(handed_at) < epoch_ms(next_at))), false) AS was_accepted
  FROM archive.hots AS hots LEFT JOIN handoffs USING (lead) ${OF_LEAD}
  GROUP BY lead, hots.position, hot_day, ${ATTRIBUTES}`,
);

const handoffCohort = internal(
  'handoff_cohort',
  'a handoff, what its lead is split by, when its last deadline is, when sales answered it and how long the lead waited for the first contact',
  `SELECT lead, handoff, handed_day, rep, team, ${ATTRIBUTES}, reason, rejected_at IS NOT NULL AS was_rejected, local_day(accepted_at) AS accepted_day, led_to_deal,
    local_day(greatest(accept_by, contact_by)) AS due_day, accept_breached_at IS NULL AND contact_breached_at IS NULL AS was_kept,
    epoch_ms(first_contact_at) - epoch_ms(handed_at) AS waited_ms, local_day(least(accepted_at, rejected_at, returned_at, disqualified_at)) AS left_day
  FROM handoffs ${OF_LEAD}`,
);

/** `days`: after a return, within which a new handoff counts as its yield. */
export const returnCohort = (days = RETURN_YIELD): View =>
  internal(
    'return_cohort',
    'a return of a lead to marketing, whether the lead was handed off again in time, and whether it bought after that',
    `WITH wins AS (
    SELECT lead, max(closed_at) AS won_at FROM deals WHERE status = 'won' GROUP BY lead
  ), again AS (
    SELECT returned.event_id, min(handed_at) AS again_at FROM returns AS returned JOIN handoffs ON handoffs.lead = returned.lead
      AND epoch_ms(handed_at) > epoch_ms(ended_at) AND handed_day <= ended_day + ${days}
    WHERE how = 'returned' GROUP BY returned.event_id
  )
  SELECT returned.lead, event_id, ended_day, ${ATTRIBUTES}, again_at IS NOT NULL AS came_back, coalesce(epoch_ms(won_at) >= epoch_ms(again_at), false) AS bought
  FROM returns AS returned LEFT JOIN again USING (event_id) LEFT JOIN wins ON wins.lead = returned.lead LEFT JOIN archive.lead_attributes AS attributes ON attributes.lead = returned.lead
  WHERE how = 'returned'`,
  );

export const COHORT_VIEWS: readonly View[] = [hots, capturedCohort, hotCohort, handoffCohort, returnCohort()];
