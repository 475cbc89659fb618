import { LeadlogError } from '@leadlog/errors';
import { counted, shown } from '@leadlog/events';
import { daysBetween, PERIODS } from '@leadlog/time';
import { kpiNames, kpis, splitsOf, type KpiBy, type KpiDefinition } from './kpis';

export const KPI_PERIODS = [...PERIODS, 'none'] as const;
export type KpiPeriod = (typeof KPI_PERIODS)[number];

/** A team of the organisation. */
export interface KpiTeam {
  id: string;
  kind: string;
  employer: string;
}

export interface KpiQuery {
  /** Default: all that can be split this way, but for those with a row for each hour. */
  kpis?: readonly string[];
  by: KpiBy;
  /** Local days, YYYY-MM-DD; `to` is not included. */
  from: string;
  to: string;
  period: KpiPeriod;
  /** Beside each value that of the period before: a row also for groups that only the period before counts. */
  compare?: 'previous';
  /** Month, 1 to 12. */
  fiscalYearStart?: number;
  /** The kind and the employer of teams, for `by`; other teams are of none. */
  teams?: readonly KpiTeam[];
  /** Ids of the items that flows of the sales process require. */
  required?: readonly string[];
  /** Must be that with which the projections were made. */
  timezone: string;
  /** Milliseconds; determines which cohort cases are still open. */
  now: number;
}

export class InvalidKpiQuery extends LeadlogError {
  readonly kind = 'invalid';

  constructor(field: 'kpi' | 'by' | 'from' | 'to' | 'asOf' | 'part' | 'currency' | 'weekday' | 'hour', expected: string, got: string) {
    super(`${field}: expected ${expected}, got ${shown(got)}`, { errors: [{ pointer: `/${field}`, expected, got: shown(got) }] });
  }
}

/** A table of more would be larger than anybody reads, and keep everybody else waiting: eleven years of days, a century of months. */
const MOST_DAYS: Readonly<Record<KpiPeriod, number>> = {
  day: 4_018,
  week: 36_525,
  month: 36_525,
  quarter: 36_525,
  'fiscal-year': 36_525,
  none: Infinity,
};

/** The KPIs that are asked for, in the order of their rows. Throws InvalidKpiQuery. */
export function wantedKpis({ kpis: names, by, from, to, period }: Omit<KpiQuery, 'timezone' | 'now'>): readonly KpiDefinition[] {
  if (!(from < to)) throw new InvalidKpiQuery('to', `a day after ${from}`, to);
  const most = MOST_DAYS[period];
  if (daysBetween(from, to) > most)
    throw new InvalidKpiQuery('to', `at most ${counted(most, 'day')} after ${from} for a row each ${period}`, to);
  const wanted = names?.map(definitionOf) ?? kpis.filter((one) => !one.perHour && splitsOf(one).includes(by));
  for (const one of wanted)
    if (!splitsOf(one).includes(by)) throw new InvalidKpiQuery('by', `one of ${splitsOf(one).join(', ')} for ${one.name}`, by);
  return wanted;
}

function definitionOf(name: string): KpiDefinition {
  const found = kpis.find((one) => one.name === name);
  if (!found) throw new InvalidKpiQuery('kpi', `one of ${kpiNames.join(', ')}`, name);
  return found;
}
