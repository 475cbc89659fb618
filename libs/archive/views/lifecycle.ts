import { documented, first, last, onePer, type View } from './counted-events';

const LEAD = 'lead; if it was merged, its survivor';

const tierChanges: View = {
  name: 'tier_changes',
  description: 'a change of tier decided by the engine',
  columns: documented({
    lead: LEAD,
    changed_at: 'when the tier changed',
    changed_day: 'day of the change, in the time zone of the tenant',
    before: 'previous tier: cold, warm or hot',
    after: 'new tier: cold, warm or hot',
    model: 'scoring model',
    version: 'version of the scoring model',
    score: 'points per axis, as JSON',
    uncapped: 'points per axis before the caps, as JSON',
    causes: 'rules and events that gave the points, as JSON: a list of {ruleId, eventId, points}',
    event_id: 'event',
  }),
  sql: `
    SELECT lead, occurred_at AS changed_at, day AS changed_day, before, after, model, version, data -> '$.score' AS score, coalesce(data -> '$.uncapped', data -> '$.score') AS uncapped, data -> '$.causes' AS causes, event_id
    FROM archive.counted WHERE type = 'LeadTierChanged'`,
};

/**
 * Facts with the handoff to which each belongs, by the rules of libs/handoff/standing.ts: the handoff that it names, by its own id or that
 * of its run; else the last one up to then, preferring those of the lead itself over those of a merged lead. Ids that Leadlog did not make
 * are ignored.
 * `facts`: lead, recorded_lead, fact, happened, named_handoff, named_run.
 */
const ofHandoffs = (facts: string, isInForce: string): string => `
      SELECT * EXCLUDE (by_handoff, by_run) FROM (
        SELECT facts.*, spans.handoff, spans.handed_at, spans.recorded_lead AS handed_lead, spans.run,
          coalesce(bool_or(spans.handoff = named_handoff) OVER one, false) AS by_handoff, coalesce(bool_or(spans.run = named_run) OVER one, false) AS by_run, ${isInForce} AS in_force
        FROM ${facts} AS facts JOIN spans ON spans.lead = facts.lead
        WINDOW one AS (PARTITION BY facts.lead, facts.fact)
      )
      WHERE CASE
        WHEN by_handoff OR named_handoff LIKE '_%.%' THEN handoff = named_handoff
        WHEN by_run THEN run = named_run
        WHEN named_run LIKE '_%.run-%' THEN false
        ELSE handed_at <= happened AND in_force END
      QUALIFY row_number() OVER (PARTITION BY lead, fact
        ORDER BY handed_at <= happened DESC, NOT by_run AND handed_lead = recorded_lead DESC, CASE WHEN handed_at <= happened THEN -epoch_us(handed_at) ELSE epoch_us(handed_at) END, handoff DESC) = 1`;

