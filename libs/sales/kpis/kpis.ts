import { LeadlogError } from '@leadlog/errors';
import { counted, minorDigits, shown } from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import { addDays, localDay } from '@leadlog/time';
import { DEFAULT_WINDOWS, type KpiWindows } from './fact-shapes';
import { Differences } from './differences';
import { SharedDeals, type KpiViews, type SharedDifferences } from './shared-deals';

export type KpiBy = 'rep' | 'team' | 'none' | 'origin';
export type KpiPeriod = 'day' | 'week' | 'month' | 'none';

/**
 * One KPI as sums of cells (sales-cells.ts; those by origin are in the read model `leads`).
 * `event`: counts on the day it happened; `closed`: on the day of the outcome; `cohort`: on the day of the earlier step,
 * so that the numerator can still grow, by at most `open`.
 */
export interface KpiDefinition {
  name: string;
  label: string;
  unit: 'count' | 'ratio';
  basis: 'event' | 'closed' | 'cohort';
  numerator: string;
  /** Absent for a count, whose value is the numerator. */
  denominator?: string;
  /** The undecided part of the denominator; `until` if the cell names the last day on which it is open. */
  open?: { cell: string; until: boolean };
  /** One row a currency. Cells hold the currency's smallest unit, so that sums are exact; rows are in units of the currency. */
  perCurrency?: true;
  /** The same from the read model `leads`: by origin, and where there is no sales cell also as a total. */
  leads?: { numerator: string; denominator?: string };
}

const count = (name: string, label: string, cell = name, basis: KpiDefinition['basis'] = 'event'): KpiDefinition => ({
  name,
  label,
  unit: 'count',
  basis,
  numerator: cell,
});
const ratio = (
  name: string,
  label: string,
  basis: KpiDefinition['basis'],
  numerator: string,
  denominator: string,
  more: Partial<KpiDefinition> = {},
): KpiDefinition => ({
  name,
  label,
  unit: 'ratio',
  basis,
  numerator,
  denominator,
  ...more,
});

export const kpis: readonly KpiDefinition[] = [
  count('calls', 'コール数'),
  ratio('answer-rate', '応答率', 'event', 'calls-answered', 'calls-answerable'),
  ratio('reach-rate', '担当者接続率', 'event', 'calls-reached', 'calls-answerable'),
  count('appointments', 'アポイント数'),
  count('appointments-net', 'アポイント数(取消除く)'),
  ratio('appointment-rate', 'アポ率', 'event', 'calls-appointed', 'calls'),
  ratio('appointment-rate-per-reach', 'アポ率(接続あたり)', 'event', 'calls-appointed', 'calls-reached'),
  count('first-meetings', '初回商談数'),
  ratio('first-meeting-rate', '初回商談率', 'cohort', 'first-appointments-held', 'first-appointments', {
    open: { cell: 'first-appointments-open', until: true },
  }),
  ratio('first-meeting-loss-rate', '初回失注率', 'cohort', 'first-meetings-lost', 'first-meetings', {
    open: { cell: 'first-meetings-open', until: true },
  }),
  count('products-proposed', '提案商材数'),
  ratio('products-per-deal', '案件あたり提案商材数', 'event', 'products-proposed', 'deals-proposed'),
  count('quotes', '見積書提出数'),
  count('quote-revisions', '見積書改訂数'),
  count('visits', '訪問回数'),
  count('visits-onsite', '訪問回数(対面)'),
  count('visits-remote', '訪問回数(リモート)'),
  ratio('visits-per-deal', '案件あたり訪問回数', 'event', 'visits', 'deals-met'),
  { ...count('wins', '受注数', 'won', 'closed'), leads: { numerator: 'wins' } },
  ratio('win-rate', '受注率', 'closed', 'won', 'closed'),
  ratio('loss-rate', '失注率', 'closed', 'lost', 'closed'),
  ratio('win-rate-cohort', '受注率(案件化コホート)', 'cohort', 'opened-won', 'opened', { open: { cell: 'opened-open', until: false } }),
  ratio('amount-win-rate', '金額受注率', 'closed', 'amount-won', 'amount-closed', { perCurrency: true }),
  { ...count('leads', 'リード数', ''), leads: { numerator: 'captured' } },
  { ...ratio('lead-to-won', 'リード→受注率', 'cohort', '', ''), leads: { numerator: 'captured-won', denominator: 'captured' } },
];
export const kpiNames: readonly string[] = kpis.map(({ name }) => name);

