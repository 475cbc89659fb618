import { documented, internal, last, onePer, type View } from './counted-events';

const LEAD = 'lead; if it was merged, its survivor';
const RUN = 'number of the run that the lead was in at the time, from 0';

/**
 * If an event names no deal or run, it is found by time among the deals and ends of runs of that lead, which are few.
 * Moments are compared in milliseconds, the precision of the senders' clocks. Structs compare member by member.
 */
const talks = internal(
  'talks',
  'meetings, appointments and calls that covered something (held is null) with their subject (a deal, for all of its leads, or a run of a lead) and its outcome',
  `WITH booked AS MATERIALIZED (FROM archive.booked_appointments), told_deals AS MATERIALIZED (
    SELECT deal, epoch_ms(opened_at) AS from_ms, epoch_ms(closed_at) AS until_ms, status = 'lost' AS lost FROM deals
  ), told AS (
    SELECT lead, {from_ms: from_ms, deal: deal, until_ms: until_ms} AS deal, CASE WHEN until_ms IS NOT NULL THEN {at_ms: until_ms, lost: lost} END AS ended
    FROM archive.deals_of_leads JOIN told_deals USING (deal)
    UNION ALL SELECT lead, NULL, {at_ms: epoch_ms(ended_at), lost: true} FROM returns
  ), histories AS (
    SELECT lead, list(deal) FILTER (deal IS NOT NULL) AS deals, coalesce(list(ended) FILTER (ended IS NOT NULL), []) AS ends FROM told GROUP BY lead
  ), things AS (
    SELECT true AS held, lead, meeting, appointment, coalesce(meetings.deal, booked.deal) AS named, meetings.reps, meetings.team, meetings.mode,
      started_at AS began_at, started_day AS day, epoch_ms(started_at) AS at_ms, NULL AS scheduled_at, NULL AS status, covered, meetings.event_id, meetings.position
    FROM archive.held_meetings AS meetings LEFT JOIN booked USING (lead, appointment)
    UNION ALL
    SELECT false, lead, NULL, appointment, deal, [rep], team, mode, booked_at, booked_day, epoch_ms(booked_at), scheduled_at, status, NULL, event_id, position FROM booked
    UNION ALL
    SELECT NULL, lead, NULL, NULL, NULL, [rep], team, NULL, started_at, started_day, epoch_ms(started_at), NULL, NULL, covered, event_id, NULL FROM calls WHERE len(covered) > 0
  ), placed AS (
    SELECT things.*, ends, coalesce(len(list_filter(ends, lambda one: one.at_ms < at_ms)), 0) AS run,
      coalesce(
        named,
        list_max(list_filter(deals, lambda one: one.from_ms <= at_ms AND at_ms <= coalesce(one.until_ms, at_ms))).deal,
        list_min(list_filter(deals, lambda one: one.from_ms > at_ms AND len(list_filter(ends, lambda other: other.at_ms >= at_ms AND other.at_ms < one.from_ms)) = 0)).deal
      ) AS deal
    FROM things LEFT JOIN histories USING (lead)
  )
  SELECT placed.* EXCLUDE (named, at_ms, ends), CASE WHEN deal IS NULL THEN {deal: NULL, lead: lead, run: run} ELSE {deal: deal, lead: NULL, run: NULL} END AS subject,
    -- The end of a run is the first from then on, and a win goes before a loss.
    CASE WHEN deal IS NULL THEN list_min(list_filter(ends, lambda one: one.at_ms >= at_ms)) WHEN until_ms IS NOT NULL THEN {at_ms: until_ms, lost: lost} END AS fate
  FROM placed LEFT JOIN told_deals USING (deal)`,
);

const subjects: View = {
  name: 'subjects',
  description:
    'the subject of a meeting or an appointment: the deal that it names, else the deal open at the time (the one opened last, if several), else the next deal opened in the same run, else the run itself',
  columns: documented({
    lead: LEAD,
    meeting: 'meeting; null for an appointment',
    appointment: 'appointment; null for a meeting',
    deal: 'deal; null if the subject is the run',
    run: RUN,
  }),
  sql: 'SELECT lead, meeting, CASE WHEN NOT held THEN appointment END AS appointment, deal, run FROM archive.talks WHERE held IS NOT NULL',
};

const firstMeetings: View = {
  name: 'first_meetings',
  description: 'the first meeting of a deal, or of a run without one',
  columns: documented({
    lead: LEAD,
    deal: 'deal; null if the run had none',
    run: RUN,
    meeting: 'id of the meeting',
    reps: 'representatives at the meeting, without duplicates',
    team: 'team, as given by the event',
    mode: 'onsite or remote',
    started_at: 'start',
    started_day: 'day of the start, in the time zone of the tenant',
    second_at: 'start of the second meeting',
    ended_at: 'when the deal or the run ended',
    ended: 'won or lost; a run without a deal is lost if the lead was returned or disqualified',
  }),
  sql: `
    WITH once AS (
      -- Several leads of a deal may tell of the same meeting.
      FROM archive.talks WHERE held
      QUALIFY row_number() OVER (PARTITION BY subject, meeting ORDER BY epoch_ms(began_at), position) = 1
    )
    SELECT lead, deal, run, meeting, reps, team, mode, began_at AS started_at, day AS started_day, lead(began_at) OVER place AS second_at,
      make_timestamptz(fate.at_ms * 1000) AS ended_at, CASE WHEN fate.lost THEN 'lost' WHEN NOT fate.lost THEN 'won' END AS ended
    FROM once
    WINDOW place AS (PARTITION BY subject ORDER BY epoch_ms(began_at), meeting)
    QUALIFY row_number() OVER place = 1`,
};

