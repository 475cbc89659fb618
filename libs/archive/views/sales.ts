import { ACTING_REP, documented, internal, minor, onePer, type View } from './counted-events';

const LEAD = 'lead; if it was merged, its survivor';
const OF_EVENT = 'lead named by the event; if it was merged, its survivor';
const REP = 'representative credited';
const TEAM = 'team of the representative, as given by the event';
const OPENER = 'representative credited: the one who acted, else the one who opened the deal';
const MONEY = {
  amount: 'amount of money, in units of its currency',
  amount_minor: 'the same amount in the smallest unit of its currency, so that sums are exact',
  currency: 'currency code (ISO 4217)',
};

const COVERED = `from_json(json_extract(data, '$.covered'), '["VARCHAR"]') AS covered`;
const ITEMS = 'items of the flow of the sales process that it covered';

const calls: View = {
  name: 'calls',
  description: 'a call. If it was sent several times, the event with the latest time holds',
  columns: documented({
    lead: LEAD,
    call: 'id of the call',
    rep: REP,
    team: TEAM,
    account: 'company',
    started_at: 'start',
    started_day: 'day of the start, in the time zone of the tenant',
    weekday: 'weekday of the start, 1 (Monday) to 7',
    hour: 'hour of the start, 0 to 23, in the time zone of the tenant',
    seconds: 'duration in seconds; empty if it was not measured',
    outcome: 'noAnswer, busy, voicemail, gatekeeper, reached, wrongNumber or refused',
    answered: 'whether a person answered',
    reached: 'whether the intended person answered',
    covered: ITEMS,
    event_id: 'event that holds',
  }),
  sql: `
    SELECT lead, call, rep, team, account, started_at, started_day, isodow(started_day) AS weekday, hour(local_time(started_at)) AS hour, seconds, outcome,
      outcome IN ('gatekeeper', 'reached', 'refused') AS answered, outcome = 'reached' AS reached, ${COVERED}, event_id
    FROM archive.counted WHERE type = 'CallCompleted'
    ${onePer('last', 'lead, call')}`,
};

const booked = internal(
  'booked_appointments',
  'appointments, with the position of the first booking in the log',
  `
    SELECT lead, appointment, rep, team, account, deal, source_call, mode, occurred_at AS booked_at, day AS booked_day,
      last_value(coalesce(scheduled_at, new_at) IGNORE NULLS) OVER whole AS scheduled_at, last_value(coalesce(status, 'booked')) OVER whole AS status, event_id, position
    FROM archive.counted WHERE type IN ('AppointmentBooked', 'AppointmentChanged')
    WINDOW history AS (PARTITION BY lead, appointment ORDER BY occurred_at, position),
      whole AS (history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    QUALIFY type = 'AppointmentBooked' AND count(*) FILTER (type = 'AppointmentBooked') OVER (history ROWS UNBOUNDED PRECEDING) = 1`,
);

const appointments: View = {
  name: 'appointments',
  description: 'an appointment, with its first booking and its present state; a rescheduled appointment stays the same row',
  columns: documented({
    lead: LEAD,
    appointment: 'id of the appointment',
    rep: REP,
    team: TEAM,
    account: 'company',
    deal: 'deal named by the booking',
    source_call: 'call named by the booking',
    mode: 'onsite or remote',
    booked_at: 'when it was first booked',
    booked_day: 'day of the first booking, in the time zone of the tenant',
    scheduled_at: 'agreed time, as last changed',
    status: 'booked, rescheduled, cancelled or noShow, as last reported',
    event_id: 'event of the first booking',
  }),
  sql: 'SELECT * EXCLUDE (position) FROM archive.booked_appointments',
};

const held = internal(
  'held_meetings',
  'meetings, with the position in the log of the event that holds',
  `
    SELECT lead, meeting, appointment, deal, list_sort(list_distinct(reps)) AS reps, team, account, mode, started_at, started_day, minutes, ${COVERED}, event_id, position
    FROM archive.counted WHERE type = 'MeetingHeld'
    ${onePer('last', 'lead, meeting')}`,
);

