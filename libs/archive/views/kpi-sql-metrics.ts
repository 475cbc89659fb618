import { REJECTION_REASONS } from '@leadlog/events';
import { quoted } from '../duckdb';
import { DORMANT_DAYS } from './cards';

/** What a KPI sums: rows of a view, each on a day and credited to someone. SQL expressions over that view. */
export interface Metric {
  /** View, without its schema. */
  from: string;
  /** The same rows with the deal that each is about, where the view has only the deal that is named. */
  withDeal?: string;
  day: string;
  rep?: string;
  /** Several representatives, each of whom is credited. */
  reps?: string;
  team?: string;
  mode?: string;
  /** Of a row that is about one product; others count for each product of their deal. */
  product?: string;
  /** To whom an appointment was relayed. */
  fieldRep?: string;
  /** Rows have the columns of what a lead is split by: origin, campaign, region, industry. */
  ofLead?: true;
  where?: string;
  /** What each row adds. Default: 1. */
  n?: string;
  /** Or, in its place, the hour of the week. */
  currency?: string;
  /** `currency` is a name, and each counts once. */
  isDistinct?: true;
  /** Counts up to this day. */
  until?: string;
}

/** Time windows of the formulas, as libs/sales/kpis/fact-shapes.ts and libs/handoff/kpis/handoff-cells.ts have them. */
export interface KpiSqlWindows {
  callToAppointmentHours: number;
  firstMeetingDays: number;
  firstMeetingLossDays: number;
  returnYieldDays: number;
  atOnceMinutes: number;
  soonMinutes: number;
}

export const DEFAULT_SQL_WINDOWS: KpiSqlWindows = {
  callToAppointmentHours: 24,
  firstMeetingDays: 14,
  firstMeetingLossDays: 60,
  returnYieldDays: 365,
  atOnceMinutes: 5,
  soonMinutes: 60,
};

const daysAfter = (moment: string, days: number): string => `local_day(${moment}) + ${days}`;
const within = (moment: string, days: number, after: string): string => `local_day(${moment}) <= ${daysAfter(after, days)}`;

const calls: Metric = { from: 'calls', day: 'started_day', rep: 'rep', team: 'team' };
const aboutDeal = (view: string, id: string): string =>
  `(SELECT ${view}.* EXCLUDE (deal), subjects.deal FROM ${view} JOIN subjects ON subjects.lead = ${view}.lead AND subjects.${id} = ${view}.${id})`;
const appointments: Metric = {
  from: 'appointments',
  withDeal: aboutDeal('appointments', 'appointment'),
  day: 'booked_day',
  rep: 'rep',
  team: 'team',
  mode: 'mode',
};
const visits: Metric = {
  from: 'meetings',
  withDeal: aboutDeal('meetings', 'meeting'),
  day: 'started_day',
  reps: 'reps',
  team: 'team',
  mode: 'mode',
};
const firstAppointments: Metric = { from: 'first_appointments', day: 'booked_day', rep: 'rep', team: 'team', mode: 'mode' };
const firstMeetings: Metric = { from: 'first_meetings', day: 'started_day', reps: 'reps', team: 'team', mode: 'mode' };
const coveredItems: Metric = { ...firstMeetings, from: 'covered_items' };
const proposals: Metric = { from: 'proposals', day: 'proposed_day', rep: 'rep', team: 'team' };
const quotes: Metric = { from: 'quotes', day: 'submitted_day', rep: 'rep', team: 'team' };
const opened: Metric = { from: 'deals', day: 'opened_day', rep: 'rep', team: 'team' };
const closed: Metric = { from: 'deals', day: 'closed_day', rep: 'closed_rep', team: 'closed_team' };
/** Part of the statement itself: who is among the best depends on what is asked (top-reps-sql.ts). */
export const RATED_WINS = 'rated_wins';
const hot: Metric = { from: 'hot_cohort', day: 'hot_day', ofLead: true };
const handed: Metric = { from: 'handoff_cohort', day: 'handed_day', rep: 'rep', team: 'team', ofLead: true };
const accepted: Metric = { ...handed, day: 'accepted_day' };
const due: Metric = { ...handed, day: 'due_day' };
const returned: Metric = { from: 'return_cohort', day: 'ended_day', ofLead: true };
const relayed: Metric = { from: 'relays', day: 'relayed_day', rep: 'inside_rep', fieldRep: 'field_rep' };
/** Parts of the statement itself: they read all events, which no other KPI needs (marketing-cohorts.ts). */
export const CARD_COHORT = 'card_cohort';
const cards: Metric = { from: CARD_COHORT, day: 'begun_day', rep: 'rep', team: 'team' };
export const MAIL_COHORT = 'mail_cohort';
const mails: Metric = { from: MAIL_COHORT, day: 'delivered_day' };
const captured: Metric = { from: 'captured_leads', day: 'captured_day', ofLead: true };

