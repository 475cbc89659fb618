import { FISCAL_YEAR_START } from '@leadlog/time';
import { quoted } from '../duckdb';
import { inUnits } from './counted-events';
import { canSplit, cellsOf, FORMULAS, partsFor, periodOf, type Formula, type KpiSqlQuery } from './kpi-sql';
import { DEFAULT_SQL_WINDOWS, metricsOf } from './kpi-sql-metrics';

export const KPI_PARTS = ['numerator', 'denominator', 'open'] as const;
export type KpiPart = (typeof KPI_PARTS)[number];

/** What of a KPI can be opened. Undefined: it has no such part. */
export const metricOf = ({ numerator, denominator, open }: Formula, part: KpiPart): string | undefined =>
  ({ numerator, denominator, open })[part];

export interface KpiFactsSqlQuery extends Omit<KpiSqlQuery, 'kpis' | 'compare'> {
  /** Each with its parts. */
  parts: readonly { kpi: string; part: KpiPart }[];
  /** Only what stands in this row of the table; left out, all of it. */
  only?: { period?: string; group?: string; currency?: string };
  /** In the order of the days; each row then says how many there are and what they add up to (`total`, `sum`). */
  page?: { limit: number; offset: number };
}

/**
 * What numbers of `kpiSql` count, with the same parameters: rows kpi, part, period, group, currency, adds, day, fact. `adds` of the rows of a place
 * are, together, the number that stands there; mostly each is 1. `fact` is the row of the view as JSON. Of what is counted once by its name, there is a row for each
 * name, which `currency` holds, as it holds the hour of the week.
 */
export function kpiFactsSql({
  parts,
  by,
  teams = [],
  required = [],
  period,
  fiscalYearStart = FISCAL_YEAR_START,
  windows: some,
  only = {},
  page,
}: KpiFactsSqlQuery): string {
  const windows = { ...DEFAULT_SQL_WINDOWS, ...some };
  const ofMetric = metricsOf(windows, required);
  const wanted = parts.map(({ kpi, part }) => {
    const formula = FORMULAS[kpi];
    const metric = formula && canSplit(formula, by) ? metricOf(formula, part) : undefined;
    if (!formula || metric === undefined) throw new Error(`expected a part of a KPI that can be split by ${by}, got ${kpi} ${part}`);
    return { kpi, part, metric, perCurrency: formula.perCurrency === true };
  });
  const metrics = [...new Set(wanted.map(({ metric }) => metric))];
  const distinct = metrics.filter((metric) => ofMetric[metric]!.isDistinct);
  const name = periodOf('day', period, fiscalYearStart);
  const place = `${name} AS period, who, currency`;
  const rows = Object.entries(only).flatMap(([column, value]) => (value === undefined ? [] : [`"${column}" = ${quoted(value)}`]));
  const paged = page
    ? (all: string) =>
        `SELECT *, count(*) OVER () AS total, sum(adds) OVER () AS sum FROM (${all}) AS facts WHERE ${['true', ...rows].join(' AND ')} ORDER BY day, fact, "group", currency LIMIT ${page.limit} OFFSET ${page.offset}`
    : (all: string) => all;
  return paged(`
    WITH ${partsFor(metrics, ofMetric, { by, period, fiscalYearStart, windows })}
    cells AS MATERIALIZED (
      ${metrics.map((metric) => cellsOf(metric, ofMetric[metric]!, { by, teams }, '$from', true)).join('\n      UNION ALL ')}
    ), counted_facts AS (
      SELECT metric, ${place}, n::BIGINT AS n, day, fact FROM cells ${distinct.length > 0 ? `WHERE metric NOT IN (${listed(distinct)})` : ''}
      ${distinct.length > 0 ? `UNION ALL SELECT metric, ${place}, 1, min(day), arg_min(fact, (day, fact)) FROM cells WHERE metric IN (${listed(distinct)}) AND currency IS NOT NULL GROUP BY ALL` : ''}
    ), wanted(kpi, part, metric, per_currency) AS (
      VALUES ${wanted.map(({ kpi, part, metric, perCurrency }) => `('${kpi}', '${part}', '${metric}', ${perCurrency})`).join(', ')}
    )
    SELECT kpi, part, period, who AS "group", currency, CASE WHEN per_currency THEN ${inUnits('n', 'currency')} ELSE n END AS adds, day::VARCHAR AS day, fact
    FROM wanted JOIN counted_facts USING (metric) WHERE $today::DATE IS NOT NULL AND n IS NOT NULL`);
}

const listed = (names: readonly string[]): string => names.map((one) => `'${one}'`).join(', ');