const handoffs: View = {
  name: 'handoffs',
  description: 'a handoff of a lead from marketing to sales, with its outcome',
  columns: documented({
    lead: LEAD,
    handoff: 'id of the handoff',
    run: 'run of the lead',
    account: 'company',
    handed_at: 'when it was handed off',
    handed_day: 'day of the handoff, in the time zone of the tenant',
    accept_by: 'deadline for accepting it',
    contact_by: 'deadline for the first contact',
    rep: 'representative who holds it: the one to whom it was assigned, or who took it over',
    team: 'team of that representative',
    method: 'how it was assigned',
    taken_over_from: 'representative to whom it was assigned, if another has taken it over since',
    status: 'handed-off, accepted, in-deal, won, lost, rejected, returned or disqualified',
    concluded_at: 'when it was decided, returned, disqualified or followed by the next handoff; null while it is open',
    accepted_at: 'when it was first accepted',
    rejected_at: 'when it was rejected',
    reason: 'reason for the rejection',
    returned_at: 'when the lead was returned to marketing',
    disqualified_at: 'when the lead was disqualified',
    first_contact_at: 'start of the first call or meeting after the handoff and before the next handoff',
    accept_breached_at: 'deadline for accepting it, if it was missed',
    contact_breached_at: 'deadline for the first contact, if it was missed',
    deal: 'first deal that came of it',
    led_to_deal: 'whether a deal was opened from it with this lead',
    business: 'existing if the lead, or somebody of its company, had bought before; else new',
    event_id: 'event that recorded the handoff',
  }),
  sql: `
    WITH handed AS (
      SELECT lead, recorded_lead, handoff, run, account, occurred_at AS handed_at, day AS handed_day, accept_by, contact_by, json_extract_string(data, '$.business') AS told_business, event_id
      FROM archive.counted WHERE type = 'LeadHandedOff'
      ${onePer('first', 'lead, handoff')}
    ), spans AS (
      SELECT *, lead(handed_at) OVER (PARTITION BY handed.lead, recorded_lead ORDER BY handed_at, handoff) AS next_at FROM handed
    ), answers AS (
      SELECT lead, handoff,
        ${last("{rep: rep, team: json_extract_string(data, '$.teamId'), method: method, happened: occurred_at}", "type = 'LeadAssigned'")} AS assigned,
        ${last("{rep: rep, team: coalesce(json_extract_string(data, '$.teamId'), team), happened: occurred_at}", "type = 'HandoffAccepted'")} AS taken,
        min(occurred_at) FILTER (type = 'HandoffAccepted') AS accepted_at, min(occurred_at) FILTER (type = 'HandoffRejected') AS rejected_at,
        ${first('reason', "type = 'HandoffRejected'")} AS reason,
        min(due_at) FILTER (type = 'HandoffSlaBreached' AND step = 'accept') AS accept_breached_at,
        min(due_at) FILTER (type = 'HandoffSlaBreached' AND step = 'contact') AS contact_breached_at
      FROM archive.counted WHERE type IN ('LeadAssigned', 'HandoffAccepted', 'HandoffRejected', 'HandoffSlaBreached') AND handoff IS NOT NULL
      GROUP BY lead, handoff
    ), returned AS (
      SELECT lead, recorded_lead, event_id AS fact, occurred_at AS happened, handoff AS named_handoff, run AS named_run FROM archive.counted WHERE type = 'LeadReturned'
    ), given_up AS (
      SELECT lead, recorded_lead, occurred_at AS happened FROM archive.counted WHERE type = 'LeadDisqualified'
    ), endings AS (
      SELECT lead, handoff, 'rejected' AS how, greatest(rejected_at, handed_at) AS happened FROM answers JOIN spans USING (lead, handoff) WHERE rejected_at IS NOT NULL
      UNION ALL SELECT lead, handoff, 'returned', greatest(happened, handed_at) FROM (${ofHandoffs('returned', 'true')})
      -- The lead of the handoff was disqualified; or, after the handoff, the surviving lead was.
      UNION ALL SELECT spans.lead, handoff, 'disqualified', greatest(happened, handed_at) FROM given_up JOIN spans ON spans.lead = given_up.lead
        AND (given_up.recorded_lead = spans.recorded_lead OR (given_up.recorded_lead = spans.lead AND happened >= handed_at))
    ), ended AS (
      SELECT lead, handoff, min(happened) AS answered_at, arg_min(how, (happened, how)) AS answer, min(happened) FILTER (how = 'returned') AS returned_at, min(happened) FILTER (how = 'disqualified') AS disqualified_at
      FROM endings GROUP BY lead, handoff
    ), opened AS (
      SELECT lead, recorded_lead, deal, occurred_at FROM archive.counted WHERE type = 'DealOpened'
      ${onePer('first', 'lead, deal')}
    ), namings AS (
      SELECT lead, deal, handoff AS named_handoff, run AS named_run FROM archive.counted WHERE type = 'DealOpened' AND (handoff IS NOT NULL OR run IS NOT NULL)
      ${onePer('last', 'lead, deal')}
    ), outcomes AS (
      SELECT lead, recorded_lead, deal, occurred_at, type = 'DealWon' AS won FROM archive.counted WHERE type IN ('DealWon', 'DealLost')
      ${onePer('last', 'deal')}
    ), begun AS (
      SELECT lead, recorded_lead, deal AS fact, occurred_at AS happened, named_handoff, named_run, true AS was_opened FROM opened LEFT JOIN namings USING (lead, deal)
      UNION ALL SELECT lead, recorded_lead, deal, occurred_at, NULL, NULL, false FROM outcomes ANTI JOIN opened USING (deal)
    ), dealt AS (
      SELECT own.lead, own.handoff, min(greatest(happened, handed_at)) AS begun_at, arg_min(fact, (happened, fact)) AS deal, bool_or(was_opened) AS led_to_deal,
        min(greatest(occurred_at, handed_at)) FILTER (won) AS won_at, max(greatest(occurred_at, handed_at)) FILTER (NOT won) AS lost_at, count(*) FILTER (won IS NULL) > 0 AS is_open
      FROM (${ofHandoffs('begun', 'coalesce((SELECT answered_at FROM ended WHERE ended.lead = spans.lead AND ended.handoff = spans.handoff) > happened, true) AND (next_at IS NULL OR next_at > happened)')}) AS own
        LEFT JOIN outcomes ON outcomes.deal = own.fact
      GROUP BY own.lead, own.handoff
    ), contacts AS (
      SELECT lead, coalesce(started_at, occurred_at) AS happened FROM archive.counted WHERE type = 'CallCompleted'
      ${onePer('last', 'lead, call')}
      UNION ALL
      SELECT lead, coalesce(started_at, occurred_at) FROM archive.counted WHERE type = 'MeetingHeld'
      ${onePer('last', 'lead, meeting')}
    ), contacted AS (
      SELECT spans.lead, handoff, min(happened) AS first_contact_at
      FROM spans JOIN contacts ON contacts.lead = spans.lead AND happened >= handed_at AND (next_at IS NULL OR happened < next_at)
      GROUP BY spans.lead, handoff
    ), standing AS (
      SELECT *, taken IS NOT NULL AND NOT coalesce(assigned.happened > greatest(taken.happened, handed_at), false) AS is_taken,
        CASE
          WHEN won_at IS NOT NULL THEN 'won'
          WHEN answered_at IS NOT NULL AND (is_open OR lost_at IS NULL OR answered_at <= lost_at) THEN answer
          WHEN is_open THEN 'in-deal'
          WHEN lost_at IS NOT NULL THEN 'lost'
          WHEN accepted_at IS NOT NULL THEN 'accepted'
          ELSE 'handed-off' END AS status
      FROM spans LEFT JOIN answers USING (lead, handoff) LEFT JOIN ended USING (lead, handoff) LEFT JOIN dealt USING (lead, handoff) LEFT JOIN contacted USING (lead, handoff)
    )
    SELECT lead, handoff, run, account, handed_at, handed_day, accept_by, contact_by,
      CASE WHEN is_taken THEN taken.rep ELSE assigned.rep END AS rep,
      -- A representative who accepts stays in the assigned team; if a colleague takes over, only the event can tell the team.
      CASE WHEN is_taken THEN coalesce(taken.team, CASE WHEN taken.rep = assigned.rep THEN assigned.team END) ELSE assigned.team END AS team, assigned.method AS method,
      CASE WHEN is_taken AND taken.rep <> assigned.rep THEN assigned.rep END AS taken_over_from,
      status, CASE status WHEN 'won' THEN won_at WHEN 'lost' THEN lost_at WHEN 'in-deal' THEN NULL WHEN 'accepted' THEN next_at WHEN 'handed-off' THEN next_at ELSE answered_at END AS concluded_at,
      accepted_at, rejected_at, reason, returned_at, disqualified_at, first_contact_at, accept_breached_at, contact_breached_at, deal, coalesce(led_to_deal, false) AS led_to_deal,
      CASE WHEN told_business = 'existing' OR handed_at > (SELECT min(outcomes.occurred_at) FROM begun JOIN outcomes ON outcomes.deal = begun.fact WHERE won AND begun.lead = standing.lead) THEN 'existing' ELSE 'new' END AS business,
      event_id
    FROM standing`,
};