const capturedCohort: Metric = { ...captured, from: 'captured_cohort' };

/** There was a second meeting before the end, if it has ended. */
const WENT_ON = '(second_at IS NOT NULL AND (ended_at IS NULL OR epoch_ms(second_at) <= epoch_ms(ended_at)))';

/** Nobody could have answered a wrong number. */
const DIALLED = "outcome <> 'wrongNumber'";
/** Of the week. */
const HOUR = "weekday || '-' || lpad(hour::VARCHAR, 2, '0')";

const OLD_CARD = `begun_day + ${DORMANT_DAYS} < $today::DATE`;

/** `required`: ids of the items that flows of the sales process require. */
export function metricsOf(windows: KpiSqlWindows, required: readonly string[]): Readonly<Record<string, Metric>> {
  const { firstMeetingDays, firstMeetingLossDays, returnYieldDays, atOnceMinutes, soonMinutes } = windows;
  const held = `coalesce(${within('held_at', firstMeetingDays, 'scheduled_at')}, false)`;
  const isRequired = required.length === 0 ? 'false' : `item IN (${required.map(quoted).join(', ')})`;
  const timesRequired = String(required.length);
  return {
    calls,
    'calls-answerable': { ...calls, where: DIALLED },
    'calls-answered': { ...calls, where: 'answered' },
    'calls-reached': { ...calls, where: 'reached' },
    'calls-appointed': { ...calls, from: 'appointed_calls' },
    'hour-called': { ...calls, currency: HOUR, where: DIALLED },
    'hour-answered': { ...calls, currency: HOUR, where: 'answered' },
    'hour-appointed': { ...calls, from: 'appointed_calls', currency: HOUR, where: DIALLED },

    appointments,
    'appointments-net': { ...appointments, where: "status <> 'cancelled'" },
    'first-appointments': firstAppointments,
    'first-appointments-held': { ...firstAppointments, where: held },
    'first-appointments-open': {
      ...firstAppointments,
      where: `NOT ${held} AND status <> 'cancelled'`,
      until: daysAfter('scheduled_at', firstMeetingDays),
    },

    visits,
    'visits-onsite': { ...visits, where: "mode = 'onsite'" },
    'visits-remote': { ...visits, where: "mode = 'remote'" },
    'first-meetings': firstMeetings,
    'first-meetings-lost': {
      ...firstMeetings,
      where: `NOT ${WENT_ON} AND ended = 'lost' AND ${within('ended_at', firstMeetingLossDays, 'started_at')}`,
    },
    'first-meetings-open': {
      ...firstMeetings,
      where: `NOT ${WENT_ON} AND ended IS NULL`,
      until: daysAfter('started_at', firstMeetingLossDays),
    },
    'items-covered': { ...coveredItems, where: isRequired },
    'items-covered-won': { ...coveredItems, where: `${isRequired} AND ended = 'won'` },
    'items-covered-lost': { ...coveredItems, where: `${isRequired} AND ended = 'lost'` },
    'items-asked': { ...firstMeetings, n: timesRequired },
    'items-asked-won': { ...firstMeetings, n: timesRequired, where: "ended = 'won'" },
    'items-asked-lost': { ...firstMeetings, n: timesRequired, where: "ended = 'lost'" },
    'deals-met': { ...firstMeetings, where: 'deal IS NOT NULL' },

    'products-proposed': { ...proposals, product: 'product' },
    'deals-proposed': { ...proposals, where: 'is_first' },
    quotes: { ...quotes, where: 'is_first' },
    'quote-revisions': { ...quotes, where: 'NOT is_first' },

    opened,
    'opened-won': { ...opened, where: "status = 'won'" },
    'opened-open': { ...opened, where: "status = 'open'" },
    'opened-closed': { ...opened, where: "status <> 'open'" },
    'deal-days': { ...opened, n: 'greatest(closed_day - opened_day, 0)', where: "status <> 'open'" },
    closed,
    won: { ...closed, where: "status = 'won'" },
    'won-visits': { ...closed, from: 'won_visits', n: 'visits' },
    'won-best': { ...closed, from: RATED_WINS, where: 'is_best' },
    'won-visits-best': { ...closed, from: RATED_WINS, n: 'visits', where: 'is_best AND visits IS NOT NULL' },
    'won-rest': { ...closed, from: RATED_WINS, where: 'NOT is_best' },
    'won-visits-rest': { ...closed, from: RATED_WINS, n: 'visits', where: 'NOT is_best AND visits IS NOT NULL' },
    lost: { ...closed, where: "status = 'lost'" },
    'amount-closed': { ...closed, n: 'amount_minor', currency: 'currency', where: 'amount_minor IS NOT NULL' },
    'amount-won': { ...closed, n: 'amount_minor', currency: 'currency', where: "amount_minor IS NOT NULL AND status = 'won'" },

    captured,
    'captured-won': { ...captured, where: 'won' },
    'captured-hot': { ...capturedCohort, where: 'hot_day IS NOT NULL' },
    'captured-cold': { ...capturedCohort, where: 'hot_day IS NULL' },
    'lead-days': { ...capturedCohort, n: 'greatest(hot_day - captured_day, 0)', where: 'hot_day IS NOT NULL' },
    hot,
    'hot-accepted': { ...hot, where: 'was_accepted' },
    handed,
    'handed-answered': { ...handed, where: 'waited_ms IS NOT NULL' },
    'handed-waited': { ...handed, n: 'waited_ms', where: 'waited_ms IS NOT NULL' },
    'handed-answered-at-once': { ...handed, where: `waited_ms <= ${atOnceMinutes * 60_000}` },
    'handed-answered-soon': { ...handed, where: `waited_ms <= ${soonMinutes * 60_000}` },
    'handed-left': { ...handed, where: 'left_day IS NOT NULL' },
    'handed-waiting': { ...handed, where: 'left_day IS NULL' },
    'handed-days': { ...handed, n: 'greatest(left_day - handed_day, 0)', where: 'left_day IS NOT NULL' },
    'handed-rejected': { ...handed, where: 'was_rejected' },
    ...Object.fromEntries(
      REJECTION_REASONS.map((reason): [string, Metric] => [
        `handed-rejected-${reason}`,
        { ...handed, where: `was_rejected AND reason = '${reason}'` },
      ]),
    ),
    accepted: { ...accepted, where: 'accepted_day IS NOT NULL' },
    'accepted-deal': { ...accepted, where: 'led_to_deal' },
    due,
    'due-kept': { ...due, where: 'was_kept' },
    'due-open': { ...due, where: 'was_kept', until: 'due_day' },
    returned,
    'returned-handed': { ...returned, where: 'came_back' },
    'returned-won': { ...returned, where: 'bought' },
    'returned-unwon': { ...returned, where: 'NOT bought', until: `ended_day + ${returnYieldDays}` },
    relayed,
    'relayed-accepted': { ...relayed, where: "status = 'accepted'" },
    'relayed-held': { ...relayed, where: 'held_at IS NOT NULL' },
    'relayed-won': { ...relayed, where: 'won_at IS NOT NULL' },
    'mails-delivered': mails,
    'mails-opened': { ...mails, where: 'opened_at IS NOT NULL' },
    'mails-opened-raw': { ...mails, where: 'opens > 0' },
    cards,
    'cards-old': { ...cards, where: OLD_CARD },
    'cards-asleep': { ...cards, where: `is_dormant AND ${OLD_CARD}` },
    'card-reps': { ...cards, currency: 'rep', isDistinct: true },
    'card-people': { ...cards, currency: 'lead', isDistinct: true, where: 'company IS NOT NULL' },
    'card-companies': { ...cards, currency: 'company', isDistinct: true, where: 'company IS NOT NULL' },
    'returned-open': { ...returned, where: 'NOT came_back', until: `ended_day + ${returnYieldDays}` },
  };
}
