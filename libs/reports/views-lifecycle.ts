import { documented, first, last, onePer, type View } from './views-counted';

const LEAD = 'lead, as its survivor where it was merged';

const tierChanges: View = {
  name: 'tier_changes',
  says: 'a decision of the engine that a lead is of another tier now',
  columns: documented({
    lead: LEAD, changed_at: 'when', changed_day: 'day of that, where the tenant is', before: 'cold, warm or hot', after: 'cold, warm or hot',
    model: 'scoring model', version: 'its version', score: 'points of each axis, as JSON',
    causes: 'rules and events that made the points, as JSON: a list of {ruleId, eventId, points}', event_id: 'event',
  }),
  sql: `
    SELECT lead, occurred_at AS changed_at, day AS changed_day, before, after, model, version, data -> '$.score' AS score, data -> '$.causes' AS causes, event_id
    FROM archive.counted WHERE type = 'LeadTierChanged'`,
};

const handoffs: View = {
  name: 'handoffs',
  says: 'a lead that marketing gave to sales, and what became of it',
  columns: documented({
    lead: LEAD, handoff: 'id of the handoff', run: 'run of the lead', account: 'company',
    handed_at: 'when it was handed off', handed_day: 'day of that, where the tenant is', accept_by: 'deadline to accept it', contact_by: 'deadline of the first contact',
    rep: 'representative it is assigned to', team: 'team of that representative', method: 'how that was decided',
    accepted_at: 'when it was accepted', rejected_at: 'when it was rejected', reason: 'why it was rejected',
    returned_at: 'when the lead was given back to marketing', disqualified_at: 'when the lead was given up',
    first_contact_at: 'start of the first call or meeting from the handoff on, before the next one', accept_breached_at: 'when the deadline to accept it had passed',
    contact_breached_at: 'when the deadline of the first contact had passed', deal: 'first deal opened from it', event_id: 'event of the handoff',
  }),
  sql: `
    WITH handed AS (
      SELECT lead, handoff, run, account, occurred_at AS handed_at, day AS handed_day, accept_by, contact_by, event_id, position
      FROM archive.counted WHERE type = 'LeadHandedOff'
      ${onePer('first', 'lead, handoff')}
    ), spans AS (
      SELECT *, lead(handed_at) OVER (PARTITION BY handed.lead ORDER BY handed_at, position) AS next_at FROM handed
    ), answers AS (
      SELECT lead, handoff,
        ${last("{rep: rep, team: json_extract_string(data, '$.teamId'), method: method}", "type = 'LeadAssigned'")} AS assigned,
        min(occurred_at) FILTER (type = 'HandoffAccepted') AS accepted_at, min(occurred_at) FILTER (type = 'HandoffRejected') AS rejected_at,
        ${first('reason', "type = 'HandoffRejected'")} AS reason,
        min(due_at) FILTER (type = 'HandoffSlaBreached' AND step = 'accept') AS accept_breached_at,
        min(due_at) FILTER (type = 'HandoffSlaBreached' AND step = 'contact') AS contact_breached_at,
        ${first('deal', "type = 'DealOpened'")} AS deal
      FROM archive.counted WHERE type IN ('LeadAssigned', 'HandoffAccepted', 'HandoffRejected', 'HandoffSlaBreached', 'DealOpened') AND handoff IS NOT NULL
      GROUP BY lead, handoff
    ), afterwards AS (
      SELECT spans.lead, spans.handoff,
        min(coalesce(happened.started_at, happened.occurred_at)) FILTER (happened.type IN ('CallCompleted', 'MeetingHeld')) AS first_contact_at,
        min(happened.occurred_at) FILTER (happened.type = 'LeadReturned') AS returned_at,
        min(happened.occurred_at) FILTER (happened.type = 'LeadDisqualified') AS disqualified_at
      FROM spans JOIN archive.counted AS happened ON happened.lead = spans.lead AND happened.type IN ('CallCompleted', 'MeetingHeld', 'LeadReturned', 'LeadDisqualified')
        AND coalesce(happened.started_at, happened.occurred_at) >= handed_at AND (next_at IS NULL OR coalesce(happened.started_at, happened.occurred_at) < next_at)
      GROUP BY spans.lead, spans.handoff
    )
    SELECT lead, handoff, run, account, handed_at, handed_day, accept_by, contact_by, assigned.rep AS rep, assigned.team AS team, assigned.method AS method,
      accepted_at, rejected_at, reason, returned_at, disqualified_at, first_contact_at, accept_breached_at, contact_breached_at, deal, event_id
    FROM spans LEFT JOIN answers USING (lead, handoff) LEFT JOIN afterwards USING (lead, handoff)`,
};

const returns: View = {
  name: 'returns',
  says: 'the end of a run without a deal: a lead that sales gave back to marketing, or that was given up',
  columns: documented({ lead: LEAD, ended_at: 'when', ended_day: 'day of that, where the tenant is', how: 'returned or disqualified', run: 'run that ended', reason: 'why', event_id: 'event' }),
  sql: `
    SELECT lead, occurred_at AS ended_at, day AS ended_day, CASE type WHEN 'LeadReturned' THEN 'returned' ELSE 'disqualified' END AS how, run, reason, event_id
    FROM archive.counted WHERE type IN ('LeadReturned', 'LeadDisqualified')`,
};

const targets: View = {
  name: 'targets',
  says: 'a target of a KPI, as set last',
  columns: documented({ scope: 'rep, team or joint', scope_id: 'the representative or team', kpi: 'KPI', period: 'such as 2026-06 or 2026-Q2', value: 'the number to reach', set_at: 'when it was set' }),
  sql: `
    SELECT data ->> '$.scope' AS scope, data ->> '$.scopeId' AS scope_id, data ->> '$.kpi' AS kpi, data ->> '$.period' AS period, (data ->> '$.value')::DOUBLE AS value, occurred_at AS set_at
    FROM archive.counted WHERE type = 'KpiTargetSet'
    ${onePer('last', 'scope, scope_id, kpi, period')}`,
};

export const LIFECYCLE_VIEWS: readonly View[] = [tierChanges, handoffs, returns, targets];
