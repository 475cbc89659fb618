import { Type, type Static } from '@sinclair/typebox';
import { BOARD_STEPS } from '@leadlog/sales';
import { number, numberOrNull, oneOf, position, text, time, whole } from '../answer-schemas';
import { TARGET_SCOPES } from './targets.dto';

const elapsed = {
  from: text('First day, YYYY-MM-DD'),
  to: text('The day after the last'),
  workingDays: whole('Working days of the period'),
  workingDaysGone: whole('Those that are over or today'),
  elapsedShare: numberOrNull('workingDaysGone ÷ workingDays'),
};
const progress = {
  actual: numberOrNull('What was reached so far; null for a KPI that nobody defined, or a ratio of nothing'),
  progress: numberOrNull('actual ÷ target'),
  pace: numberOrNull('actual ÷ (target × elapsedShare): 1 is on schedule. Of a ratio, which does not grow with the days: actual ÷ target'),
};

const Target = Type.Object(
  {
    scope: oneOf(TARGET_SCOPES),
    scopeId: Type.String(),
    kpi: Type.String(),
    period: text('A month, a quarter, or the year in which a fiscal year begins'),
    currency: Type.Optional(text('ISO 4217, of a KPI that is money')),
    value: number('The target'),
    setAt: time(),
    ...elapsed,
    ...progress,
  },
  { $id: 'Target' },
);

export const Targets = Type.Object({ items: Type.Array(Target), nextCursor: Type.Optional(Type.String()), position }, { $id: 'Targets' });
export type Targets = Static<typeof Targets>;

export const TargetSet = Type.Object(
  { position, repeated: Type.Boolean({ description: 'It had this value already, or the id was used before: nothing was recorded' }) },
  { $id: 'TargetSet' },
);
export type TargetSet = Static<typeof TargetSet>;

const BoardStep = Type.Object(
  {
    step: oneOf(BOARD_STEPS.map(({ step }) => step)),
    side: oneOf(['marketing', 'sales']),
    kpi: text('The KPI that counts it'),
    label: Type.String(),
    currency: Type.Optional(text('Of money: one such step for each currency')),
    target: numberOrNull('The joint target; null where there is none'),
    ...progress,
    conversion: numberOrNull('The count ÷ that of the step before, both in this period; null for the first step and for money'),
  },
  { $id: 'BoardStep' },
);

export const Board = Type.Object(
  { period: Type.String(), timezone: Type.String(), ...elapsed, steps: Type.Array(BoardStep), position },
  { $id: 'Board' },
);
export type Board = Static<typeof Board>;