export interface KpiQuery {
  /** Default: all that can be split this way. */
  kpis?: readonly string[];
  by: KpiBy;
  /** Local days, YYYY-MM-DD; `to` is not included. */
  from: string;
  to: string;
  period: KpiPeriod;
  /** Must be the values with which the projections were made, like the windows. */
  timezone: string;
  windows?: Partial<KpiWindows>;
  /** Milliseconds; determines which cohort cases are still open. */
  now: number;
}

export interface KpiRow {
  kpi: string;
  label: string;
  unit: KpiDefinition['unit'];
  basis: KpiDefinition['basis'];
  /** A day, the Monday of a week, or a month (YYYY-MM). */
  period?: string;
  /** Rep, team or origin; the empty text is the group of events that name none. */
  group?: string;
  /** Numerator and denominator are then money, in units of it (1234.5 USD, not cents). */
  currency?: string;
  numerator: number;
  denominator: number | null;
  /** null if the denominator is 0. */
  value: number | null;
  /** For a cohort: the part of the denominator that is still undecided. */
  openShare: number | null;
}

export interface KpiTable {
  rows: KpiRow[];
  /** The rows include everything up to here. */
  position: bigint;
}

export class InvalidKpiQuery extends LeadlogError {
  readonly kind = 'invalid';

  constructor(field: 'kpi' | 'by' | 'from' | 'to' | 'asOf', expected: string, got: string) {
    super(`${field}: expected ${expected}, got ${shown(got)}`, { errors: [{ pointer: `/${field}`, expected, got: shown(got) }] });
  }
}

const can = ({ leads, numerator }: KpiDefinition, by: KpiBy): boolean =>
  by === 'origin' ? leads !== undefined : numerator !== '' || (by === 'none' && leads !== undefined);

/** Calls are facts of one lead. */
const NONE: SharedDifferences = { sales: new Differences(), leads: new Differences() };
const isOfCalls = ({ numerator, denominator }: KpiDefinition): boolean =>
  numerator.startsWith('calls') && (denominator?.startsWith('calls') ?? true);

/**
 * Rows by KPI, period, group, currency; every KPI has a row for every period and group in which any of them counts something. `shared`:
 * kept between questions, it need not work out again what leads share deals. Throws InvalidKpiQuery.
 */
export async function kpiTable(views: KpiViews, query: KpiQuery, shared = new SharedDeals()): Promise<KpiTable> {
  const { timezone, windows } = query;
  const wanted = wantedKpis(query);
  if (wanted.every(isOfCalls)) return tableOf(views, query, wanted, NONE);
  // Before the sums are read, so that a deal that becomes shared in between is briefly counted twice, but no count is ever negative.
  return shared.with(views, timezone, { ...DEFAULT_WINDOWS, ...windows }, (differences) => tableOf(views, query, wanted, differences));
}

/** A table of more would be larger than anybody reads, and keep everybody else waiting: eleven years of days, a century of months. */
const MOST_DAYS: Readonly<Record<KpiPeriod, number>> = { day: 4_018, week: 36_525, month: 36_525, none: Infinity };
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;

/** The KPIs that are asked for, in the order of their rows. Throws InvalidKpiQuery. */
export function wantedKpis({ kpis: names, by, from, to, period }: Omit<KpiQuery, 'timezone' | 'now'>): readonly KpiDefinition[] {
  if (!(from < to)) throw new InvalidKpiQuery('to', `a day after ${from}`, to);
  const most = MOST_DAYS[period];
  if (daysBetween(from, to) > most)
    throw new InvalidKpiQuery('to', `at most ${counted(most, 'day')} after ${from} for a row each ${period}`, to);
  const wanted = names?.map(definitionOf) ?? kpis.filter((one) => can(one, by));
  for (const one of wanted)
    if (!can(one, by)) throw new InvalidKpiQuery('by', `one of ${BYS.filter((other) => can(one, other)).join(', ')} for ${one.name}`, by);
  return wanted;
}

