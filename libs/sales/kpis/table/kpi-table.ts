import { counted } from '@leadlog/events';
import { addDays, periodName, periodsLater, spanBefore, startOfPeriod } from '@leadlog/time';
import { Differences } from '../differences';
import { InvalidKpiQuery, wantedKpis, type KpiPeriod, type KpiQuery } from '../kpi-query';
import { isOfCalls, type KpiDefinition } from '../kpis';
import { SharedDeals, type KpiViews, type SharedDifferences } from '../shared-deals';
import { cellReader, type Cell } from './kpi-cells';
import { sumsOf, valueAt, type KpiSums } from './kpi-values';

export interface KpiRow {
  kpi: string;
  label: string;
  unit: KpiDefinition['unit'];
  basis: KpiDefinition['basis'];
  /** A day, the Monday of a week, a month (YYYY-MM), a quarter (2026-Q2), or the year in which a fiscal year begins. */
  period?: string;
  /** By what it was asked; the empty text is the group of events that name none. */
  group?: string;
  /** Numerator and denominator are then money, in units of it (1234.5 USD, not cents). */
  currency?: string;
  /** An hour of the week: the weekday (1 is Monday) and the hour of the day, 0 to 23. */
  weekday?: number;
  hour?: number;
  /** Of an hour: whether it has enough calls to mean anything. */
  sure?: boolean;
  numerator: number;
  denominator: number | null;
  /** null if the denominator is 0. */
  value: number | null;
  /** For a cohort: the part of the denominator that is still undecided. */
  openShare: number | null;
  /** Only with `compare`: the value of the period before, and by how much this one is greater; null if either is. */
  previous?: number | null;
  change?: number | null;
}

export interface KpiTable {
  rows: KpiRow[];
  /** The rows include everything up to here. */
  position: bigint;
}

/** Of a row for each KPI, period and group. A larger table would take the memory that everybody else's answers need. */
const MOST_ROWS = 50_000;
/** Calls in an hour of the week below which its value is not sure. */
export const ENOUGH_CALLS = 30;
const NONE: SharedDifferences = { sales: new Differences(), leads: new Differences() };
/** Calls and handoffs are facts of one lead. */
const isOfOneLead = (kpi: KpiDefinition): boolean =>
  isOfCalls(kpi) || (kpi.of !== undefined && kpi.of !== 'capture' && kpi.of !== 'return');

/**
 * Rows by KPI, period, group, currency; every KPI has a row for every period and group in which any of them counts something. `shared`:
 * kept between questions, it need not work out again what leads share deals. Throws InvalidKpiQuery.
 */
export async function kpiTable(views: KpiViews, query: KpiQuery, shared = new SharedDeals()): Promise<KpiTable> {
  const wanted = wantedKpis(query);
  if (wanted.every(isOfOneLead)) return tableOf(views, query, wanted, NONE);
  // Before the sums are read, so that a deal that becomes shared in between is briefly counted twice, but no count is ever negative.
  return shared.with(views, (differences) => tableOf(views, query, wanted, differences));
}

async function tableOf(
  views: KpiViews,
  query: KpiQuery,
  wanted: readonly KpiDefinition[],
  differences: SharedDifferences,
): Promise<KpiTable> {
  const { by, from, to, period, fiscalYearStart, compare } = query;
  const places = new Map<string, Place>();
  /** Looked up for every cell, of which there are tens of thousands: by day, then by group. */
  const placing = (later: number): ((cell: Pick<Cell, 'day' | 'who'>) => string) => {
    const ofDay = new Map<string, Map<string, string>>();
    const ofPeriod = new Map<string, Map<string, string>>();
    const groupsOn = (day: string): Map<string, string> => {
      const name = periodOf(day, period, later, fiscalYearStart);
      const groups = ofPeriod.get(name) ?? new Map<string, string>();
      ofPeriod.set(name, groups);
      ofDay.set(day, groups);
      return groups;
    };
    return ({ day, who }) => {
      const groups = ofDay.get(day) ?? groupsOn(day);
      const known = groups.get(who);
      if (known !== undefined) return known;
      const at = {
        ...(period !== 'none' && { period: periodOf(day, period, later, fiscalYearStart) }),
        ...(by !== 'none' && { group: who }),
      };
      const name = `${at.period ?? ''}|${at.group ?? ''}`;
      if (!places.has(name)) places.set(name, at);
      if (places.size * wanted.length > MOST_ROWS) throw tooManyRows(to);
      groups.set(who, name);
      return name;
    };
  };
  const [place, placeBefore] = [placing(0), placing(1)];
  if (by === 'none') for (let day = from; day < to; day = period === 'none' ? to : addDays(day, 1)) place({ day, who: '' });

  const cells = cellReader(views, differences, query);
  const span = { from, to };
  const before = compare && spanBefore(span, period === 'none' ? undefined : period, fiscalYearStart);
  const sums: { now: KpiSums; then?: KpiSums }[] = [];
  for (const definition of wanted) {
    const now = await sumsOf(definition, query, span, cells, place);
    sums.push({ now, ...(before && { then: await sumsOf(definition, query, before, cells, placeBefore) }) });
  }

  const order = [...places.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows: KpiRow[] = [];
  for (const [at, definition] of wanted.entries()) {
    const { name, label, unit, basis } = definition;
    const { now, then } = sums[at]!;
    for (const [where, shown] of order) {
      for (const part of partsAt(definition, where, now, then)) {
        const { numerator, denominator, value } = valueAt(definition, now, where, part);
        const previous = then && valueAt(definition, then, where, part).value;
        const open = now.open && (now.open.get('')?.get(where) ?? 0);
        rows.push({
          kpi: name,
          label,
          unit,
          basis,
          ...shown,
          ...shownPart(definition, part, denominator),
          numerator,
          denominator,
          value,
          openShare: open === undefined || !denominator ? null : open / denominator,
          ...(previous !== undefined && { previous, change: value === null || previous === null ? null : value - previous }),
        });
        if (rows.length > MOST_ROWS) throw tooManyRows(to);
      }
    }
  }
  const position = Object.values(views)
    .map(({ through }) => through)
    .reduce((least, through) => (through < least ? through : least));
  return { rows, position };
}

const tooManyRows = (to: string): InvalidKpiQuery =>
  new InvalidKpiQuery('to', `a table of at most ${counted(MOST_ROWS, 'row')}; narrow it down: fewer days, fewer KPIs, a longer period`, to);

/** Every currency for every place; of the hours of the week those in which somebody called there. */
function partsAt({ perCurrency, perHour }: KpiDefinition, where: string, ...sums: readonly (KpiSums | undefined)[]): string[] {
  if (!perCurrency && !perHour) return [''];
  const parts = sums.flatMap((one) => [...(one?.denominator ?? one?.numerator ?? [])]);
  return [...new Set(parts.flatMap(([part, places]) => (perCurrency || places.has(where) ? [part] : [])))].sort();
}

function shownPart({ perCurrency, perHour }: KpiDefinition, part: string, calls: number | null): Partial<KpiRow> {
  if (perCurrency) return { currency: part };
  if (!perHour) return {};
  return { weekday: Number(part.slice(0, 1)), hour: Number(part.slice(2)), sure: calls! >= ENOUGH_CALLS };
}

interface Place {
  period?: string;
  group?: string;
}

/** The name of the period that a day is in, or of one `later`. */
const periodOf = (day: string, period: KpiPeriod, later: number, fiscalYearStart?: number): string =>
  period === 'none' ? '' : periodName(periodsLater(startOfPeriod(day, period, fiscalYearStart), period, later), period);
