import { daysOfPeriod, localDay, periodName, startOfPeriod, type DaySpan } from '@leadlog/time';
import { kpis } from '../kpis/kpis';
import type { KpiRow } from '../kpis/table/kpi-table';
import type { PresentKpis } from '../kpis/present-kpis';
import { elapsedOf, progressOf, type Elapsed, type Progress, type WorkingDays } from './progress';
import type { Target } from './targets.projection';

/** The way from a lead to a contract, as both departments see it: what each step counts is a KPI. */
export const BOARD_STEPS = [
  { step: 'leads', side: 'marketing', kpi: 'leads' },
  { step: 'hot', side: 'marketing', kpi: 'hot' },
  { step: 'handed-off', side: 'marketing', kpi: 'handoffs' },
  { step: 'accepted', side: 'marketing', kpi: 'handoffs-accepted' },
  { step: 'appointments', side: 'sales', kpi: 'appointments' },
  { step: 'first-meetings', side: 'sales', kpi: 'first-meetings' },
  { step: 'proposals', side: 'sales', kpi: 'proposals' },
  { step: 'quotes', side: 'sales', kpi: 'quotes' },
  { step: 'wins', side: 'sales', kpi: 'wins' },
  { step: 'amount', side: 'sales', kpi: 'amount-won' },
] as const;

type Step = (typeof BOARD_STEPS)[number];

export interface BoardStep extends Progress {
  step: Step['step'];
  side: Step['side'];
  kpi: string;
  label: string;
  /** Of money; one such step each. */
  currency?: string;
  /** null if there is no joint target. */
  target: number | null;
  /** The count ÷ that of the step before, in the same period; null for the first step and for money. */
  conversion: number | null;
}

export interface Board extends DaySpan, Elapsed {
  /** Month, quarter or fiscal year. */
  period: string;
  steps: BoardStep[];
}

/** The month of today if no period is named; undefined if none has this name. `targets`: all of the period. */
export async function boardOf(
  asked: string | undefined,
  targetsOf: (period: string) => Promise<readonly Target[]>,
  present: PresentKpis,
  workingDays: WorkingDays,
): Promise<{ board: Board; through: bigint } | undefined> {
  const { timezone, fiscalYearStart } = present.calendar;
  const today = localDay(present.now, timezone);
  const period = asked ?? periodName(startOfPeriod(today, 'month'), 'month');
  const days = daysOfPeriod(period, fiscalYearStart);
  if (!days) return undefined;
  const span = { from: days.from, to: days.to };
  const [table, targets] = await Promise.all([
    present.table({ kpis: BOARD_STEPS.map(({ kpi }) => kpi), by: 'none', ...span, period: 'none' }),
    targetsOf(period),
  ]);
  const elapsed = elapsedOf(span, today, workingDays);
  const joint = lastSet(targets.filter(({ scope }) => scope === 'joint'));
  const steps: BoardStep[] = [];
  let before: number | null = null;
  for (const step of BOARD_STEPS) {
    const { label, unit } = kpis.find(({ name }) => name === step.kpi)!;
    for (const { actual, currency } of countsOf(step, table.rows, joint)) {
      const target = joint.get(`${step.kpi} ${currency ?? ''}`)?.value ?? null;
      const conversion = before === null || before === 0 || unit === 'money' ? null : actual / before;
      steps.push({
        ...step,
        label,
        ...(currency !== undefined && { currency }),
        target,
        ...progressOf(actual, target, elapsed, unit),
        conversion,
      });
      before = actual;
    }
  }
  return { board: { period, ...span, ...elapsed, steps }, through: table.position };
}

/** Where joint targets of several names are set for the same, the one set last. */
function lastSet(targets: readonly Target[]): Map<string, Target> {
  const last = new Map<string, Target>();
  for (const target of targets.toSorted((a, b) => a.position - b.position)) last.set(`${target.kpi} ${target.currency ?? ''}`, target);
  return last;
}

/** Of money, one for each currency in which something was won or is to be won. */
function countsOf({ kpi }: Step, rows: readonly KpiRow[], targets: ReadonlyMap<string, Target>): { actual: number; currency?: string }[] {
  const counted = rows.filter((row) => row.kpi === kpi).map(({ numerator, currency }) => ({ actual: numerator, currency }));
  const wanted = [...targets.values()].flatMap((one) => (one.kpi === kpi && one.currency !== undefined ? [one.currency] : []));
  const missing = wanted.filter((currency) => !counted.some((one) => one.currency === currency));
  return [...counted, ...missing.map((currency) => ({ actual: 0, currency }))].sort((a, b) =>
    (a.currency ?? '') < (b.currency ?? '') ? -1 : 1,
  );
}