const meetings: View = {
  name: 'meetings',
  description: 'a meeting that took place. If it was sent several times, the event with the latest time holds',
  columns: documented({
    lead: LEAD,
    meeting: 'id of the meeting',
    appointment: 'appointment for which they met',
    deal: 'deal named by the meeting',
    reps: 'representatives at the meeting, without duplicates',
    team: TEAM,
    account: 'company',
    mode: 'onsite or remote',
    started_at: 'start',
    started_day: 'day of the start, in the time zone of the tenant',
    minutes: 'duration in minutes',
    covered: ITEMS,
    event_id: 'event that holds',
  }),
  sql: 'SELECT * EXCLUDE (position) FROM archive.held_meetings',
};

const openings = internal(
  'openings',
  'the first opening of each deal',
  `
  SELECT lead, deal, occurred_at AS opened_at, day AS opened_day, event_id, rep, team, account, run, handoff, ${money()} AS money, from_json(json_extract(data, '$.products'), '["VARCHAR"]') AS products
  FROM archive.counted WHERE type = 'DealOpened'
  ${onePer('first', 'deal')}`,
);

const proposals: View = {
  name: 'proposals',
  description: 'the first proposal of a product for a deal',
  columns: documented({
    lead: OF_EVENT,
    deal: 'deal',
    product: 'product',
    is_first: 'whether it is the first product proposed for the deal',
    proposed_at: 'when it was first proposed',
    proposed_day: 'day of the first proposal, in the time zone of the tenant',
    rep: OPENER,
    team: TEAM,
    event_id: 'event of the first proposal',
  }),
  sql: `
    WITH proposed AS (
      SELECT lead, deal, unnest(list_distinct(products)) AS product, occurred_at, day, ${ACTING_REP} AS acting, team, event_id, position
      FROM archive.counted WHERE type = 'ProductProposed'
    ), once AS (
      SELECT * FROM proposed ${onePer('first', 'deal, product')}
    )
    SELECT once.lead, deal, product, row_number() OVER (PARTITION BY deal ORDER BY occurred_at, once.position, product) = 1 AS is_first, occurred_at AS proposed_at, day AS proposed_day, ${credited('once')}, once.event_id
    FROM once LEFT JOIN archive.openings AS openings USING (deal)`,
};

const dealProducts = internal(
  'deal_products',
  'the products of a deal: named at its opening or proposed',
  `SELECT deal, list_sort(list(DISTINCT product)) AS deal_products FROM (
    SELECT deal, product FROM proposals UNION ALL SELECT deal, unnest(products) FROM archive.openings
  ) GROUP BY deal`,
);

const quotes: View = {
  name: 'quotes',
  description: 'a revision of a quote for a deal; if it was sent several times, the first event holds',
  columns: documented({
    lead: OF_EVENT,
    quote: 'quote',
    revision: 'number of the revision',
    is_first: 'whether it has the lowest number of all revisions of the quote',
    deal: 'deal',
    submitted_at: 'when it was submitted',
    submitted_day: 'day of submission, in the time zone of the tenant',
    ...MONEY,
    rep: OPENER,
    team: TEAM,
    event_id: 'event that holds',
  }),
  sql: `
    WITH once AS (
      SELECT lead, quote, quote_revision::INTEGER AS revision, deal, occurred_at, day, amount, currency, ${ACTING_REP} AS acting, team, event_id
      FROM archive.counted WHERE type = 'QuoteSubmitted'
      ${onePer('first', 'deal, quote, quote_revision')}
    )
    SELECT once.lead, quote, revision, revision = min(revision) OVER (PARTITION BY deal, quote) AS is_first, deal, occurred_at AS submitted_at, day AS submitted_day,
      amount, ${minor('amount', 'currency')} AS amount_minor, currency, ${credited('once')}, once.event_id
    FROM once LEFT JOIN archive.openings AS openings USING (deal)`,
};

