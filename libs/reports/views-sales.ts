import { ACTING_REP, documented, first, internal, last, minor, onePer, type View } from './views-counted';

const LEAD = 'lead, as its survivor where it was merged';
const REP = 'representative who gets the credit';
const TEAM = 'team of the representative, as the event says';
const OPENER = 'representative who gets the credit: who acted, else who opened the deal';
const MONEY = {
  amount: 'money, in units of its currency',
  amount_minor: 'the same in the smallest unit of its currency, so that sums are exact',
  currency: 'ISO 4217',
};

const calls: View = {
  name: 'calls',
  says: 'a call. One that is sent again is corrected by it: the event that happened last holds',
  columns: documented({
    lead: LEAD, call: 'id of the call', rep: REP, team: TEAM, account: 'company',
    started_at: 'start', started_day: 'day of the start, where the tenant is',
    weekday: 'of the start, 1 (Monday) to 7', hour: 'of the start, 0 to 23, where the tenant is',
    seconds: 'length', outcome: 'noAnswer, busy, voicemail, gatekeeper, reached, wrongNumber or refused',
    answered: 'whether a human picked up', reached: 'whether the wanted person picked up', event_id: 'event that holds',
  }),
  sql: `
    SELECT lead, call, rep, team, account, started_at, started_day, isodow(started_day) AS weekday, hour(started_at) AS hour, seconds, outcome,
      outcome IN ('gatekeeper', 'reached', 'refused') AS answered, outcome = 'reached' AS reached, event_id
    FROM archive.counted WHERE type = 'CallCompleted'
    ${onePer('last', 'lead, call')}`,
};

const appointments: View = {
  name: 'appointments',
  says: 'an appointment, as it was first booked and as it stands; a reschedule is no new one',
  columns: documented({
    lead: LEAD, appointment: 'id of the appointment', rep: REP, team: TEAM, account: 'company',
    deal: 'deal that the booking names', source_call: 'call that the booking names', mode: 'onsite or remote',
    booked_at: 'when it was first booked', booked_day: 'day of the first booking, where the tenant is',
    scheduled_at: 'the time agreed last', status: 'booked, rescheduled, cancelled or noShow: what was said last', event_id: 'event of the first booking',
  }),
  sql: `
    WITH booked AS (
      SELECT * FROM archive.counted WHERE type = 'AppointmentBooked'
      ${onePer('first', 'lead, appointment')}
    ), standing AS (
      SELECT lead, appointment, ${last('coalesce(scheduled_at, new_at)')} AS scheduled_at, ${last("coalesce(status, 'booked')")} AS status
      FROM archive.counted WHERE type IN ('AppointmentBooked', 'AppointmentChanged') GROUP BY lead, appointment
    )
    SELECT lead, appointment, rep, team, account, deal, source_call, mode, occurred_at AS booked_at, day AS booked_day,
      standing.scheduled_at, standing.status, event_id
    FROM booked JOIN standing USING (lead, appointment)`,
};

const meetings: View = {
  name: 'meetings',
  says: 'a meeting that took place. One that is sent again is corrected by it: the event that happened last holds',
  columns: documented({
    lead: LEAD, meeting: 'id of the meeting', appointment: 'appointment it was agreed as', deal: 'deal that the meeting names',
    reps: 'representatives at the meeting, each once', team: TEAM, account: 'company', mode: 'onsite or remote',
    started_at: 'start', started_day: 'day of the start, where the tenant is', minutes: 'length', event_id: 'event that holds',
  }),
  sql: `
    SELECT lead, meeting, appointment, deal, list_sort(list_distinct(reps)) AS reps, team, account, mode, started_at, started_day, minutes, event_id
    FROM archive.counted WHERE type = 'MeetingHeld'
    ${onePer('last', 'lead, meeting')}`,
};

/** Of each deal of a lead, the first. */
const openings = internal(
  'openings',
  'the first opening of each deal of a lead',
  `SELECT lead, deal, occurred_at AS opened_at, day AS opened_day, event_id, rep, team
  FROM archive.counted WHERE type = 'DealOpened'
  ${onePer('first', 'lead, deal')}`,
);

const proposals: View = {
  name: 'proposals',
  says: 'a product that was proposed for a deal; only its first proposal',
  columns: documented({
    lead: LEAD, deal: 'deal', product: 'product', is_first: 'whether no product was proposed for the deal before', proposed_at: 'when it was first proposed', proposed_day: 'day of that, where the tenant is',
    rep: OPENER, team: TEAM, event_id: 'event of the first proposal',
  }),
  sql: `
    WITH proposed AS (
      SELECT lead, deal, unnest(list_distinct(products)) AS product, occurred_at, day, ${ACTING_REP} AS acting, team, event_id
      FROM archive.counted WHERE type = 'ProductProposed'
    ), once AS (
      SELECT * FROM proposed ${onePer('first', 'lead, deal, product')}
    )
    SELECT lead, deal, product, row_number() OVER (PARTITION BY lead, deal ORDER BY occurred_at, once.event_id, product) = 1 AS is_first, occurred_at AS proposed_at, day AS proposed_day, ${credited('once')}, once.event_id
    FROM once LEFT JOIN archive.openings AS openings USING (lead, deal)`,
};

