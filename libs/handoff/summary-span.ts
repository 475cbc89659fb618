import { LeadlogError } from '@leadlog/errors';
import { shown } from '@leadlog/events';
import { addDays, type DaySpan } from '@leadlog/time';

export class InvalidSpan extends LeadlogError {
  readonly kind = 'invalid';

  constructor({ from, to }: DaySpan) {
    const [expected, got] = [`a day before ${to}`, shown(from)];
    super(`/from: expected ${expected}, got ${got}`, { errors: [{ pointer: '/from', expected, got }] });
  }
}

/** The days that a summary is about: by default up to and including today, and `days` of them. Throws InvalidSpan for one of no days. */
export function summarySpan({ from: asked, to: end }: Partial<DaySpan>, { today, days }: { today: string; days: number }): DaySpan {
  const to = end ?? addDays(today, 1);
  const from = asked ?? addDays(to, -days);
  if (from >= to) throw new InvalidSpan({ from, to });
  return { from, to };
}
