import type { LeadAttributes } from '@leadlog/lead';
import { calls, type CallFact, type KpiWindows, type SalesFacts } from '../fact-shapes';
import type { cellAdder } from '@leadlog/lead';

const HOUR = 3_600_000;

/** A person picked up. */
export const ANSWERED: ReadonlySet<CallFact['outcome']> = new Set(['gatekeeper', 'reached', 'refused']);

/** A call is a fact of its lead alone, and so is the appointment that it won. */
export function addCalls(
  facts: SalesFacts,
  of: LeadAttributes,
  windows: KpiWindows,
  { add, addHour }: Pick<ReturnType<typeof cellAdder>, 'add' | 'addHour'>,
): void {
  for (const { startedAt, outcome, by } of facts.calls ?? []) {
    const facets = { by, of };
    add('calls', startedAt, facets);
    if (outcome !== 'wrongNumber') {
      add('calls-answerable', startedAt, facets);
      addHour('hour-called', startedAt, facets);
    }
    if (ANSWERED.has(outcome)) {
      add('calls-answered', startedAt, facets);
      addHour('hour-answered', startedAt, facets);
    }
    if (outcome === 'reached') add('calls-reached', startedAt, facets);
  }
  for (const { startedAt, by, outcome } of appointedCalls(facts, windows)) {
    add('calls-appointed', startedAt, { by, of });
    if (outcome !== 'wrongNumber') addHour('hour-appointed', startedAt, { by, of });
  }
}

/** Those in which an appointment was won. */
function appointedCalls(facts: SalesFacts, windows: KpiWindows): Set<CallFact> {
  const won = new Set<CallFact>();
  for (const { booked } of facts.appointments ?? []) {
    if (!booked) continue;
    const named = booked.callId !== undefined;
    const call = named
      ? calls.find(facts.calls, booked.callId!)
      : lastCall(facts.calls ?? [], booked.by.reps[0], booked.at, windows.callToAppointmentHours * HOUR);
    if (call) won.add(call);
  }
  return won;
}

function lastCall(all: readonly CallFact[], rep: string | undefined, bookedAt: number, window: number): CallFact | undefined {
  let found: CallFact | undefined;
  for (const call of all) {
    const { startedAt, by } = call;
    if (by.reps[0] !== rep || startedAt > bookedAt || startedAt < bookedAt - window) continue;
    // Of two at the same moment the one with the greater id: they come in the order of their ids.
    if (found === undefined || startedAt >= found.startedAt) found = call;
  }
  return found;
}