const assignments: View = {
  name: 'assignments',
  description: 'who got a handoff: with the handoff itself, and each time it was given to somebody else',
  columns: documented({
    lead: LEAD,
    handoff: 'id of the handoff',
    turn: '1 for who got it with the handoff, 2 for the next, and so on',
    assigned_at: 'when it was given',
    assigned_day: 'day on which it was given, in the time zone of the tenant',
    rep: 'representative who got it',
    team: 'team of that representative',
    method: 'previousRep, accountOwner, weighted or manual; roundRobin in old history',
    reason: 'empty if a person gave it to somebody else and said why: what somebody said is personal; else null',
    event_id: 'event',
  }),
  sql: `
    SELECT lead, handoff, row_number() OVER (PARTITION BY lead, handoff ORDER BY occurred_at, position) AS turn, occurred_at AS assigned_at, day AS assigned_day,
      rep, json_extract_string(data, '$.teamId') AS team, method, reason, event_id
    FROM archive.counted WHERE type = 'LeadAssigned' AND handoff IS NOT NULL`,
};

const returns: View = {
  name: 'returns',
  description: 'the end of a run without a deal: the lead was returned to marketing or disqualified',
  columns: documented({
    lead: LEAD,
    ended_at: 'when the run ended',
    ended_day: 'day of the end, in the time zone of the tenant',
    how: 'returned or disqualified',
    run: 'run that ended',
    reason: 'always empty: what somebody said is personal',
    event_id: 'event',
  }),
  sql: `
    SELECT lead, occurred_at AS ended_at, day AS ended_day, CASE type WHEN 'LeadReturned' THEN 'returned' ELSE 'disqualified' END AS how, run, reason, event_id
    FROM archive.counted WHERE type IN ('LeadReturned', 'LeadDisqualified')`,
};

const targets: View = {
  name: 'targets',
  description: 'a target for a KPI; if it was set several times, the event recorded last holds',
  columns: documented({
    scope: 'rep, team or joint',
    scope_id: 'the representative or team',
    kpi: 'KPI',
    period: 'month (2026-06), quarter (2026-Q2), or fiscal year by the year in which it begins (2026)',
    value: 'value to reach',
    currency: 'currency code (ISO 4217) if the KPI is money',
    from_day: 'first day of the period',
    to_day: 'the day after the period',
    set_at: 'when the target was set',
  }),
  sql: `
    SELECT data ->> '$.scope' AS scope, data ->> '$.scopeId' AS scope_id, data ->> '$.kpi' AS kpi, data ->> '$.period' AS period, (data ->> '$.value')::DOUBLE AS value, data ->> '$.currency' AS currency,
      period_from(period) AS from_day, period_to(period) AS to_day, occurred_at AS set_at
    FROM archive.counted WHERE type = 'KpiTargetSet'
    QUALIFY row_number() OVER (PARTITION BY scope, scope_id, kpi, period, currency ORDER BY position DESC) = 1`,
};

export const LIFECYCLE_VIEWS: readonly View[] = [tierChanges, handoffs, assignments, returns, targets];