async function tableOf(
  views: KpiViews,
  query: KpiQuery,
  wanted: readonly KpiDefinition[],
  differences: SharedDifferences,
): Promise<KpiTable> {
  const { by, from, to, period, timezone, now } = query;
  const today = localDay(now, timezone);
  const known = new Map<string, Promise<Cell[]>>();
  const cells = (source: 'sales' | 'leads', metric: string, infix: Infix): Promise<Cell[]> => {
    const name = `${source} ${metric}`;
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = readCells(views[source], differences[source], source, metric, infix, query)));
    return found;
  };
  const groups = new Map<string, { period?: string; group?: string }>();
  const group = (cell: Pick<Cell, 'day' | 'who'>): string => {
    const at = { ...(period !== 'none' && { period: periodOf(cell.day, period) }), ...(by !== 'none' && { group: cell.who }) };
    const name = `${at.period ?? ''}|${at.group ?? ''}`;
    if (!groups.has(name)) groups.set(name, at);
    return name;
  };
  if (by === 'none') for (let day = from; day < to; day = period === 'none' ? to : addDays(day, 1)) group({ day, who: '' });

  const sums: { definition: KpiDefinition; numerator: Sums; denominator?: Sums; open?: Sums }[] = [];
  for (const definition of wanted) {
    const fromLeads = by === 'origin' || definition.numerator === '';
    const source = fromLeads ? 'leads' : 'sales';
    const named = fromLeads ? definition.leads! : definition;
    const infix: Infix = definition.perCurrency ? 'currency' : 'none';
    sums.push({
      definition,
      numerator: sum(await cells(source, named.numerator, infix), group),
      ...(named.denominator !== undefined && { denominator: sum(await cells(source, named.denominator, infix), group) }),
      ...(definition.open &&
        !fromLeads && {
          open: sum(
            (await cells(source, definition.open.cell, definition.open.until ? 'until' : 'none')).filter(
              ({ infix: until }) => until === undefined || today <= until,
            ),
            group,
          ),
        }),
    });
  }

  const order = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = sums.flatMap(({ definition: { name, label, unit, basis, perCurrency }, numerator, denominator, open }) => {
    const currencies = perCurrency ? [...denominator!.keys()].sort() : [''];
    return order.flatMap(([at, shown]) =>
      currencies.map((currency): KpiRow => {
        const n = numerator.get(currency)?.get(at) ?? 0;
        const d = denominator && (denominator.get(currency)?.get(at) ?? 0);
        const o = open && (open.get('')?.get(at) ?? 0);
        // Dividing a whole number by a power of ten gives the number that its decimal text means.
        const perUnit = perCurrency ? 10 ** minorDigits(currency) : 1;
        return {
          kpi: name,
          label,
          unit,
          basis,
          ...shown,
          ...(perCurrency && { currency }),
          numerator: n / perUnit,
          denominator: d === undefined ? null : d / perUnit,
          value: d === undefined ? n / perUnit : d === 0 ? null : n / d,
          openShare: o === undefined || !d ? null : o / d,
        };
      }),
    );
  });
  const position = Object.values(views)
    .map(({ through }) => through)
    .reduce((least, through) => (through < least ? through : least));
  return { rows, position };
}

const BYS: readonly KpiBy[] = ['rep', 'team', 'none', 'origin'];

function definitionOf(name: string): KpiDefinition {
  const found = kpis.find((one) => one.name === name);
  if (!found) throw new InvalidKpiQuery('kpi', `one of ${kpiNames.join(', ')}`, name);
  return found;
}

type Infix = 'none' | 'currency' | 'until';
interface Cell {
  day: string;
  who: string;
  infix?: string;
  sum: number;
}
/** Currency (empty where there is none) → period and group → sum. */
type Sums = Map<string, Map<string, number>>;

/** Days sort as text, so the cells of a span lie side by side. */
async function readCells(
  view: ReadModelView,
  differences: Differences,
  source: 'sales' | 'leads',
  metric: string,
  infix: Infix,
  { by, from, to }: KpiQuery,
): Promise<Cell[]> {
  const prefix = source === 'leads' ? `${metric}|` : `${by === 'none' ? 'all' : by}|${metric}|`;
  const [first, end] = [`${prefix}${from}`, `${prefix}${to}`];
  const sums = new Map(await view.tallies(first, end));
  for (const [cell, more] of differences.between(first, end)) sums.set(cell, (sums.get(cell) ?? 0) + more);
  // A cell whose sum is 0 counts as absent.
  return [...sums]
    .filter(([, n]) => n !== 0)
    .map(([cell, n]) => {
      const day = cell.slice(prefix.length, prefix.length + 10);
      const rest = cell.slice(prefix.length + 11);
      if (infix === 'none') return { day, who: rest, sum: n };
      const bar = rest.indexOf('|');
      return { day, infix: rest.slice(0, bar), who: rest.slice(bar + 1), sum: n };
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

function periodOf(day: string, period: 'day' | 'week' | 'month'): string {
  if (period === 'day') return day;
  if (period === 'month') return day.slice(0, 7);
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}
