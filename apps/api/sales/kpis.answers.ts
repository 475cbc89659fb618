import { Type, type Static } from '@sinclair/typebox';
import { kpiNames } from '@leadlog/sales';
import { number, numberOrNull, oneOf, position, text } from '../answer-schemas';

const by = oneOf(['rep', 'team', 'none', 'origin']);
const period = oneOf(['day', 'week', 'month', 'none']);

const Kpi = Type.Object(
  {
    kpi: Type.Unsafe<string>(oneOf(kpiNames)),
    label: Type.String(),
    unit: oneOf(['count', 'ratio']),
    basis: oneOf(['event', 'closed', 'cohort']),
    period: Type.Optional(text('A day, the Monday of a week, or a month (YYYY-MM)')),
    group: Type.Optional(text('Rep, team or origin; empty for events that name none')),
    currency: Type.Optional(text('ISO 4217; numerator and denominator are then money in units of it')),
    numerator: number(),
    denominator: numberOrNull('null for a count'),
    value: numberOrNull('null where the denominator is 0'),
    openShare: numberOrNull('Of a cohort: the part of the denominator that is not decided yet'),
  },
  { $id: 'Kpi' },
);

export const KpiTable = Type.Object(
  {
    from: text('YYYY-MM-DD'),
    to: text('YYYY-MM-DD, not included'),
    timezone: Type.String(),
    asOf: Type.Optional(text('Where it was asked for: only what was recorded by then')),
    by,
    period,
    items: Type.Array(Kpi),
    position,
  },
  { $id: 'KpiTable' },
);
export type KpiTable = Static<typeof KpiTable>;