const quotes: View = {
  name: 'quotes',
  says: 'a revision of a quote; of one that is sent again, the first',
  columns: documented({
    lead: LEAD, quote: 'quote', revision: 'number of the revision', is_first: 'whether no revision of the quote has a lower number', deal: 'deal',
    submitted_at: 'when it was submitted', submitted_day: 'day of that, where the tenant is', ...MONEY, rep: OPENER, team: TEAM, event_id: 'event that holds',
  }),
  sql: `
    WITH once AS (
      SELECT lead, quote, quote_revision::INTEGER AS revision, deal, occurred_at, day, amount, currency, ${ACTING_REP} AS acting, team, event_id
      FROM archive.counted WHERE type = 'QuoteSubmitted'
      ${onePer('first', 'lead, quote, quote_revision')}
    )
    SELECT lead, quote, revision, revision = min(revision) OVER (PARTITION BY lead, quote) AS is_first, deal, occurred_at AS submitted_at, day AS submitted_day,
      amount, ${minor('amount', 'currency')} AS amount_minor, currency, ${credited('once')}, once.event_id
    FROM once LEFT JOIN archive.openings AS openings USING (lead, deal)`,
};

const DEAL_COLUMNS = {
  lead: 'lead it was opened with, as its survivor where it was merged',
  deal: 'id of the deal', account: 'company', run: 'run of the lead', handoff: 'handoff that it came of',
  opened_at: 'when it was first opened; null where nobody said so', opened_day: 'day of that, where the tenant is',
  rep: 'representative who opened it', team: 'team of that representative, as the event says',
  stage: 'stage of the sales process it was moved to last', status: 'open, won or lost; of two answers the last one holds',
  closed_at: 'when it was won or lost', closed_day: 'day of that, where the tenant is',
  closed_rep: 'representative who gets the credit of the outcome: who acted, else who opened it', closed_team: 'team of that representative',
  signed_at: 'signature of the contract',
  amount: 'money, in units of its currency: won; else quoted last; else of the opening', amount_minor: MONEY.amount_minor, currency: MONEY.currency,
  reason: 'why it was lost', declared_by: 'who said that it was lost: customer or rep', competitor: 'who won it instead',
  event_id: 'event of the first opening',
};

const deals: View = {
  name: 'deals',
  says: 'a deal, whichever people of a company its events name',
  columns: documented(DEAL_COLUMNS),
  sql: dealsBy('deal', `coalesce(opened.lead, heard_lead)`),
};

/** A KPI is decided by the facts of one lead: where two people of a company share a deal, each has their own part of it. */
const leadDeals = internal('lead_deals', 'what the events of one lead say of a deal', dealsBy('lead, deal', 'lead'));

function dealsBy(ids: string, lead: string): string {
  const money = (amount = 'amount', currency = 'currency') => `CASE WHEN ${amount} IS NOT NULL THEN {amount: ${amount}, minor: ${minor(amount, currency)}, currency: ${currency}} END`;
  return `
    WITH told AS (
      SELECT ${ids},
        ${first('lead')} AS heard_lead, ${last('account')} AS account, ${first('run')} AS run, ${first('handoff')} AS handoff, ${last('after', "type = 'DealStageChanged'")} AS stage,
        ${first(`{lead: lead, moment: occurred_at, day: day, rep: rep, team: team, money: ${money()}, event_id: event_id}`, "type = 'DealOpened'")} AS opened,
        ${last(`{won: type = 'DealWon', moment: occurred_at, day: day, acting: ${ACTING_REP}, team: team, money: ${money()}, signed_at: signed_at, data: data, reason: reason, declared_by: declared_by}`, "type IN ('DealWon', 'DealLost')")} AS outcome,
        ${last(money(), "type = 'QuoteSubmitted'")} AS quoted
      FROM archive.counted
      WHERE type IN ('DealOpened', 'DealStageChanged', 'ProductProposed', 'QuoteSubmitted', 'ClosingAnswered', 'DealWon', 'DealLost')
      GROUP BY ${ids}
    ), valued AS (
      SELECT *, coalesce(outcome.money, quoted, opened.money) AS money FROM told
    )
    SELECT ${lead} AS lead, deal, account, run, handoff, opened.moment AS opened_at, opened.day AS opened_day, opened.rep AS rep, opened.team AS team, stage,
      CASE WHEN outcome.won THEN 'won' WHEN NOT outcome.won THEN 'lost' ELSE 'open' END AS status,
      outcome.moment AS closed_at, outcome.day AS closed_day, coalesce(outcome.acting, CASE WHEN outcome.moment IS NOT NULL THEN opened.rep END) AS closed_rep,
      CASE WHEN outcome.moment IS NOT NULL AND outcome.acting IS NULL THEN coalesce(outcome.team, opened.team) ELSE outcome.team END AS closed_team,
      outcome.signed_at AS signed_at, money.amount AS amount, money.minor AS amount_minor, money.currency AS currency,
      outcome.reason AS reason, outcome.declared_by AS declared_by, json_extract_string(outcome.data, '$.competitor') AS competitor, opened.event_id AS event_id
    FROM valued`;
}

/** Where the event names no representative, the one who opened the deal stands in. */
function credited(fact: string): string {
  return `coalesce(${fact}.acting, openings.rep) AS rep, CASE WHEN ${fact}.acting IS NULL THEN coalesce(${fact}.team, openings.team) ELSE ${fact}.team END AS team`;
}

export const SALES_VIEWS: readonly View[] = [calls, appointments, meetings, openings, proposals, quotes, deals, leadDeals];