const DEAL_COLUMNS = {
  lead: 'lead to which it belongs: the lead with which it was opened, else won or lost; if that lead was merged, its survivor',
  deal: 'id of the deal',
  account: 'company',
  run: 'run of the lead',
  handoff: 'handoff from which it came',
  opened_at: 'when it was first opened; null if that was never recorded',
  opened_day: 'day of the opening, in the time zone of the tenant',
  rep: 'representative who opened it',
  team: 'team of that representative, as the event says',
  stage: 'current stage of the sales process',
  status: 'open, won or lost; if both were recorded, the last one holds',
  closed_at: 'when it was won or lost',
  closed_day: 'day of that outcome, in the time zone of the tenant',
  closed_rep: 'representative credited with the outcome: the one who acted, else the one who opened the deal',
  closed_team: 'team of that representative',
  signed_at: 'when the contract was signed',
  amount: 'amount of money, in units of its currency: the amount won, else the amount last quoted, else the amount at the opening',
  amount_minor: MONEY.amount_minor,
  currency: MONEY.currency,
  reason: 'always empty for a loss: what somebody said is personal; null if it was won',
  declared_by: 'who declared the loss: customer or rep',
  competitor: 'competitor who won it',
  event_id: 'event of the first opening',
};

const deals: View = {
  name: 'deals',
  description: 'a deal that was opened, won or lost; its events may name several leads of the company',
  columns: documented(DEAL_COLUMNS),
  sql: `
    WITH outcomes AS (
      SELECT lead, deal, type = 'DealWon' AS won, occurred_at AS closed_at, day AS closed_day, ${ACTING_REP} AS acting, team AS closing_team, account, ${money()} AS money, signed_at, reason, declared_by,
        json_extract_string(data, '$.competitor') AS competitor
      FROM archive.counted WHERE type IN ('DealWon', 'DealLost')
      ${onePer('last', 'deal')}
    ), quoted AS (
      SELECT deal, ${money()} AS money FROM archive.counted WHERE type = 'QuoteSubmitted' ${onePer('last', 'deal')}
    ), stages AS (
      SELECT deal, after AS stage FROM archive.counted WHERE type = 'DealStageChanged' ${onePer('last', 'deal')}
    ), together AS (
      SELECT coalesce(openings.lead, outcomes.lead) AS lead, deal, coalesce(openings.account, outcomes.account) AS account, openings.* EXCLUDE (lead, deal, account, money, products),
        outcomes.* EXCLUDE (lead, deal, account, money), coalesce(outcomes.money, quoted.money, openings.money) AS money, stage
      FROM archive.openings AS openings FULL JOIN outcomes USING (deal) LEFT JOIN quoted USING (deal) LEFT JOIN stages USING (deal)
    )
    SELECT lead, deal, account, run, handoff, opened_at, opened_day, rep, team, stage,
      CASE WHEN won THEN 'won' WHEN NOT won THEN 'lost' ELSE 'open' END AS status, closed_at, closed_day,
      coalesce(acting, CASE WHEN closed_at IS NOT NULL THEN rep END) AS closed_rep,
      CASE WHEN closed_at IS NOT NULL AND acting IS NULL THEN coalesce(closing_team, team) ELSE closing_team END AS closed_team,
      signed_at, money.amount AS amount, money.minor AS amount_minor, money.currency AS currency,
      reason, declared_by, competitor, event_id
    FROM together`,
};

const dealsOfLeads = internal(
  'deals_of_leads',
  'a deal together with each lead whose events name it',
  "SELECT DISTINCT lead, deal FROM archive.counted WHERE type IN ('DealOpened', 'ProductProposed', 'QuoteSubmitted', 'DealWon', 'DealLost')",
);

function money(): string {
  return `CASE WHEN amount IS NOT NULL THEN {amount: amount, minor: ${minor('amount', 'currency')}, currency: currency} END`;
}

/** If the event names no representative, the one who opened the deal is credited. */
function credited(fact: string): string {
  return `coalesce(${fact}.acting, openings.rep) AS rep, CASE WHEN ${fact}.acting IS NULL THEN coalesce(${fact}.team, openings.team) ELSE ${fact}.team END AS team`;
}

export const SALES_VIEWS: readonly View[] = [
  calls,
  booked,
  appointments,
  held,
  meetings,
  openings,
  proposals,
  dealProducts,
  quotes,
  deals,
  dealsOfLeads,
];
