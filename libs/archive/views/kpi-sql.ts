import { METRICS, type Metric } from './kpi-sql-metrics';
import { inUnits, listOf } from './counted-events';
import { LIFECYCLE_VIEWS } from './lifecycle';
import { SALES_VIEWS } from './sales';
import { SUBJECT_VIEWS } from './subjects';

export interface KpiSqlQuery {
  /** Names of KPIs. Default: all that can be split this way. */
  kpis?: readonly string[];
  by: 'rep' | 'team' | 'none' | 'origin';
  period: 'day' | 'week' | 'month' | 'none';
}

/** A KPI as the sums of two metrics, each on its own days. */
interface Formula {
  numerator: string;
  /** Absent for a count, whose value is the numerator. */
  denominator?: string;
  /** The part of the denominator that is still undecided today. */
  open?: string;
  perCurrency?: true;
  /** The same by the origin of leads. */
  byOrigin?: { numerator: string; denominator?: string };
  /** No representative is credited. */
  ofLeads?: true;
}

export const FORMULAS: Readonly<Record<string, Formula>> = {
  calls: { numerator: 'calls' },
  'answer-rate': { numerator: 'calls-answered', denominator: 'calls-answerable' },
  'reach-rate': { numerator: 'calls-reached', denominator: 'calls-answerable' },
  appointments: { numerator: 'appointments' },
  'appointments-net': { numerator: 'appointments-net' },
  'appointment-rate': { numerator: 'calls-appointed', denominator: 'calls' },
  'appointment-rate-per-reach': { numerator: 'calls-appointed', denominator: 'calls-reached' },
  'first-meetings': { numerator: 'first-meetings' },
  'first-meeting-rate': { numerator: 'first-appointments-held', denominator: 'first-appointments', open: 'first-appointments-open' },
  'first-meeting-loss-rate': { numerator: 'first-meetings-lost', denominator: 'first-meetings', open: 'first-meetings-open' },
  'products-proposed': { numerator: 'products-proposed' },
  'products-per-deal': { numerator: 'products-proposed', denominator: 'deals-proposed' },
  quotes: { numerator: 'quotes' },
  'quote-revisions': { numerator: 'quote-revisions' },
  visits: { numerator: 'visits' },
  'visits-onsite': { numerator: 'visits-onsite' },
  'visits-remote': { numerator: 'visits-remote' },
  'visits-per-deal': { numerator: 'visits', denominator: 'deals-met' },
  wins: { numerator: 'won', byOrigin: { numerator: 'won-by-origin' } },
  'win-rate': { numerator: 'won', denominator: 'closed' },
  'loss-rate': { numerator: 'lost', denominator: 'closed' },
  'win-rate-cohort': { numerator: 'opened-won', denominator: 'opened', open: 'opened-open' },
  'amount-win-rate': { numerator: 'amount-won', denominator: 'amount-closed', perCurrency: true },
  leads: { numerator: 'captured', byOrigin: { numerator: 'captured' }, ofLeads: true },
  'lead-to-won': {
    numerator: 'captured-won',
    denominator: 'captured',
    byOrigin: { numerator: 'captured-won', denominator: 'captured' },
    ofLeads: true,
  },
};

const can = ({ byOrigin, ofLeads }: Formula, by: KpiSqlQuery['by']): boolean =>
  by === 'origin' ? byOrigin !== undefined : !ofLeads || by === 'none';

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
const COLUMNS = `event_id, position, type, occurred_at, day, lead, actor_kind, actor, team, account, rep, reps, call, appointment, source_call, meeting, deal, quote, quote_revision, handoff, run,
  origin, outcome, status, reason, mode, declared_by, seconds, minutes, amount, currency, products, started_at, started_day, scheduled_at, new_at, signed_at, after, NULL::VARCHAR AS data`;

/**
 * The views again, as parts of one statement over facts that are read once. Each view by itself would read the events again, with joins
 * that leave out voided ones; twenty of them in one statement would need more than a gigabyte for that alone.
 */
const VIEWS_OVER_FACTS = [
  `counted AS MATERIALIZED (SELECT ${COLUMNS} FROM archive.counted WHERE type IN (${listOf(FACTS)}))`,
  ...[...SALES_VIEWS, ...LIFECYCLE_VIEWS.filter(({ name }) => name === 'returns'), ...SUBJECT_VIEWS].map(
    ({ name, sql }) => `${plain(name)} AS (${plain(sql)})`,
  ),
].join(', ');

function plain(text: string): string {
  return text.replaceAll('archive.', '');
}

/**
 * The KPIs over the views, as one statement with the parameters `$from`, `$to` (days; `$to` is not included) and `$today` (the day that
 * decides which cases are still open). It gives what `leadlog kpi` gives: rows kpi, period, group, currency, numerator, denominator, value,
 * open_share; every KPI for every period and group in which any of them counts something.
 */
