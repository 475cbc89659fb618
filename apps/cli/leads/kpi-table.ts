import { rounded, tableText, type Cell } from '../tables';

export interface Kpi {
  kpi: string;
  label: string;
  period?: string;
  group?: string;
  currency?: string;
  weekday?: number;
  hour?: number;
  sure?: boolean;
  numerator: number;
  denominator: number | null;
  value: number | null;
  basis: string;
  openShare: number | null;
  previous?: number | null;
  change?: number | null;
}

/** Who or when a row is about, and each KPI in a column; where there is but one row, each KPI in a row. */
export function kpiTable({ by, period, timezone, items }: { by: string; period: string; timezone: string; items: readonly Kpi[] }): string {
  const keys = [...(by === 'none' ? [] : [by]), ...(period === 'none' ? [] : [period])];
  const compared = items.some(({ previous }) => previous !== undefined);
  if (keys.length === 0)
    return tableText(
      ['KPI', 'value', ...(compared ? ['before', 'change'] : []), '', 'still open', 'kpi'],
      items.map((one) => [
        titleOf(one),
        cellOf(one),
        ...(compared ? [valueOf(one, one.previous ?? null), changeOf(one)] : []),
        one.denominator === null ? '' : `${one.numerator} of ${one.denominator}`,
        percent(one.openShare),
        one.kpi,
      ]),
      { timezone },
    );
  const columns = columnsOf(items);
  const rows = new Map<string, Map<string, Cell>>();
  const places = new Map<string, Cell[]>();
  for (const one of items) {
    const place = [...(by === 'none' ? [] : [one.group || '(nobody)']), ...(period === 'none' ? [] : [one.period ?? ''])];
    const name = JSON.stringify(place);
    places.set(name, place);
    rows.set(name, (rows.get(name) ?? new Map<string, Cell>()).set(columnOf(one), compared ? comparedCell(one) : cellOf(one)));
  }
  return tableText(
    [...keys, ...columns],
    [...rows].map(([name, cells]) => [...places.get(name)!, ...columns.map((column) => cells.get(column))]),
    { timezone, keys: keys.length },
  );
}

/** In the order of the answer, but an hour in its place in the week even if the first group has no calls then. */
function columnsOf(items: readonly Kpi[]): string[] {
  const order = [...new Set(items.map(({ kpi }) => kpi))];
  const placed = items.map((one) => ({ name: columnOf(one), at: order.indexOf(one.kpi), hour: (one.weekday ?? 0) * 24 + (one.hour ?? 0) }));
  return [...new Set(placed.sort((a, b) => a.at - b.at || a.hour - b.hour).map(({ name }) => name))];
}

/** What of a KPI has a row of its own: a currency or an hour of the week. */
const partOf = ({ currency, weekday, hour }: Kpi): string | undefined =>
  weekday === undefined || hour === undefined ? currency : `${WEEKDAYS[weekday - 1]} ${hour}:00`;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const titleOf = (one: Kpi): string => (partOf(one) === undefined ? one.label : `${one.label} (${partOf(one)})`);
const columnOf = (one: Kpi): string => (partOf(one) === undefined ? one.kpi : `${one.kpi} ${partOf(one)}`);
/** Shares of cases are percentages; other ratios are numbers. */
const isShare = ({ kpi, denominator }: Kpi): boolean => denominator !== null && /rate|-to-|yield|sla-kept/.test(kpi);
const valueOf = (one: Kpi, value = one.value): Cell => (isShare(one) ? percent(value) : rounded(value));
/** With a question mark where there are too few calls to mean anything. */
const cellOf = (one: Kpi): Cell => (one.sure === false ? `${valueOf(one) ?? '–'} ?` : valueOf(one));
/** Of shares in percentage points. */
const changeOf = ({ change, ...one }: Kpi): string | undefined => {
  if (change === null || change === undefined) return undefined;
  const shown = isShare({ ...one, change }) ? (100 * change).toFixed(1) : String(rounded(change));
  return change > 0 ? `+${shown}` : shown;
};
const comparedCell = (one: Kpi): string => [cellOf(one) ?? '–', ...(changeOf(one) === undefined ? [] : [`(${changeOf(one)})`])].join(' ');
const percent = (share: number | null): string | undefined => (share === null ? undefined : `${(100 * share).toFixed(1)} %`);