const coveredItems = internal(
  'covered_items',
  'an item of the flow of the sales process that calls and meetings about a subject have covered, with its first meeting',
  `
    WITH told AS (SELECT DISTINCT subject, unnest(covered) AS item FROM archive.talks WHERE held IS DISTINCT FROM false)
    SELECT first_meetings.*, item FROM first_meetings JOIN told
      ON told.subject = CASE WHEN first_meetings.deal IS NULL THEN {deal: NULL, lead: first_meetings.lead, run: first_meetings.run} ELSE {deal: first_meetings.deal, lead: NULL, run: NULL} END`,
);

const firstAppointments: View = {
  name: 'first_appointments',
  description: 'the first appointment of a deal, or of a run without one',
  columns: documented({
    lead: LEAD,
    deal: 'deal; null if the run had none',
    run: RUN,
    appointment: 'id of the appointment',
    rep: 'representative credited',
    team: 'team, as given by the event',
    mode: 'onsite or remote',
    booked_at: 'when it was first booked',
    booked_day: 'day of the first booking, in the time zone of the tenant',
    scheduled_at: 'agreed time, as last changed',
    status: 'booked, rescheduled, cancelled or noShow',
    held_at: 'start of the first meeting that names it, or that names no appointment but has the same subject and comes after the booking',
  }),
  sql: `
    WITH things AS MATERIALIZED (FROM archive.talks), firsts AS (
      FROM things WHERE NOT held
      QUALIFY row_number() OVER (PARTITION BY subject ORDER BY began_at, position) = 1
    ), kept AS (
      SELECT firsts.event_id, meetings.began_at FROM firsts JOIN things AS meetings ON meetings.held AND meetings.appointment = firsts.appointment
        AND (meetings.lead = firsts.lead OR meetings.deal = firsts.deal)
      UNION ALL
      SELECT firsts.event_id, meetings.began_at FROM firsts JOIN things AS meetings ON meetings.held AND meetings.appointment IS NULL AND meetings.subject = firsts.subject
        AND epoch_ms(meetings.began_at) >= epoch_ms(firsts.began_at)
    )
    SELECT lead, deal, run, appointment, reps[1] AS rep, team, mode, began_at AS booked_at, day AS booked_day, scheduled_at, status, held_at
    FROM firsts LEFT JOIN (SELECT event_id, min(began_at) AS held_at FROM kept GROUP BY event_id) AS kept USING (event_id)`,
};

/** `hours`: before a booking that names no call. */
export const appointmentCalls = (hours = 24): View => ({
  name: 'appointment_calls',
  description:
    'the call in which an appointment was won: the call named by the booking, else the last call of the same representative to that lead in the 24 hours before the booking',
  columns: documented({ lead: LEAD, appointment: 'id of the appointment', call: 'id of the call' }),
  sql: `
    WITH booked AS MATERIALIZED (FROM appointments)
    SELECT lead, appointment, source_call AS call FROM booked WHERE source_call IS NOT NULL
    UNION ALL
    SELECT booked.lead, booked.appointment, arg_max(calls.call, (epoch_ms(calls.started_at), calls.call))
    FROM booked JOIN calls ON calls.lead = booked.lead AND calls.rep = booked.rep
      AND epoch_ms(calls.started_at) BETWEEN epoch_ms(booked_at) - ${hours * 3_600_000} AND epoch_ms(booked_at)
    WHERE source_call IS NULL
    GROUP BY booked.lead, booked.appointment`,
});

const appointedCalls = internal(
  'appointed_calls',
  'calls in which an appointment was won',
  'SELECT * FROM calls SEMI JOIN appointment_calls USING (lead, call)',
);

const INDUSTRY = "coalesce(json_extract_string(data, '$.profile.industry'), json_extract_string(data, '$.changes.industry'))";

const leadAttributes = internal(
  'lead_attributes',
  'what KPIs split leads by: said at the first capture, but for the industry, which is the one set last',
  `WITH industries AS (
    SELECT lead, ${last(INDUSTRY)} AS industry FROM archive.counted WHERE type IN ('LeadCaptured', 'ProfileUpdated') GROUP BY lead
  ), captures AS (
    SELECT lead, day AS captured_day, origin, campaign, json_extract_string(data, '$.region') AS region FROM archive.counted WHERE type = 'LeadCaptured' ${onePer('first', 'lead')}
  )
  SELECT lead, captured_day, origin, campaign, region, industry FROM captures FULL JOIN industries USING (lead)`,
);

const capturedLeads = internal(
  'captured_leads',
  'a captured lead, and whether it ever bought',
  "SELECT *, lead IN (SELECT lead FROM deals WHERE status = 'won') AS won FROM archive.lead_attributes WHERE captured_day IS NOT NULL",
);

const wonVisits = internal(
  'won_visits',
  'a deal that was won, and how many meetings it took; none that took none',
  `SELECT deals.*, visits FROM deals JOIN (SELECT deal, count(DISTINCT meeting) AS visits FROM subjects WHERE meeting IS NOT NULL GROUP BY deal) AS counted_visits USING (deal)
  WHERE status = 'won'`,
);

export const SUBJECT_VIEWS: readonly View[] = [
  talks,
  subjects,
  firstMeetings,
  coveredItems,
  firstAppointments,
  appointmentCalls(),
  appointedCalls,
  leadAttributes,
  capturedLeads,
  wonVisits,
];