export function kpiSql({ kpis, by, period }: KpiSqlQuery): string {
  const wanted = kpis ?? Object.keys(FORMULAS).filter((name) => can(FORMULAS[name]!, by));
  const formulas = wanted.map((name): Formula & { name: string } => {
    const formula = FORMULAS[name];
    if (!formula || !can(formula, by)) throw new Error(`expected a KPI that can be split by ${by}, got ${name}`);
    return { name, ...formula, ...(by === 'origin' && formula.byOrigin) };
  });
  const metrics = [...new Set(formulas.flatMap(({ numerator, denominator, open }) => [numerator, denominator ?? [], open ?? []].flat()))];
  const text = (value: string | undefined) => (value === undefined ? 'NULL' : `'${value}'`);
  const named = formulas.map(
    ({ name, numerator, denominator, open, perCurrency }, place) =>
      `(${place}, '${name}', '${numerator}', ${text(denominator)}, ${text(open)}, ${perCurrency ?? false})`,
  );
  return `
    WITH ${VIEWS_OVER_FACTS},
    cells AS MATERIALIZED (
      ${metrics.map((metric) => cellsOf(metric, METRICS[metric]!, { by, period })).join('\n      UNION ALL ')}
    ), sums AS (
      SELECT metric, period, who, currency, sum(n)::BIGINT AS n FROM cells GROUP BY ALL
    ), places AS (
      SELECT period, who FROM cells
      ${by === 'none' ? `UNION SELECT ${periodOf('day', period)}, '' FROM (SELECT unnest(generate_series($from::DATE, $to::DATE - 1, INTERVAL 1 DAY))::DATE AS day)` : 'GROUP BY ALL'}
    ), kpis(place, kpi, numerator, denominator, open, per_currency) AS (
      VALUES ${named.join(', ')}
    ), currencies AS (
      SELECT metric, currency FROM sums WHERE currency <> '' GROUP BY ALL
    )
    SELECT kpi, ${period === 'none' ? 'NULL::VARCHAR' : 'places.period'} AS period, ${by === 'none' ? 'NULL::VARCHAR' : 'places.who'} AS "group", currencies.currency AS currency,
      ${inItsUnit('coalesce(above.n, 0)')} AS numerator, CASE WHEN denominator IS NOT NULL THEN ${inItsUnit('coalesce(below.n, 0)')} END AS denominator,
      CASE WHEN denominator IS NULL THEN ${inItsUnit('coalesce(above.n, 0)')} ELSE coalesce(above.n, 0) / nullif(below.n, 0) END AS value,
      CASE WHEN open IS NOT NULL THEN coalesce(undecided.n, 0) / nullif(below.n, 0) END AS open_share
    FROM kpis CROSS JOIN places
      LEFT JOIN currencies ON per_currency AND currencies.metric = denominator
      LEFT JOIN sums AS above ON above.metric = numerator AND above.period = places.period AND above.who = places.who AND above.currency = coalesce(currencies.currency, '')
      LEFT JOIN sums AS below ON below.metric = denominator AND below.period = places.period AND below.who = places.who AND below.currency = coalesce(currencies.currency, '')
      LEFT JOIN sums AS undecided ON undecided.metric = open AND undecided.period = places.period AND undecided.who = places.who
    WHERE (NOT per_currency OR currencies.currency IS NOT NULL) AND $today::DATE IS NOT NULL
    ORDER BY kpis.place, places.period, places.who, currencies.currency`;
}

/** Converts money to units of its currency. */
const inItsUnit = (n: string): string => `CASE WHEN currencies.currency IS NULL THEN ${n} ELSE ${inUnits(n, 'currencies.currency')} END`;

function cellsOf(
  name: string,
  { from, day, rep, reps, team, origin, n, currency, until, where }: Metric,
  { by, period }: KpiSqlQuery,
): string {
  const who = {
    none: "''",
    // Each representative at a meeting is credited, but the total counts the meeting once.
    rep: reps === undefined ? `coalesce(${rep ?? 'NULL'}, '')` : `unnest(CASE WHEN len(${reps}) > 0 THEN ${reps} ELSE [''] END)`,
    team: `coalesce(${team ?? 'NULL'}, '')`,
    origin: `coalesce(${origin ?? 'NULL'}, '')`,
  }[by];
  const inSpan = [`${day} >= $from::DATE`, `${day} < $to::DATE`, ...(where ? [where] : []), ...(until ? [`${until} >= $today::DATE`] : [])];
  return `SELECT '${name}' AS metric, ${periodOf(day, period)} AS period, ${who} AS who, ${currency ?? "''"} AS currency, ${n ?? '1'} AS n FROM ${from} WHERE ${inSpan.join(' AND ')}`;
}

function periodOf(day: string, period: KpiSqlQuery['period']): string {
  switch (period) {
    case 'day':
      return `${day}::VARCHAR`;
    case 'week':
      return `date_trunc('week', ${day})::DATE::VARCHAR`;
    case 'month':
      return `strftime(${day}, '%Y-%m')`;
    case 'none':
      return "''";
  }
}
