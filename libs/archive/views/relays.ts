import { documented, onePer, type View } from './counted-events';

const relays: View = {
  name: 'relays',
  description: 'an appointment that one representative gave to another, and what came of it',
  columns: documented({
    lead: 'lead; if it was merged, its survivor',
    appointment: 'id of the appointment',
    inside_rep: 'representative who relayed it, and keeps the credit for the appointment',
    field_rep: 'representative who accepted it, or else to whom it was relayed',
    relayed_at: 'when it was relayed',
    relayed_day: 'day of the relay, in the time zone of the tenant',
    status: 'waiting, accepted or rejected',
    answered_at: 'when it was answered; never before it was relayed',
    reason: 'always empty: what somebody said is personal; null if nobody has rejected it',
    held_at: 'start of the first meeting for the appointment after the relay; of several relays, the last that was not rejected has it',
    deal: 'deal of that meeting, or else of the booking',
    won_at: 'when that deal was won',
    event_id: 'event of the relay',
  }),
  sql: `
    WITH told AS (
      SELECT lead, appointment, type, rep, reason, occurred_at, day, position, event_id, json_extract_string(data, '$.fromRepId') AS from_rep, json_extract_string(data, '$.toRepId') AS to_rep,
        count(*) FILTER (type = 'AppointmentRelayed') OVER (PARTITION BY lead, appointment ORDER BY position ROWS UNBOUNDED PRECEDING) AS number
      FROM archive.counted WHERE type IN ('AppointmentRelayed', 'RelayAccepted', 'RelayRejected')
    ), answers AS (
      SELECT lead, appointment, number, type, rep, reason, occurred_at FROM told WHERE type <> 'AppointmentRelayed'
      QUALIFY row_number() OVER (PARTITION BY lead, appointment, number ORDER BY position) = 1
    ), sent AS (
      SELECT told.lead, told.appointment, told.number, from_rep, to_rep, told.occurred_at AS relayed_at, day, event_id, answers.type AS answer, answers.rep AS answered_by, answers.reason, CASE WHEN answers.type IS NOT NULL THEN greatest(answers.occurred_at, told.occurred_at) END AS answered_at,
        number = max(number) FILTER (answers.type IS DISTINCT FROM 'RelayRejected') OVER (PARTITION BY told.lead, told.appointment) AS carries
      FROM told LEFT JOIN answers USING (lead, appointment, number) WHERE told.type = 'AppointmentRelayed'
    ), met AS (
      SELECT lead, appointment, meeting, deal, started_at FROM archive.held_meetings WHERE appointment IS NOT NULL
    ), kept AS (
      SELECT sent.lead, sent.appointment, number, arg_min({started_at: met.started_at, deal: met.deal}, (met.started_at, meeting)) AS held
      FROM sent JOIN met ON met.lead = sent.lead AND met.appointment = sent.appointment AND met.started_at >= relayed_at
      WHERE carries GROUP BY sent.lead, sent.appointment, number
    ), ends AS (
      SELECT deal, type = 'DealWon' AS won, occurred_at FROM archive.counted WHERE type IN ('DealWon', 'DealLost')
      ${onePer('last', 'deal')}
    )
    SELECT sent.lead, sent.appointment, from_rep AS inside_rep, CASE WHEN answer = 'RelayAccepted' THEN answered_by ELSE to_rep END AS field_rep, relayed_at, sent.day AS relayed_day,
      CASE answer WHEN 'RelayAccepted' THEN 'accepted' WHEN 'RelayRejected' THEN 'rejected' ELSE 'waiting' END AS status, answered_at, sent.reason, held.started_at AS held_at,
      CASE WHEN held IS NOT NULL THEN coalesce(held.deal, appointments.deal) END AS deal, CASE WHEN won THEN ends.occurred_at END AS won_at, sent.event_id
    FROM sent LEFT JOIN kept USING (lead, appointment, number) LEFT JOIN appointments ON appointments.lead = sent.lead AND appointments.appointment = sent.appointment
      LEFT JOIN ends ON ends.deal = CASE WHEN held IS NOT NULL THEN coalesce(held.deal, appointments.deal) END`,
};

export const RELAY_VIEWS: readonly View[] = [relays];
