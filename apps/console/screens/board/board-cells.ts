import type { components } from '../../api/types.gen';
import type { Kpi, KpiName } from '../../common/kpis';
import type { BoardStep } from './board-measure';

type Target = components['schemas']['Target'];

/** Steps that somebody is credited with. */
export const CREDITED = [
  'handoffs',
  'handoffs-accepted',
  'appointments',
  'first-meetings',
  'proposals',
  'quotes',
  'wins',
  'amount-won',
] as const satisfies readonly KpiName[];

/** In the order of the work; of money, one for each currency. */
export const creditedSteps = (steps: readonly BoardStep[]): BoardStep[] =>
  CREDITED.flatMap((kpi) => steps.filter((step) => step.kpi === kpi));

/** Amounts of different currencies are different numbers, of which none stands for another. */
export const cellOf = (rows: readonly Kpi[], group: string, { kpi, currency }: BoardStep): Kpi | undefined =>
  rows.find((row) => row.kpi === kpi && row.currency === currency && (row.group ?? '') === group);

export const targetOf = (targets: readonly Target[], group: string, { kpi, currency }: BoardStep): Target | undefined =>
  targets.find((one) => one.scopeId === group && one.kpi === kpi && one.currency === currency);
