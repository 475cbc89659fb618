import { documented, internal, onePer, type View } from './views-counted';

const LEAD = 'lead, as its survivor where it was merged';
const RUN = 'number of the run of the lead at that time, from 0';

/** What ends a run. */
const ends = internal(
  'ends',
  'when a run of a lead ended: a deal was won or lost, the lead was returned or given up',
  `SELECT lead, epoch_ms(closed_at) AS at_ms, status = 'won' AS won FROM archive.lead_deals WHERE closed_at IS NOT NULL
  UNION ALL SELECT lead, epoch_ms(ended_at), false FROM returns`,
);

/**
 * A deal and a run are found by time where an event names none: whatever bears on it stands in one line, ordered by time, where the ends
 * before a moment are counted. Moments are compared as milliseconds, which is what senders' clocks are good for.
 */
const subjects: View = {
  name: 'subjects',
  says: 'what a meeting or an appointment is about: the deal it names, else the one open at the time (opened last, if several), else the next one opened in the same run, else the run itself',
  columns: documented({
    lead: LEAD, meeting: 'meeting; null where it is an appointment', appointment: 'appointment; null where it is a meeting',
    deal: 'deal; null where it is about the run', run: RUN,
  }),
  sql: `
    WITH deals AS MATERIALIZED (
      SELECT lead, deal, epoch_ms(opened_at) AS from_ms, epoch_ms(closed_at) AS until_ms FROM archive.lead_deals
    ), line AS (
      SELECT lead, meeting, NULL AS appointment, epoch_ms(started_at) AS at_ms, coalesce(meetings.deal, appointments.deal) AS deal, NULL AS opened, 0 AS ended
      FROM meetings LEFT JOIN appointments USING (lead, appointment)
      UNION ALL SELECT lead, NULL, appointment, epoch_ms(booked_at), deal, NULL, 0 FROM appointments
      UNION ALL SELECT lead, NULL, NULL, from_ms, NULL, {from_ms: from_ms, deal: deal}, 0 FROM deals WHERE from_ms IS NOT NULL
      UNION ALL SELECT lead, NULL, NULL, until_ms, NULL, NULL, 1 FROM deals WHERE until_ms IS NOT NULL
      UNION ALL SELECT lead, NULL, NULL, epoch_ms(ended_at), NULL, NULL, 1 FROM returns
    ), numbered AS (
      -- What happens at the very moment of an end is still in the run.
      SELECT *, sum(ended) OVER (PARTITION BY lead ORDER BY at_ms, ended ROWS UNBOUNDED PRECEDING) AS run FROM line
    ), followed AS (
      SELECT *, min(opened) OVER (PARTITION BY lead, run ORDER BY at_ms RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next FROM numbered
    ), things AS MATERIALIZED (
      SELECT lead, meeting, appointment, at_ms, deal, next.deal AS next_deal, run::BIGINT AS run FROM followed WHERE coalesce(meeting, appointment) IS NOT NULL
    ), running AS (
      SELECT things.lead, meeting, appointment, arg_max(deals.deal, (from_ms, deals.deal)) AS deal
      FROM things JOIN deals ON deals.lead = things.lead AND from_ms <= at_ms AND at_ms <= coalesce(until_ms, at_ms)
      WHERE things.deal IS NULL
      GROUP BY things.lead, meeting, appointment
    )
    SELECT things.lead, things.meeting, things.appointment, coalesce(things.deal, running.deal, next_deal) AS deal, run
    FROM things LEFT JOIN running ON running.lead = things.lead AND running.meeting IS NOT DISTINCT FROM things.meeting AND running.appointment IS NOT DISTINCT FROM things.appointment`,
};

const firstMeetings: View = {
  name: 'first_meetings',
  says: 'the first meeting of a deal, or of a run without one',
  columns: documented({
    lead: LEAD, deal: 'deal; null where the run had none', run: RUN, meeting: 'id of the meeting', reps: 'representatives at the meeting, each once', team: 'team, as the event says',
    mode: 'onsite or remote', started_at: 'start', started_day: 'day of the start, where the tenant is',
    second_at: 'start of the second meeting', ended_at: 'when the deal or the run ended', ended: 'won or lost; a run without a deal can only be lost',
  }),
  sql: `
    WITH ordered AS (
      SELECT lead, subjects.deal, CASE WHEN subjects.deal IS NULL THEN run END AS subject_run, run, meeting, reps, team, mode, started_at, started_day,
        row_number() OVER place AS place, lead(started_at) OVER place AS second_at
      FROM meetings JOIN subjects USING (lead, meeting)
      WINDOW place AS (PARTITION BY meetings.lead, subjects.deal, subject_run ORDER BY epoch_ms(started_at), meeting)
    ), firsts AS (
      FROM ordered WHERE place = 1
    ), run_ends AS (
      SELECT firsts.lead, meeting, arg_min({at_ms: at_ms, won: won}, (at_ms, NOT won)) AS fate
      FROM firsts JOIN archive.ends AS ends ON ends.lead = firsts.lead AND firsts.deal IS NULL AND at_ms >= epoch_ms(started_at)
      GROUP BY firsts.lead, meeting
    )
    SELECT lead, deal, firsts.run, meeting, reps, firsts.team, mode, started_at, started_day, second_at,
      CASE WHEN deal IS NULL THEN make_timestamptz(fate.at_ms * 1000) ELSE closed_at END AS ended_at,
      CASE WHEN deal IS NULL THEN CASE WHEN fate.won THEN 'won' WHEN NOT fate.won THEN 'lost' END WHEN closed_at IS NOT NULL THEN status END AS ended
    FROM firsts LEFT JOIN run_ends USING (lead, meeting) LEFT JOIN archive.lead_deals AS deals USING (lead, deal)`,
};

