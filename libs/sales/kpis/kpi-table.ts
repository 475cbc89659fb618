import { counted, minorDigits } from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import { addDays, localDay, periodName, periodsLater, spanBefore, startOfPeriod, type DaySpan } from '@leadlog/time';
import { Differences } from './differences';
import { DEFAULT_WINDOWS } from './fact-shapes';
import { InvalidKpiQuery, wantedKpis, type KpiPeriod, type KpiQuery } from './kpi-query';
import { isOfCalls, isOfLead, type KpiBy, type KpiDefinition } from './kpis';
import { SharedDeals, type KpiViews, type SharedDifferences } from './shared-deals';

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
const NO_DIFFERENCE = new Differences();
const NONE: SharedDifferences = { sales: NO_DIFFERENCE, leads: NO_DIFFERENCE };
/** Calls and handoffs are facts of one lead. */
const isOfOneLead = (kpi: KpiDefinition): boolean => kpi.of === 'handoff' || kpi.of === 'lead' || isOfCalls(kpi);

/**
 * Rows by KPI, period, group, currency; every KPI has a row for every period and group in which any of them counts something. `shared`:
 * kept between questions, it need not work out again what leads share deals. Throws InvalidKpiQuery.
 */
export async function kpiTable(views: KpiViews, query: KpiQuery, shared = new SharedDeals()): Promise<KpiTable> {
  const { timezone, windows } = query;
  const wanted = wantedKpis(query);
  if (wanted.every(isOfOneLead)) return tableOf(views, query, wanted, NONE);
  // Before the sums are read, so that a deal that becomes shared in between is briefly counted twice, but no count is ever negative.
  return shared.with(views, timezone, { ...DEFAULT_WINDOWS, ...windows }, (differences) => tableOf(views, query, wanted, differences));
}

