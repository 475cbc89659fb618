import { deals as dealsById } from '../kpis/fact-shapes';
import type { EntryMoment } from '../process/moments';
import { isVerb, verbs } from '../process/verbs';
import { momentsOf } from './moments-of';
import { asReported, dealSteps, runEnds, type PlannedAction, type WorkFacts } from './work-facts';

export type Plan = NonNullable<PlannedAction['planned']> & { actionId: string };

/**
 * What was planned with a lead and is not done, as far as its own facts tell. It is over when the run of the lead under which it was planned has
 * ended since, or its deal is closed; a plan for no deal whose words are a verb, when that is done.
 */
export function openPlans(facts: WorkFacts): Plan[] {
  return (facts.planned ?? []).flatMap(({ actionId, planned: plan, completed }) =>
    plan && !completed && !hasEndedSince(facts, plan) && !isClosed(facts, plan.dealId) && !isDone(facts, plan)
      ? [{ ...plan, actionId }]
      : [],
  );
}

/** Whether the run of the lead under which something was recorded has ended since. */
export const hasEndedSince = ({ over }: WorkFacts, { at, leadId }: { at: number; leadId?: string }): boolean =>
  leadId !== undefined && (runEnds.find(over, leadId)?.at ?? -Infinity) > at;

/** By an event of the lead, or one of another lead that it was told of. */
export function isClosed(facts: WorkFacts, dealId: string | undefined): boolean {
  if (dealId === undefined) return false;
  return dealsById.find(facts.deals, dealId)?.outcome !== undefined || dealSteps.find(facts.steps, dealId)?.shared?.closed === true;
}

function isDone(facts: WorkFacts, { template, dealId, at }: Omit<Plan, 'actionId'>): boolean {
  const done = dealId === undefined && isVerb(template) ? verbs[template].done : undefined;
  return done !== undefined && lastOf(facts, done) > at;
}

/** When anything of the kind was last done with the lead, in whichever run or deal. */
function lastOf({ calls = [], appointments = [], meetings = [], deals = [], steps = [] }: WorkFacts, moment: EntryMoment): number {
  const none = { isBack: false, calls: [], appointments: [], meetings: [] };
  const ofLead = momentsOf({
    ...none,
    calls: calls.map(asReported),
    appointments: appointments.flatMap(({ booked, scheduled, ...rest }) => (booked && scheduled ? [{ ...rest, booked, scheduled }] : [])),
    meetings: meetings.map(asReported),
  });
  const ofDeals = [
    ...deals.flatMap(({ opened, ...deal }) => (opened ? [momentsOf({ ...none, deal: { ...deal, opened } })] : [])),
    ...steps.map((one) => momentsOf({ ...none, steps: one })),
  ];
  return Math.max(...[ofLead, ...ofDeals].map((moments) => moments[moment]?.last ?? -Infinity));
}