const firstAppointments: View = {
  name: 'first_appointments',
  says: 'the first appointment of a deal, or of a run without one',
  columns: documented({
    lead: LEAD, deal: 'deal; null where the run had none', run: RUN, appointment: 'id of the appointment', rep: 'representative who gets the credit', team: 'team, as the event says',
    booked_at: 'when it was first booked', booked_day: 'day of that, where the tenant is', scheduled_at: 'the time agreed last', status: 'booked, rescheduled, cancelled or noShow',
    held_at: 'start of the first meeting that names it, or that names no appointment, is about the same and comes after the booking',
  }),
  sql: `
    WITH ordered AS (
      SELECT lead, subjects.deal, CASE WHEN subjects.deal IS NULL THEN run END AS subject_run, run, appointment, rep, team, booked_at, booked_day, scheduled_at, status
      FROM appointments JOIN subjects USING (lead, appointment)
      QUALIFY row_number() OVER (PARTITION BY appointments.lead, subjects.deal, subject_run ORDER BY booked_at, event_id) = 1
    ), talks AS (
      SELECT lead, meeting, meetings.appointment, started_at, subjects.deal, CASE WHEN subjects.deal IS NULL THEN run END AS subject_run
      FROM meetings JOIN subjects USING (lead, meeting)
    ), held AS (
      SELECT ordered.lead, ordered.appointment, min(started_at) AS held_at
      FROM ordered JOIN talks ON talks.lead = ordered.lead AND CASE
        WHEN talks.appointment IS NOT NULL THEN talks.appointment = ordered.appointment
        ELSE epoch_ms(started_at) >= epoch_ms(booked_at) AND talks.deal IS NOT DISTINCT FROM ordered.deal AND talks.subject_run IS NOT DISTINCT FROM ordered.subject_run
      END
      GROUP BY ordered.lead, ordered.appointment
    )
    SELECT lead, deal, run, appointment, rep, team, booked_at, booked_day, scheduled_at, status, held_at
    FROM ordered LEFT JOIN held USING (lead, appointment)`,
};

const appointmentCalls: View = {
  name: 'appointment_calls',
  says: 'the call in which an appointment was won: the one that the booking names, else the last one of the same representative to that lead in the 24 hours before',
  columns: documented({ lead: LEAD, appointment: 'id of the appointment', call: 'id of the call' }),
  sql: `
    SELECT lead, appointment, source_call AS call FROM appointments WHERE source_call IS NOT NULL
    UNION ALL
    SELECT booked.lead, booked.appointment, arg_max(calls.call, (epoch_ms(calls.started_at), calls.call))
    FROM appointments AS booked JOIN calls ON calls.lead = booked.lead AND calls.rep = booked.rep
      AND epoch_ms(calls.started_at) BETWEEN epoch_ms(booked_at) - 86400000 AND epoch_ms(booked_at)
    WHERE source_call IS NULL
    GROUP BY booked.lead, booked.appointment`,
};

const appointedCalls = internal('appointed_calls', 'calls in which an appointment was won', 'SELECT * FROM calls SEMI JOIN appointment_calls USING (lead, call)');

const capturedLeads = internal(
  'captured_leads',
  'the first capture of a lead, and whether it ever bought',
  `SELECT lead, captured_day, origin, lead IN (SELECT lead FROM archive.lead_deals WHERE status = 'won') AS won
  FROM (SELECT lead, day AS captured_day, origin FROM archive.counted WHERE type = 'LeadCaptured' ${onePer('first', 'lead')})`,
);

// Of leads that were never captured nobody can say where they came from.
const capturedWins = internal('captured_wins', 'a win, and where its lead came from', "SELECT lead, closed_day, origin FROM archive.lead_deals JOIN archive.captured_leads USING (lead) WHERE status = 'won'");

export const SUBJECT_VIEWS: readonly View[] = [ends, subjects, firstMeetings, firstAppointments, appointmentCalls, appointedCalls, capturedLeads, capturedWins];