async function tableOf(
  views: KpiViews,
  query: KpiQuery,
  wanted: readonly KpiDefinition[],
  differences: SharedDifferences,
): Promise<KpiTable> {
  const { by, from, to, period, fiscalYearStart, compare } = query;
  const places = new Map<string, Place>();
  const nameOf = periodNames(period, fiscalYearStart);
  const place =
    (later: number) =>
    ({ day, who }: Pick<Cell, 'day' | 'who'>): string => {
      const at = { ...(period !== 'none' && { period: nameOf(day, later) }), ...(by !== 'none' && { group: who }) };
      const name = `${at.period ?? ''}|${at.group ?? ''}`;
      if (!places.has(name)) places.set(name, at);
      if (places.size * wanted.length > MOST_ROWS) throw tooManyRows(to);
      return name;
    };
  if (by === 'none') for (let day = from; day < to; day = period === 'none' ? to : addDays(day, 1)) place(0)({ day, who: '' });

  const cells = cellReader(views, differences, query);
  const sums = await sumsOf(wanted, query, (source, metric, infix) => cells({ from, to }, source, metric, infix), place(0));
  const span = compare && spanBefore({ from, to }, period === 'none' ? undefined : period, fiscalYearStart);
  const before = span && (await sumsOf(wanted, query, (source, metric, infix) => cells(span, source, metric, infix), place(1)));

  const order = [...places.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = wanted.flatMap((definition, at) => {
    const { name, label, unit, basis, perCurrency } = definition;
    const [now, then] = [sums[at]!, before?.[at]];
    const currencies = perCurrency
      ? [...new Set([now, then].flatMap((sums) => [...((sums?.denominator ?? sums?.numerator)?.keys() ?? [])]))].sort()
      : [''];
    return order.flatMap(([where, shown]) =>
      currencies.map((currency): KpiRow => {
        const { numerator, denominator, value } = valueAt(definition, now, where, currency);
        const previous = then && valueAt(definition, then, where, currency).value;
        const open = now.open && (now.open.get('')?.get(where) ?? 0);
        return {
          kpi: name,
          label,
          unit,
          basis,
          ...shown,
          ...(perCurrency && { currency }),
          numerator,
          denominator,
          value,
          openShare: open === undefined || !denominator ? null : open / denominator,
          ...(previous !== undefined && { previous, change: value === null || previous === null ? null : value - previous }),
        };
      }),
    );
  });
  const position = Object.values(views)
    .map(({ through }) => through)
    .reduce((least, through) => (through < least ? through : least));
  return { rows, position };
}

const tooManyRows = (to: string): InvalidKpiQuery =>
  new InvalidKpiQuery('to', `a table of at most ${counted(MOST_ROWS, 'row')}; narrow it down: fewer days, fewer KPIs, a longer period`, to);

interface Place {
  period?: string;
  group?: string;
}

/** The name of the period that a day is in, or of one `later`. */
function periodNames(period: KpiPeriod, fiscalYearStart?: number): (day: string, later: number) => string {
  const known = new Map<string, string>();
  return (day, later) => {
    if (period === 'none') return '';
    const asked = `${day} ${later}`;
    let name = known.get(asked);
    if (name === undefined)
      known.set(asked, (name = periodName(periodsLater(startOfPeriod(day, period, fiscalYearStart), period, later), period)));
    return name;
  };
}

type Source = 'sales' | 'leads' | 'handoffs';
const sourceOf = ({ of }: KpiDefinition): Source => (of === undefined ? 'sales' : of === 'capture' ? 'leads' : 'handoffs');
type ReadCells = (source: Source, metric: string, infix: Infix) => Promise<Cell[]>;

/** Each metric is read once, however many KPIs it is part of. */
function cellReader(
  views: KpiViews,
  differences: SharedDifferences,
  query: KpiQuery,
): (span: DaySpan, ...what: Parameters<ReadCells>) => Promise<Cell[]> {
  const known = new Map<string, Promise<Cell[]>>();
  return (span, source, metric, infix) => {
    const name = `${span.from} ${span.to} ${source} ${metric}`;
    let found = known.get(name);
    if (found === undefined)
      known.set(
        name,
        (found = readCells(views[source], source === 'handoffs' ? NO_DIFFERENCE : differences[source], source, metric, infix, query, span)),
      );
    return found;
  };
}

/** Of one KPI, by place. */
interface KpiSums {
  numerator: Sums;
  denominator?: Sums;
  open?: Sums;
  /** By place: lengths of time, and how often each. */
  lengths?: ReadonlyMap<string, readonly Length[]>;
}

async function sumsOf(
  wanted: readonly KpiDefinition[],
  { timezone, now }: KpiQuery,
  cells: ReadCells,
  place: (cell: Cell) => string,
): Promise<KpiSums[]> {
  const today = localDay(now, timezone);
  const sums: KpiSums[] = [];
  for (const definition of wanted) {
    const source = sourceOf(definition);
    const infix: Infix = definition.perCurrency ? 'currency' : 'none';
    const { numerator, denominator, quantile, open } = definition;
    sums.push({
      numerator: sum(await cells(source, numerator, infix), place),
      ...(denominator !== undefined && { denominator: sum(await cells(source, denominator, infix), place) }),
      ...(quantile && { lengths: lengthsOf(await cells(source, quantile.of, 'length'), place) }),
      ...(open && {
        open: sum(
          (await cells(source, open.cell, open.until ? 'until' : 'none')).filter(
            ({ infix: until }) => until === undefined || today <= until,
          ),
          place,
        ),
      }),
    });
  }
  return sums;
}

function valueAt(
  { quantile }: KpiDefinition,
  { numerator, denominator, lengths }: KpiSums,
  place: string,
  currency: string,
): Pick<KpiRow, 'numerator' | 'denominator' | 'value'> {
  const n = numerator.get(currency)?.get(place) ?? 0;
  const d = denominator && (denominator.get(currency)?.get(place) ?? 0);
  // Dividing a whole number by a power of ten gives the number that its decimal text means.
  const perUnit = currency === '' ? 1 : 10 ** minorDigits(currency);
  return {
    numerator: n / perUnit,
    denominator: d === undefined ? null : d / perUnit,
    value: quantile
      ? minutesAt(lengths?.get(place) ?? [], Math.ceil(quantile.q * d!))
      : d === undefined
        ? n / perUnit
        : d === 0
          ? null
          : n / d,
  };
}

interface Length {
  ms: number;
  times: number;
}

/** The length at a place (from 1) among all in order; null beyond the last, and before the first. */
function minutesAt(lengths: readonly Length[], place: number): number | null {
  let before = 0;
  for (const { ms, times } of lengths.toSorted((a, b) => a.ms - b.ms)) {
    before += times;
    if (place > 0 && before >= place) return ms / 60_000;
  }
  return null;
}

function lengthsOf(cells: readonly Cell[], place: (cell: Cell) => string): Map<string, Length[]> {
  const lengths = new Map<string, Length[]>();
  for (const cell of cells) {
    const at = place(cell);
    const length = { ms: Number(cell.infix), times: cell.sum };
    const known = lengths.get(at);
    if (known) known.push(length);
    else lengths.set(at, [length]);
  }
  return lengths;
}

type Infix = 'none' | 'currency' | 'until' | 'length';
interface Cell {
  day: string;
  who: string;
  infix?: string;
  sum: number;
}
/** Currency (empty where there is none) → period and group → sum. */
type Sums = Map<string, Map<string, number>>;

/** The dimension of the cells; a fact has one team, so kinds and employers are sums of teams. */
const dimensionOf = (by: KpiBy): string => (by === 'none' ? 'all' : by === 'kind' || by === 'employer' ? 'team' : by);

/** Days sort as text, so the cells of a span lie side by side. */
async function readCells(
  view: ReadModelView,
  differences: Differences,
  source: Source,
  metric: string,
  infix: Infix,
  { by, teams = [] }: KpiQuery,
  { from, to }: DaySpan,
): Promise<Cell[]> {
  const prefix = source === 'leads' ? `${isOfLead(by) && by !== 'origin' ? `${by}:` : ''}${metric}|` : `${dimensionOf(by)}|${metric}|`;
  const [first, end] = [`${prefix}${from}`, `${prefix}${to}`];
  const sums = new Map(await view.tallies(first, end));
  for (const [cell, more] of differences.between(first, end)) sums.set(cell, (sums.get(cell) ?? 0) + more);
  const groupOf = (who: string): string => (by === 'kind' || by === 'employer' ? (teams.find(({ id }) => id === who)?.[by] ?? '') : who);
  // A cell whose sum is 0 counts as absent.
  return [...sums]
    .filter(([, n]) => n !== 0)
    .map(([cell, n]) => {
      const day = cell.slice(prefix.length, prefix.length + 10);
      const rest = cell.slice(prefix.length + 11);
      if (infix === 'none') return { day, who: groupOf(rest), sum: n };
      const bar = rest.indexOf('|');
      return { day, infix: rest.slice(0, bar), who: groupOf(rest.slice(bar + 1)), sum: n };
    });
}

function sum(cells: readonly Cell[], group: (cell: Cell) => string): Sums {
  const sums: Sums = new Map();
  for (const cell of cells) {
    const currency = cell.infix?.length === 3 ? cell.infix : '';
    let ofCurrency = sums.get(currency);
    if (!ofCurrency) sums.set(currency, (ofCurrency = new Map<string, number>()));
    const at = group(cell);
    ofCurrency.set(at, (ofCurrency.get(at) ?? 0) + cell.sum);
  }
  return sums;
}
