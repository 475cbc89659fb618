import { Type, type Static } from '@sinclair/typebox';
import { KPI_PARTS } from '@leadlog/archive';
import { KPI_BYS, KPI_PERIODS, kpiNames } from '@leadlog/sales';
import { number, numberOrNull, oneOf, position, text } from '../answer-schemas';

const by = oneOf(KPI_BYS);
const period = oneOf(KPI_PERIODS);

const Kpi = Type.Object(
  {
    kpi: Type.Unsafe<string>(oneOf(kpiNames)),
    label: Type.String(),
    unit: oneOf(['count', 'ratio', 'money', 'minutes', 'days']),
    basis: oneOf(['event', 'closed', 'cohort']),
    period: Type.Optional(
      text('A day, the Monday of a week, a month (2026-04), a quarter (2026-Q2), or the year in which a fiscal year begins'),
    ),
    group: Type.Optional(text('By what it was asked; empty for events that name none')),
    currency: Type.Optional(text('ISO 4217; numerator and denominator are then money in units of it')),
    weekday: Type.Optional(number('Of a KPI for each hour of the week: 1 (Monday) to 7')),
    hour: Type.Optional(number('0 to 23, in the time zone of the tenant')),
    sure: Type.Optional(Type.Boolean({ description: 'Whether this hour has at least 30 calls; with fewer, its value says little' })),
    numerator: number(),
    denominator: numberOrNull('null for a count'),
    value: numberOrNull('null where the denominator is 0'),
    openShare: numberOrNull('Of a cohort: the part of the denominator that is not decided yet'),
    previous: Type.Optional(numberOrNull('With `compare`: the value of the period before')),
    change: Type.Optional(numberOrNull('With `compare`: value less previous; null where either is')),
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

const KpiFact = Type.Object(
  {
    day: text('On which it counts, YYYY-MM-DD'),
    period: Type.Optional(text('Of its row')),
    group: Type.Optional(text('Of its row')),
    currency: Type.Optional(text('ISO 4217')),
    adds: number('What it adds to the number: mostly 1'),
    leadId: Type.Optional(text('Whose it is; merged since, perhaps')),
    dealId: Type.Optional(Type.String()),
    of: Type.Record(Type.String(), Type.Unknown(), { description: 'What it is, by the columns of the view of SQL that it is a row of' }),
  },
  { $id: 'KpiFact' },
);

export const KpiFacts = Type.Object(
  {
    kpi: Type.Unsafe<string>(oneOf(kpiNames)),
    part: oneOf(KPI_PARTS),
    from: text('YYYY-MM-DD'),
    to: text('YYYY-MM-DD, not included'),
    timezone: Type.String(),
    asOf: text('Only what was recorded by then; the same on all pages'),
    items: Type.Array(KpiFact),
    total: Type.Integer({ description: 'How many there are on all pages' }),
    sum: number('What they add up to: the number'),
    nextCursor: Type.Optional(text('For the next page')),
    position,
  },
  { $id: 'KpiFacts' },
);
export type KpiFacts = Static<typeof KpiFacts>;
