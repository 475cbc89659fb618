import type { ReadModelView } from '@leadlog/projections';
import type { DaySpan } from '@leadlog/time';
import { Differences } from '../differences';
import { isOfLead, type KpiBy, type KpiDefinition } from '../kpis';
import type { KpiQuery } from '../kpi-query';
import type { KpiViews, SharedDifferences } from '../shared-deals';

const NO_DIFFERENCE = new Differences();

export type Source = 'sales' | 'leads' | 'handoffs' | 'cards' | 'mails';
const SOURCES: Readonly<Record<NonNullable<KpiDefinition['of']>, Source>> = {
  handoff: 'handoffs',
  lead: 'handoffs',
  capture: 'leads',
  return: 'sales',
  card: 'cards',
  mail: 'mails',
};
export const sourceOf = ({ of }: KpiDefinition): Source => (of === undefined ? 'sales' : SOURCES[of]);

/** The part of a cell's name between its day and its group: a currency, the last open day, a length of time, an hour of the week, a name. */
export type Infix = 'none' | 'currency' | 'until' | 'length' | 'hour' | 'name';

export interface Cell {
  day: string;
  who: string;
  infix?: string;
  sum: number;
}

export interface CellsAsked {
  source: Source;
  metric: string;
  infix?: Infix;
  by: KpiBy;
}
export type ReadCells = (span: DaySpan, asked: CellsAsked) => Promise<Cell[]>;

/** Each metric is read once, however many KPIs it is part of. */
export function cellReader(views: KpiViews, differences: SharedDifferences, { teams = [] }: KpiQuery): ReadCells {
  const known = new Map<string, Promise<Cell[]>>();
  return (span, asked) => {
    const { source, metric, by } = asked;
    const name = [span.from, span.to, source, metric, by].join(' ');
    let found = known.get(name);
    if (found === undefined) {
      const difference = source === 'sales' || source === 'leads' ? differences[source] : NO_DIFFERENCE;
      known.set(name, (found = readCells(views[source === 'cards' ? 'leads' : source], difference, asked, teams, span)));
    }
    return found;
  };
}

/** The dimension of the cells; a fact has one team, so kinds and employers are sums of teams. */
const dimensionOf = (by: KpiBy): string => (by === 'none' ? 'all' : by === 'kind' || by === 'employer' ? 'team' : by);

/** Days sort as text, so the cells of a span lie side by side. */
async function readCells(
  view: ReadModelView,
  differences: Differences,
  { source, metric, infix = 'none', by }: CellsAsked,
  teams: NonNullable<KpiQuery['teams']>,
  { from, to }: DaySpan,
): Promise<Cell[]> {
  const prefix = source === 'leads' ? `${isOfLead(by) && by !== 'origin' ? `${by}:` : ''}${metric}|` : `${dimensionOf(by)}|${metric}|`;
  const [first, end] = [`${prefix}${from}`, `${prefix}${to}`];
  const tallies = await view.tallies(first, end);
  const more = new Map(differences.between(first, end));
  const groupOf = (who: string): string => (by === 'kind' || by === 'employer' ? (teams.find(({ id }) => id === who)?.[by] ?? '') : who);
  const cells: Cell[] = [];
  const add = (cell: string, n: number): void => {
    // A cell whose sum is 0 counts as absent.
    if (n === 0) return;
    const day = cell.slice(prefix.length, prefix.length + 10);
    const rest = cell.slice(prefix.length + 11);
    if (infix === 'none') return void cells.push({ day, who: groupOf(rest), sum: n });
    const bar = rest.indexOf('|');
    cells.push({ day, infix: rest.slice(0, bar), who: groupOf(rest.slice(bar + 1)), sum: n });
  };
  for (const [cell, n] of tallies) {
    const difference = more.get(cell);
    if (difference !== undefined) more.delete(cell);
    add(cell, n + (difference ?? 0));
  }
  for (const [cell, n] of more) add(cell, n);
  return cells;
}
