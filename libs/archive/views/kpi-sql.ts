import { REJECTION_REASONS } from '@leadlog/events';
import { FISCAL_YEAR_START, type Period } from '@leadlog/time';
import { CARD_COHORT, DEFAULT_SQL_WINDOWS, MAIL_COHORT, metricsOf, RATED_WINS, type KpiSqlWindows, type Metric } from './kpi-sql-metrics';
import { cardCohort, mailCohort } from './marketing-cohorts';
import { quoted } from '../duckdb';
import { inUnits, listOf } from './counted-events';
import { COHORT_VIEWS, returnCohort } from './handoff-cohorts';
import { LIFECYCLE_VIEWS } from './lifecycle';
import { RELAY_VIEWS } from './relays';
import { SALES_VIEWS } from './sales';
import { appointmentCalls, SUBJECT_VIEWS } from './subjects';
import { ratedWins } from './top-reps-sql';

const LEAD_ATTRIBUTES = ['origin', 'campaign', 'region', 'industry'] as const;
type LeadAttribute = (typeof LEAD_ATTRIBUTES)[number];
const isOfLead = (by: KpiSqlQuery['by']): by is LeadAttribute => (LEAD_ATTRIBUTES as readonly string[]).includes(by);

export interface KpiSqlQuery {
  /** Names of KPIs. Default: all that can be split this way. */
  kpis?: readonly string[];
  by: 'rep' | 'team' | 'kind' | 'employer' | 'mode' | 'product' | 'field-rep' | 'pair' | 'none' | LeadAttribute;
  /** The kind and the employer of teams; other teams are of none. */
  teams?: readonly { id: string; kind: string; employer: string }[];
  /** Ids of the items that flows of the sales process require. */
  required?: readonly string[];
  period: Period | 'none';
  /** The value of the period before beside each value. It takes the parameters `$before_from` and `$before_to`: `spanBefore`. */
  compare?: 'previous';
  /** Month, 1 to 12. */
  fiscalYearStart?: number;
  windows?: Partial<KpiSqlWindows>;
}

/** A KPI as the sums of two metrics, each on its own days. */
export interface Formula {
  numerator: string;
  /** Absent for a count, whose value is the numerator. */
  denominator?: string;
  /** The part of the denominator that is still undecided today. */
  open?: string;
  perCurrency?: true;
  /** The value is this quantile of the lengths of time (ms) of a metric, in minutes; the rest of the denominator is infinitely long. */
  quantile?: { of: string; q: number };
  /** The value is the median of the days in a stage: of a metric of those who left it, and of one of those still in it since their day. */
  stay?: { left: string; staying: string };
  /** One row for each hour of the week, which metrics have in place of a currency. Only if it is asked for by name. */
  perHour?: true;
  /** Only of some representatives, or not by them: it can be split by these only. */
  splits?: readonly KpiSqlQuery['by'][];
  /** Of leads: no representative is credited. */
  ofLeads?: true;
  /** Of handoffs or business cards, which no deal has. */
  ofHandoffs?: true;
  /** Of meetings or appointments. */
  byMode?: true;
}

const BY_SEGMENT: readonly KpiSqlQuery['by'][] = ['team', 'kind', 'employer', 'none', 'industry'];
const BY_RELAY: readonly KpiSqlQuery['by'][] = ['rep', 'field-rep', 'pair', 'none', ...LEAD_ATTRIBUTES];
/** As many calls of an average hour are added to each hour. */
const PRIOR_CALLS = 20;

