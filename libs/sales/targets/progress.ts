import { addDays, daysOfPeriod, localDay, type DaySpan } from '@leadlog/time';
import { kpis, splitsOf, type KpiBy, type KpiDefinition } from '../kpis/kpis';
import type { KpiRow, KpiTable } from '../kpis/table/kpi-table';
import type { PresentKpis } from '../kpis/present-kpis';
import type { Target } from './targets.projection';

/** How many days from `from` up to `to` (excluded) are worked, by the calendar of the company. */
export type WorkingDays = (from: string, to: string) => number;

/** Monday to Friday. */
export const weekdays: WorkingDays = (from, to) => {
  let days = 0;
  for (let day = from; day < to; day = addDays(day, 1)) {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) days += 1;
  }
  return days;
};

export interface Elapsed {
  workingDays: number;
  /** Of them, those that are over or today. */
  workingDaysGone: number;
  /** null if no day of the period is worked. */
  elapsedShare: number | null;
}

export interface Progress {
  /** null if nobody defined the KPI, or its value is. */
  actual: number | null;
  /** actual ÷ target. */
  progress: number | null;
  /** actual ÷ (target × elapsed share): 1 is on schedule. A ratio does not grow with the days: its pace is its progress. */
  pace: number | null;
}

export function elapsedOf({ from, to }: DaySpan, today: string, workingDays: WorkingDays): Elapsed {
  const all = workingDays(from, to);
  const soFar = [addDays(today, 1), to].sort()[0]!;
  const gone = soFar <= from ? 0 : workingDays(from, soFar);
  return { workingDays: all, workingDaysGone: gone, elapsedShare: all === 0 ? null : gone / all };
}

export function progressOf(actual: number | null, target: number | null, { elapsedShare }: Elapsed, unit: KpiDefinition['unit']): Progress {
  const share = (of: number | null): number | null => (actual === null || of === null || of === 0 ? null : actual / of);
  const expected = !grows(unit) ? target : target === null || elapsedShare === null ? null : target * elapsedShare;
  return { actual, progress: share(target), pace: share(expected) };
}

/** With the days; a ratio or a length of time does not. */
const grows = (unit: KpiDefinition['unit']): boolean => unit === 'count' || unit === 'money';

export type TargetProgress = Target & Elapsed & Progress & DaySpan;

const BY: Readonly<Record<Target['scope'], KpiBy>> = { rep: 'rep', team: 'team', joint: 'none' };

/** The targets with what was reached, and the position up to which that counts. Those of the same period and kind of scope are counted at once. */
export async function progressOfTargets(
  targets: readonly Target[],
  present: PresentKpis,
  workingDays: WorkingDays,
): Promise<{ items: TargetProgress[]; through?: bigint }> {
  const { timezone, fiscalYearStart } = present.calendar;
  const today = localDay(present.now, timezone);
  const counted = targets.map((target) => {
    const definition = kpis.find(({ name }) => name === target.kpi);
    const by = BY[target.scope];
    // The pattern of the event lets through no other period.
    const { from, to } = daysOfPeriod(target.period, fiscalYearStart)!;
    return { target, definition, by, span: { from, to }, counts: definition !== undefined && splitsOf(definition).includes(by) };
  });
  const tables = new Map<string, KpiTable>();
  for (const { target, by, span, counts } of counted) {
    const name = `${by} ${target.period}`;
    if (!counts || tables.has(name)) continue;
    const same = counted.filter((one) => one.counts && one.by === by && one.target.period === target.period);
    tables.set(name, await present.table({ kpis: [...new Set(same.map((one) => one.target.kpi))], by, ...span, period: 'none' }));
  }
  const items = counted.map(({ target, definition, by, span, counts }) => {
    const elapsed = elapsedOf(span, today, workingDays);
    const actual = counts ? actualIn(tables.get(`${by} ${target.period}`)!.rows, target, definition!) : null;
    return { ...target, ...span, ...elapsed, ...progressOf(actual, target.value, elapsed, definition?.unit ?? 'count') };
  });
  const positions = [...tables.values()].map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1));
  return { items, through: positions[0] };
}

/** What is not counted at all has no row, and is none. */
function actualIn(rows: readonly KpiRow[], { scope, scopeId, kpi, currency }: Target, { unit, perCurrency }: KpiDefinition): number | null {
  if (perCurrency && currency === undefined) return null;
  const row = rows.find(
    (one) => one.kpi === kpi && (scope === 'joint' || one.group === scopeId) && (!perCurrency || one.currency === currency),
  );
  return row ? row.value : grows(unit) ? 0 : null;
}
