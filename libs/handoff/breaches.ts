import type { DocumentInForce } from '@leadlog/documents';
import type { EventLog, NewEvent } from '@leadlog/event-log';
import { decisionId, ownEvent } from '@leadlog/events';
import type { Jobs } from '@leadlog/jobs';
import { proposeOnLead, type LeadLifecycle } from '@leadlog/lead';
import type { Organisation } from '@leadlog/organisation';
import type { Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import { successorsOf } from './assignment/assignment';
import { NEVER, shownOutside } from './handoff-reactions';
import { ESCALATED, OVERDUE, type HandoffState } from './handoffs.projection';
import type { HandoffPolicy } from './policy/policy';
import { breachDue, toldBreaches, type Breach } from './standing';
import { enqueueDelivery, isStillTold } from './webhooks/webhook-jobs';

interface Parts {
  log: EventLog;
  clock: Clock;
  policy: Pick<DocumentInForce<Pick<HandoffPolicy, 'escalation'>>, 'at'>;
  organisation: () => Organisation;
}

/**
 * Records the breach of every missed deadline as of the deadline, however much later this runs. Only facts recorded by
 * then count: an acceptance before the deadline that is reported later does not revert a breach. The id is derived from the deadline.
 * What follows by the policy of that moment is decided in the same append, so once for each breach: whom to tell, and who is next.
 */
export function breachReaction({ log, clock, policy, organisation }: Parts): Reaction {
  return {
    name: 'breach-sla',
    projection: 'handoffs',
    list: OVERDUE,
    async react(leadId, _rank, view) {
      const state = await view.get<HandoffState>(leadId);
      const now = clock();
      let last: bigint | 'again' = 'again';
      for (const breach of state ? breachDue(state).filter(({ dueAt }) => dueAt <= now) : []) {
        const { handoff, leadId: whose, step, dueAt } = breach;
        const { notify = [], reassign = false } = policy.at(dueAt).content.escalation[step] ?? {};
        const answer = await proposeOnLead(log, whose, (life) => {
          const { from = Infinity, until = -Infinity } = life.givenUp ?? {};
          // Nobody could meet a deadline while the lead was disqualified: whoever had it has it again.
          const follows = !(from <= dueAt && dueAt < until);
          const recorded = ownEvent({
            id: decisionId('HandoffSlaBreached', handoff.handoffId, step),
            type: 'HandoffSlaBreached',
            data: {
              leadId: whose,
              handoffId: handoff.handoffId,
              step,
              dueAt: new Date(dueAt).toISOString(),
              ...(follows && notify.length > 0 && { notify }),
            },
            at: dueAt,
            by: 'handoff',
            cause: { id: handoff.eventId, metadata: {} },
          });
          const next = follows && reassign ? toTheNext(breach, life, organisation(), now, recorded) : undefined;
          return next ? [recorded, next] : [recorded];
        });
        if (!answer.ok) return 'again';
        last = answer.position;
      }
      return last;
    },
  };
}

/** Undefined where it is no longer needed, because it was taken up late or has gone to somebody else since, or where there is nobody. */
function toTheNext(
  { handoff, leadId, step, dueAt }: Breach,
  life: LeadLifecycle,
  organisation: Organisation,
  now: number,
  cause: NewEvent,
): NewEvent | undefined {
  const { handoffId, contactedAt, teamId } = handoff;
  const held = life.handoff;
  if (held?.handoffId !== handoffId || (held.heldSince ?? dueAt) > dueAt) return undefined;
  const waits =
    step === 'accept'
      ? life.stage === 'handed-off' && handoff.state === 'handed-off'
      : (life.stage === 'handed-off' || life.stage === 'accepted') &&
        (handoff.state === 'handed-off' || handoff.state === 'accepted') &&
        contactedAt === undefined;
  const next = waits ? successorsOf(organisation, { handoffId, teamId, not: held.reps, now })[0] : undefined;
  if (!next) return undefined;
  return ownEvent({
    id: decisionId('LeadAssigned', handoffId, step),
    type: 'LeadAssigned',
    data: { leadId, handoffId, ...next },
    at: Math.max(now, (life.latest ?? -Infinity) + 1),
    by: 'handoff',
    cause: { id: cause.id, metadata: {} },
  });
}

/** Tells the destinations that a breach names, once each: the id of the job is that of the breach. */
export function escalationReaction(jobs: Jobs, clock: Clock): Reaction {
  return {
    name: 'escalate-breach',
    projection: 'handoffs',
    list: ESCALATED,
    async react(leadId, _rank, view) {
      const state = await view.get<HandoffState>(leadId);
      const breaches = state ? toldBreaches(state) : [];
      if (breaches.length === 0) return 'again';
      const now = clock();
      for (const { handoff, step, eventId, dueAt, notify } of breaches.filter((one) => isStillTold(one.dueAt, now))) {
        for (const destination of notify) {
          await enqueueDelivery(jobs, destination, {
            id: eventId,
            type: 'handoff.breached',
            timestamp: new Date(dueAt).toISOString(),
            data: { leadId, handoff: shownOutside(handoff), step, dueAt: new Date(dueAt).toISOString() },
          });
        }
      }
      return NEVER;
    },
  };
}