export const FORMULAS: Readonly<Record<string, Formula>> = {
  calls: { numerator: 'calls' },
  'answer-rate': { numerator: 'calls-answered', denominator: 'calls-answerable' },
  'reach-rate': { numerator: 'calls-reached', denominator: 'calls-answerable' },
  'answer-rate-by-hour': { numerator: 'hour-answered', denominator: 'hour-called', perHour: true, splits: BY_SEGMENT },
  'appointment-rate-by-hour': { numerator: 'hour-appointed', denominator: 'hour-called', perHour: true, splits: BY_SEGMENT },
  appointments: { numerator: 'appointments', byMode: true },
  'appointments-net': { numerator: 'appointments-net', byMode: true },
  'appointment-rate': { numerator: 'calls-appointed', denominator: 'calls' },
  'appointment-rate-per-reach': { numerator: 'calls-appointed', denominator: 'calls-reached' },
  'first-meetings': { numerator: 'first-meetings', byMode: true },
  'first-meeting-rate': {
    numerator: 'first-appointments-held',
    denominator: 'first-appointments',
    open: 'first-appointments-open',
    byMode: true,
  },
  'first-meeting-loss-rate': { numerator: 'first-meetings-lost', denominator: 'first-meetings', open: 'first-meetings-open', byMode: true },
  'flow-covered': { numerator: 'items-covered', denominator: 'items-asked', byMode: true },
  'flow-covered-won': { numerator: 'items-covered-won', denominator: 'items-asked-won', byMode: true },
  'flow-covered-lost': { numerator: 'items-covered-lost', denominator: 'items-asked-lost', byMode: true },
  proposals: { numerator: 'deals-proposed' },
  'products-proposed': { numerator: 'products-proposed' },
  'products-per-deal': { numerator: 'products-proposed', denominator: 'deals-proposed' },
  quotes: { numerator: 'quotes' },
  'quote-revisions': { numerator: 'quote-revisions' },
  visits: { numerator: 'visits', byMode: true },
  'visits-onsite': { numerator: 'visits-onsite' },
  'visits-remote': { numerator: 'visits-remote' },
  'visits-per-deal': { numerator: 'visits', denominator: 'deals-met', byMode: true },
  'visits-per-win': { numerator: 'won-visits', denominator: 'won' },
  'visits-per-win-best': { numerator: 'won-visits-best', denominator: 'won-best', splits: ['none'] },
  'visits-per-win-rest': { numerator: 'won-visits-rest', denominator: 'won-rest', splits: ['none'] },
  wins: { numerator: 'won' },
  'win-rate': { numerator: 'won', denominator: 'closed' },
  'loss-rate': { numerator: 'lost', denominator: 'closed' },
  'win-rate-cohort': { numerator: 'opened-won', denominator: 'opened', open: 'opened-open' },
  'stage-time-deal': {
    numerator: 'opened-closed',
    denominator: 'opened',
    open: 'opened-open',
    stay: { left: 'deal-days', staying: 'opened-open' },
  },
  'amount-won': { numerator: 'amount-won', perCurrency: true },
  'amount-win-rate': { numerator: 'amount-won', denominator: 'amount-closed', perCurrency: true },
  leads: { numerator: 'captured', ofLeads: true },
  'lead-to-won': { numerator: 'captured-won', denominator: 'captured', ofLeads: true },
  hot: { numerator: 'hot', ofLeads: true },
  'lead-to-hot': { numerator: 'captured-hot', denominator: 'captured', ofLeads: true },
  'stage-time-lead': {
    numerator: 'captured-hot',
    denominator: 'captured',
    open: 'captured-cold',
    stay: { left: 'lead-days', staying: 'captured-cold' },
    ofLeads: true,
  },
  'hot-to-accepted': { numerator: 'hot-accepted', denominator: 'hot', ofLeads: true },
  handoffs: { numerator: 'handed', ofHandoffs: true },
  'handoffs-accepted': { numerator: 'accepted', ofHandoffs: true },
  'stage-time-handoff': {
    numerator: 'handed-left',
    denominator: 'handed',
    open: 'handed-waiting',
    stay: { left: 'handed-days', staying: 'handed-waiting' },
    ofHandoffs: true,
  },
  'accepted-to-deal': { numerator: 'accepted-deal', denominator: 'accepted', ofHandoffs: true },
  'first-response-median': {
    numerator: 'handed-answered',
    denominator: 'handed',
    quantile: { of: 'handed-waited', q: 0.5 },
    ofHandoffs: true,
  },
  'first-response-p90': {
    numerator: 'handed-answered',
    denominator: 'handed',
    quantile: { of: 'handed-waited', q: 0.9 },
    ofHandoffs: true,
  },
  'first-response-at-once-rate': { numerator: 'handed-answered-at-once', denominator: 'handed', ofHandoffs: true },
  'first-response-soon-rate': { numerator: 'handed-answered-soon', denominator: 'handed', ofHandoffs: true },
  'sla-kept': { numerator: 'due-kept', denominator: 'due', open: 'due-open', ofHandoffs: true },
  'rejection-rate': { numerator: 'handed-rejected', denominator: 'handed', ofHandoffs: true },
  ...Object.fromEntries(
    REJECTION_REASONS.map((reason): [string, Formula] => [
      `rejection-rate-${reason.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      { numerator: `handed-rejected-${reason}`, denominator: 'handed', ofHandoffs: true },
    ]),
  ),
  returns: { numerator: 'returned', ofLeads: true },
  'return-yield': { numerator: 'returned-handed', denominator: 'returned', open: 'returned-open', ofLeads: true },
  'return-yield-won': { numerator: 'returned-won', denominator: 'returned', open: 'returned-unwon', ofLeads: true },
  relays: { numerator: 'relayed', splits: BY_RELAY },
  'relay-acceptance-rate': { numerator: 'relayed-accepted', denominator: 'relayed', splits: BY_RELAY },
  'relay-held-rate': { numerator: 'relayed-held', denominator: 'relayed', splits: BY_RELAY },
  'relay-won-rate': { numerator: 'relayed-won', denominator: 'relayed', splits: BY_RELAY },
  mails: { numerator: 'mails-delivered', ofLeads: true },
  'mail-open-rate': { numerator: 'mails-opened', denominator: 'mails-delivered', ofLeads: true },
  'mail-open-rate-raw': { numerator: 'mails-opened-raw', denominator: 'mails-delivered', ofLeads: true },
  cards: { numerator: 'cards', ofHandoffs: true },
  'cards-per-rep': { numerator: 'cards', denominator: 'card-reps', ofHandoffs: true },
  'people-per-company': { numerator: 'card-people', denominator: 'card-companies', ofHandoffs: true },
  'dormant-card-rate': { numerator: 'cards-asleep', denominator: 'cards-old', ofHandoffs: true },
};

/** Whether a KPI can be split so. */
export function canSplit({ numerator, ofLeads, ofHandoffs, byMode, splits }: Formula, by: KpiSqlQuery['by']): boolean {
  if (splits) return splits.includes(by);
  if (by === 'none' || isOfLead(by)) return true;
  if (by === 'field-rep' || by === 'pair') return false;
  if (by === 'mode') return byMode === true;
  return !ofLeads && (by !== 'product' || (!ofHandoffs && !numerator.startsWith('calls')));
}

const FACTS = [
  'CallCompleted',
  'AppointmentBooked',
  'AppointmentChanged',
  'MeetingHeld',
  'DealOpened',
  'ProductProposed',
  'QuoteSubmitted',
  'DealWon',
  'DealLost',
  'LeadReturned',
  'LeadDisqualified',
  'LeadCaptured',
];
/** Of these and of the facts is what handoffs are made of. */
const DECISIONS = ['LeadTierChanged', 'LeadHandedOff', 'LeadAssigned', 'HandoffAccepted', 'HandoffRejected', 'HandoffSlaBreached'];
const COLUMNS = `event_id, position, type, occurred_at, day, lead, actor_kind, actor, team, account, rep, reps, call, appointment, source_call, meeting, deal, quote, quote_revision, handoff, run,
  origin, campaign, outcome, status, reason, mode, declared_by, seconds, minutes, amount, currency, products, started_at, started_day, scheduled_at, new_at, signed_at, after`;

/**
 * The views again, as parts of one statement over facts that are read once. Each view by itself would read the events again, with joins
 * that leave out voided ones; twenty of them in one statement would need more than a gigabyte for that alone.
 */
function viewsOverFacts(
  windows: KpiSqlWindows,
  {
    withHandoffs,
    withProfiles,
    withProducts,
    withRelays,
    withFlow,
  }: Record<`with${'Handoffs' | 'Profiles' | 'Products' | 'Relays' | 'Flow'}`, boolean>,
): string {
  const types = listOf([...FACTS, ...(withHandoffs ? DECISIONS : []), ...(withProfiles ? PROFILES : []), ...(withRelays ? RELAYING : [])]);
  const views = [
    ...SALES_VIEWS,
    ...LIFECYCLE_VIEWS.filter(({ name }) => name === 'returns' || (withHandoffs && name === 'handoffs')),
    ...SUBJECT_VIEWS,
    ...(withHandoffs ? COHORT_VIEWS : []),
    ...(withRelays ? RELAY_VIEWS : []),
  ].map(
    (view) =>
      [appointmentCalls(windows.callToAppointmentHours), returnCohort(windows.returnYieldDays)].find(({ name }) => name === view.name) ??
      view,
  );
  const data = [
    ...(withHandoffs ? [OF_DECISIONS] : []),
    ...(withProfiles ? [OF_PROFILES] : []),
    ...(withProducts ? [OF_PRODUCTS] : []),
    ...(withRelays ? [OF_RELAYS] : []),
    ...(withFlow ? [OF_FLOW] : []),
  ];
  const columns = [COLUMNS, ...(withHandoffs ? [DECISION_COLUMNS] : []), `CASE ${data.join(' ')} ELSE NULL::VARCHAR END AS data`];
  return [
    `counted AS MATERIALIZED (SELECT ${(data.length > 0 ? columns : [COLUMNS, 'NULL::VARCHAR AS data']).join(', ')} FROM archive.counted WHERE type IN (${types}))`,
    ...views.map(({ name, sql }) => `${plain(name)} AS ${MATERIALIZED.has(plain(name)) ? 'MATERIALIZED ' : ''}(${plain(sql)})`),
  ].join(', ');
}

/** Columns, and members of data, that only handoffs need; of data that only what leads are split by needs. */
const DECISION_COLUMNS = 'recorded_lead, before, step, accept_by, contact_by, due_at, method';
const OF_DECISIONS = `WHEN type IN ('LeadAssigned', 'HandoffAccepted') THEN data
    WHEN type = 'LeadTierChanged' AND json_extract(data, '$.aside') IS NOT NULL THEN '{"aside": true}'`;
const OF_PROFILES = "WHEN type IN ('LeadCaptured', 'ProfileUpdated') THEN data";
const OF_RELAYS = "WHEN type = 'AppointmentRelayed' THEN data";
const OF_FLOW = "WHEN type IN ('CallCompleted', 'MeetingHeld') THEN data";
const RELAYING = ['AppointmentRelayed', 'RelayAccepted', 'RelayRejected'];
const OF_PRODUCTS = "WHEN type = 'DealOpened' THEN data";
/** Beside LeadCaptured. */
const PROFILES = ['ProfileUpdated', 'PersonalDataErased'];

/** Each is part of a dozen metrics, and takes long. */
const MATERIALIZED: ReadonlySet<string> = new Set([
  'lead_attributes',
  'deal_products',
  'relays',
  'handoffs',
  'hot_cohort',
  'handoff_cohort',
]);
const COHORTS: ReadonlySet<string> = new Set(COHORT_VIEWS.map(({ name }) => plain(name)));

function plain(text: string): string {
  return text.replaceAll('archive.', '');
}

/**
 * The KPIs over the views, as one statement with the parameters `$from`, `$to` (days; `$to` is not included) and `$today` (the day that
 * decides which cases are still open). It gives what `leadlog kpi` gives: rows kpi, period, group, currency, weekday, hour, numerator, denominator, value,
 * open_share, and with `compare` previous, change; every KPI for every period and group in which any of them counts something.
 */
export function kpiSql({
  kpis,
  by,
  teams = [],
  required = [],
  period,
  compare,
  fiscalYearStart = FISCAL_YEAR_START,
  windows: some,
}: KpiSqlQuery): string {
  const windows = { ...DEFAULT_SQL_WINDOWS, ...some };
  const ofMetric = metricsOf(windows, required);
  const wanted = kpis ?? Object.keys(FORMULAS).filter((name) => !FORMULAS[name]!.perHour && canSplit(FORMULAS[name]!, by));
  const formulas = wanted.map((name): Formula & { name: string } => {
    const formula = FORMULAS[name];
    if (!formula || !canSplit(formula, by)) throw new Error(`expected a KPI that can be split by ${by}, got ${name}`);
    return { name, ...formula };
  });
  const metrics = [
    ...new Set(
      formulas.flatMap(({ numerator, denominator, open, quantile, stay }) =>
        [numerator, denominator ?? [], open ?? [], quantile?.of ?? [], stay ? [stay.left, stay.staying] : []].flat(),
      ),
    ),
  ];
  const text = (value: string | undefined) => (value === undefined ? 'NULL::VARCHAR' : `'${value}'`);
  const named = formulas.map(
    ({ name, numerator, denominator, open, perCurrency, perHour, quantile, stay }, place) =>
      `(${place}, '${name}', '${numerator}', ${text(denominator)}, ${text(open)}, ${perCurrency ?? false}, ${perHour ?? false}, ${text(quantile?.of ?? stay?.left)}, ${quantile ? `${quantile.q}::DOUBLE` : 'NULL::DOUBLE'})`,
  );
  const name = (day: string) => periodOf(day, period, fiscalYearStart);
  const [inSpan, before] = ['day >= $from::DATE', 'day >= $before_from::DATE AND day < $before_to::DATE'];
  // The value of a numerator and a denominator, as joined below under these names.
  const [hasHours, hasStays] = [formulas.some(({ perHour }) => perHour), formulas.some(({ stay }) => stay)];
  const valueOf = (above: string, below: string, waits: string) =>
    `CASE WHEN quantile IS NOT NULL THEN ${waits}.ms[ceil(quantile * ${below}.n)::INTEGER] / 60000
      ${hasStays ? `WHEN lengths IS NOT NULL THEN ${waits}_stay.days` : ''}
      ${hasHours ? `WHEN per_hour THEN CASE WHEN ${below}.n > 0 THEN (coalesce(${above}.n, 0) + ${PRIOR_CALLS} * (coalesce(${above}_all.n, 0) / ${below}_all.n)) / (${below}.n + ${PRIOR_CALLS}) END` : ''}
      WHEN denominator IS NULL THEN ${inItsUnit(`coalesce(${above}.n, 0)`)} ELSE coalesce(${above}.n, 0) / nullif(${below}.n, 0) END`;
  const value = valueOf('above', 'below', 'waits');
  const previous = valueOf('above_before', 'below_before', 'waits_before');
  const joined = (sums: string, as: string, metric: string, more = '') =>
    `LEFT JOIN ${sums} AS ${as} ON ${as}.metric = ${metric} AND ${as}.period = places.period AND ${as}.who = places.who${more}`;
  const lengths = [...new Set(formulas.flatMap(({ quantile }) => quantile?.of ?? []))];
  const lengthsIn = (days: string, of: string) =>
    `SELECT metric, ${of} AS period, who, list_sort(list(n)) AS ms FROM cells WHERE metric IN (${listOf(['', ...lengths])}) AND ${days} GROUP BY ALL`;
  const distinct = metrics.filter((metric) => ofMetric[metric]!.isDistinct);
  const sumsIn = (days: string, of: string) =>
    [
      `SELECT metric, ${of} AS period, who, currency, sum(n)::BIGINT AS n FROM cells WHERE ${distinct.length === 0 ? 'true' : `metric NOT IN (${listOf(distinct)})`} AND ${days} GROUP BY ALL`,
      ...(distinct.length === 0
        ? []
        : [
            `SELECT metric, ${of} AS period, who, '' AS currency, count(DISTINCT currency) AS n FROM cells WHERE metric IN (${listOf(distinct)}) AND ${days} GROUP BY ALL`,
          ]),
    ].join(' UNION ALL ');
  const stays = formulas.flatMap(({ stay }) => stay ?? []);
  const staysIn = (days: string, of: string) => staysOf(stays, (metric) => `FROM cells WHERE metric = '${metric}' AND ${days}`, of);
  const totals = (sums: string) => `SELECT metric, period, who, sum(n)::BIGINT AS n FROM ${sums} GROUP BY ALL`;
  /** Joined to each of the sums of now and before: what hours and stages need beside it. */
  const besides = (sums: string, above: string, below: string, waits: string): string =>
    [
      ...(hasHours
        ? [joined(`(${totals(sums)})`, `${above}_all`, 'numerator'), joined(`(${totals(sums)})`, `${below}_all`, 'denominator')]
        : []),
      ...(hasStays ? [joined(sums === 'sums' ? 'stays' : 'stays_before', `${waits}_stay`, 'lengths')] : []),
    ].join('\n      ');
  const inCurrency = (as: string) => ` AND ${as}.currency = coalesce(currencies.currency, '')`;
  return `
    WITH ${partsFor(metrics, ofMetric, { by, period, compare, fiscalYearStart, windows })}
    cells AS MATERIALIZED (
      ${metrics.map((metric) => cellsOf(metric, ofMetric[metric]!, { by, teams }, compare === undefined ? '$from' : '$before_from')).join('\n      UNION ALL ')}
    ), sums AS (
      ${sumsIn(inSpan, name('day'))}
    ), sums_before AS (
      ${compare === undefined ? 'FROM sums WHERE false' : sumsIn(before, name(nextPeriod('day', period)))}
    ), waits AS (
      ${lengthsIn(inSpan, name('day'))}
    ), waits_before AS (
      ${compare === undefined ? 'FROM waits WHERE false' : lengthsIn(before, name(nextPeriod('day', period)))}
    ), ${hasStays ? `stays AS (${staysIn(inSpan, name('day'))}), stays_before AS (${compare === undefined ? 'FROM stays WHERE false' : staysIn(before, name(nextPeriod('day', period)))}),` : ''}
    places AS (
      SELECT period, who FROM sums UNION SELECT period, who FROM sums_before
      ${by === 'none' ? `UNION SELECT ${name('day')}, '' FROM (SELECT unnest(generate_series($from::DATE, $to::DATE - 1, INTERVAL 1 DAY))::DATE AS day)` : ''}
    ), kpis(place, kpi, numerator, denominator, open, per_currency, per_hour, lengths, quantile) AS (
      VALUES ${named.join(', ')}
    ), currencies AS (
      SELECT metric, currency FROM sums WHERE currency <> '' UNION SELECT metric, currency FROM sums_before WHERE currency <> ''
    )
    SELECT kpi, ${period === 'none' ? 'NULL::VARCHAR' : 'places.period'} AS period, ${by === 'none' ? 'NULL::VARCHAR' : 'places.who'} AS "group", CASE WHEN per_currency THEN currencies.currency END AS currency,
      CASE WHEN per_hour THEN currencies.currency[1]::INTEGER END AS weekday, CASE WHEN per_hour THEN currencies.currency[3:]::INTEGER END AS hour,
      ${inItsUnit('coalesce(above.n, 0)')} AS numerator, CASE WHEN denominator IS NOT NULL THEN ${inItsUnit('coalesce(below.n, 0)')} END AS denominator,
      ${value} AS value,
      CASE WHEN open IS NOT NULL THEN coalesce(undecided.n, 0) / nullif(below.n, 0) END AS open_share${compare === undefined ? '' : `,\n      ${previous} AS previous, ${value} - ${previous} AS change`}
    FROM kpis CROSS JOIN places
      LEFT JOIN currencies ON (per_currency OR per_hour) AND currencies.metric = coalesce(denominator, numerator)
      ${joined('sums', 'above', 'numerator', inCurrency('above'))}
      ${joined('sums', 'below', 'denominator', inCurrency('below'))}
      ${joined('sums', 'undecided', 'open')}
      ${joined('waits', 'waits', 'lengths')}
      ${besides('sums', 'above', 'below', 'waits')}
      ${compare === undefined ? '' : `${joined('sums_before', 'above_before', 'numerator', inCurrency('above_before'))}\n      ${joined('sums_before', 'below_before', 'denominator', inCurrency('below_before'))}\n      ${joined('waits_before', 'waits_before', 'lengths')}\n      ${besides('sums_before', 'above_before', 'below_before', 'waits_before')}`}
    WHERE (NOT (per_currency OR per_hour) OR currencies.currency IS NOT NULL) AND (NOT per_hour OR below.n > 0${compare === undefined ? '' : ' OR below_before.n > 0'}) AND $today::DATE IS NOT NULL
    ORDER BY kpis.place, places.period, places.who, currencies.currency`;
}

/** The parts of a statement over which cells of these metrics are selected. */
export function partsFor(
  metrics: readonly string[],
  ofMetric: Readonly<Record<string, Metric>>,
  {
    by,
    period,
    compare,
    fiscalYearStart,
    windows,
  }: Pick<KpiSqlQuery, 'by' | 'period' | 'compare'> & { fiscalYearStart: number; windows: KpiSqlWindows },
): string {
  const reads = (from: string): boolean => metrics.some((metric) => ofMetric[metric]!.from === from);
  return `${viewsOverFacts(windows, {
    withHandoffs: metrics.some((metric) => COHORTS.has(ofMetric[metric]!.from)),
    withProfiles: by === 'region' || by === 'industry',
    withProducts: by === 'product',
    withRelays: reads('relays'),
    withFlow: reads('covered_items'),
  })},
    ${reads(RATED_WINS) ? `${RATED_WINS} AS MATERIALIZED (${ratedWins({ period, compare, fiscalYearStart })}),` : ''}
    ${reads(CARD_COHORT) ? `${CARD_COHORT} AS MATERIALIZED (${cardCohort}),` : ''}
    ${reads(MAIL_COHORT) ? `${MAIL_COHORT} AS MATERIALIZED (${mailCohort}),` : ''}`;
}

/**
 * The days after which half have left a stage, by Kaplan and Meier: of those who left it after some days, and of those still in it. Rounding
 * adds less to an exact half than is added here.
 */
const staysOf = (stays: readonly { left: string; staying: string }[], cells: (metric: string) => string, period: string): string => `
  WITH told AS (
    ${stays
      .map(
        ({ left, staying }) => `SELECT '${left}' AS metric, ${period} AS period, who, n AS days, true AS has_left ${cells(left)}
    UNION ALL SELECT '${left}', ${period}, who, greatest($today::DATE - day, 0), false ${cells(staying)}`,
      )
      .join('\n    UNION ALL ')}
  ), by_days AS (
    SELECT metric, period, who, days, count(*) FILTER (has_left) AS leaving, count(*) AS many FROM told GROUP BY ALL
  ), at_risk AS (
    SELECT *, sum(many) OVER (PARTITION BY metric, period, who ORDER BY days ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)::BIGINT AS there FROM by_days
  ), survival AS (
    SELECT *, product(1 - leaving / there) OVER (PARTITION BY metric, period, who ORDER BY days ROWS UNBOUNDED PRECEDING) AS share FROM at_risk
  )
  SELECT metric, period, who, min(days) FILTER (share <= 0.5 + 1e-9) AS days FROM survival GROUP BY ALL`;

/** Converts money to units of its currency. */
const inItsUnit = (n: string): string => `CASE WHEN NOT per_currency THEN ${n} ELSE ${inUnits(n, 'currencies.currency')} END`;

/** `whole`: each with the row of the view that it is, as JSON. */
export function cellsOf(
  name: string,
  { from, withDeal, day, rep, reps, team, mode, product, fieldRep, ofLead, n, currency, until, where }: Metric,
  { by, teams }: Required<Pick<KpiSqlQuery, 'by' | 'teams'>>,
  first: string,
  whole = false,
): string {
  const ofTeams = (trait: 'kind' | 'employer'): string =>
    teams.length === 0
      ? "''"
      : `CASE ${team ?? 'NULL'} ${teams.map((one) => `WHEN ${quoted(one.id)} THEN ${quoted(one[trait])}`).join(' ')} ELSE '' END`;
  const who = {
    none: "''",
    // Each representative at a meeting is credited, but the total counts the meeting once.
    rep: reps === undefined ? `coalesce(${rep ?? 'NULL'}, '')` : `unnest(CASE WHEN len(${reps}) > 0 THEN ${reps} ELSE [''] END)`,
    team: `coalesce(${team ?? 'NULL'}, '')`,
    kind: ofTeams('kind'),
    employer: ofTeams('employer'),
    mode: mode ?? "''",
    'field-rep': fieldRep ?? "''",
    pair: fieldRep === undefined ? "''" : `${rep} || ' → ' || ${fieldRep}`,
    // Each product of the deal counts it.
    product: product ?? "unnest(CASE WHEN len(deal_products) > 0 THEN deal_products ELSE [''] END)",
    ...(Object.fromEntries(LEAD_ATTRIBUTES.map((one) => [one, `coalesce(${one}, '')`])) as Record<LeadAttribute, string>),
  }[by];
  const rows =
    isOfLead(by) && !ofLead
      ? `${from} LEFT JOIN lead_attributes USING (lead)`
      : by === 'product' && product === undefined
        ? `${withDeal ?? from} LEFT JOIN deal_products USING (deal)`
        : from;
  const inSpan = [
    `${day} >= ${first}::DATE`,
    `${day} < $to::DATE`,
    ...(where ? [where] : []),
    ...(until ? [`${until} >= $today::DATE`] : []),
  ];
  return `SELECT '${name}' AS metric, ${day} AS day, ${who} AS who, ${currency ?? "''"} AS currency, ${n ?? '1'} AS n${whole ? ', to_json(facts)::VARCHAR AS fact' : ''} FROM ${whole ? `(SELECT * FROM ${rows}) AS facts` : rows} WHERE ${inSpan.join(' AND ')}`;
}

/** The name of the period that a day is in (libs/time/periods.ts). */
export function periodOf(day: string, period: KpiSqlQuery['period'], fiscalYearStart: number): string {
  switch (period) {
    case 'day':
      return `(${day})::VARCHAR`;
    case 'week':
      return `date_trunc('week', ${day})::DATE::VARCHAR`;
    case 'month':
      return `strftime(${day}, '%Y-%m')`;
    case 'quarter':
      return `strftime(${day}, '%Y') || '-Q' || quarter(${day})`;
    case 'fiscal-year':
      return `strftime(${day} - INTERVAL ${fiscalYearStart - 1} MONTH, '%Y')`;
    case 'none':
      return "''";
  }
}

/** A day in the period after that of a day. */
function nextPeriod(day: string, period: KpiSqlQuery['period']): string {
  switch (period) {
    case 'day':
      return `(${day} + 1)`;
    case 'week':
      return `(${day} + 7)`;
    case 'month':
    case 'quarter':
    case 'fiscal-year':
      return `(${day} + INTERVAL ${{ month: 1, quarter: 3, 'fiscal-year': 12 }[period]} MONTH)::DATE`;
    case 'none':
      return day;
  }
}
