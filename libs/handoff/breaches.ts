import type { DocumentInForce } from '@leadlog/documents';
import type { EventLog, NewEvent } from '@leadlog/event-log';
import { decisionId, ownEvent } from '@leadlog/events';
import type { Jobs } from '@leadlog/jobs';
import { proposeOnLead, readLead, type LeadLifecycle } from '@leadlog/lead';
import type { Organisation } from '@leadlog/organisation';
import type { Reaction, ReadModels } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import { successorsOf, type Assignment } from './assignment/assignment';
import { placesOn } from './assignment/reservations';
import { NEVER, shownOutside } from './handoff-reactions';
import { ESCALATED, OVERDUE, type HandoffState } from './handoffs.projection';
import type { HandoffPolicy } from './policy/policy';
import { breachDue, toldBreaches, type Breach } from './standing';
import { enqueueDelivery, isStillTold } from './webhooks/webhook-jobs';

interface Parts {
  log: EventLog;
  readModels: ReadModels;
  clock: Clock;
  policy: Pick<DocumentInForce<Pick<HandoffPolicy, 'escalation'>>, 'at'>;
  organisation: () => Organisation;
}

/**
 * Records the breach of every missed deadline as of the deadline, however much later this runs. Only facts recorded by
 * then count: an acceptance before the deadline that is reported later does not revert a breach. The id is derived from the deadline.
 * What follows by the policy of that moment is decided in the same append, so once for each breach: whom to tell, and who is next.
 */
export function breachReaction({ log, readModels, clock, policy, organisation }: Parts): Reaction {
  // Each deadline asks once, so whoever has room by then must be found.
  const firstWithRoom = placesOn(log, readModels, 0);
  /** Who has it next: undefined where it is no longer needed, where nobody is left, and where nobody has room. */
  const nextFor = async (breach: Breach, now: number): Promise<Assignment | undefined> => {
    const life = await readLead(log, breach.leadId);
    if (!isToGoOn(breach, life)) return undefined;
    const { handoffId, teamId } = breach.handoff;
    const sales = organisation();
    const takers = successorsOf(sales, { handoffId, teamId, not: life.handoff!.reps, now });
    return takers.length > 0 ? firstWithRoom(sales, takers, { leadId: breach.leadId, handoffId, step: breach.step, now }) : undefined;
  };
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
        const next = reassign ? await nextFor(breach, now) : undefined;
        const answer = await proposeOnLead(log, whose, (life) => {
          const follows = isFollowed(breach, life);
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
          const goesOn = next && isToGoOn(breach, life) && !life.handoff!.reps.includes(next.repId);
          return goesOn ? [recorded, toTheNext(next, breach, life, now, recorded)] : [recorded];
        });
        if (!answer.ok) return 'again';
        last = answer.position;
      }
      return last;
    },
  };
}

/** Nobody could meet a deadline while the lead was disqualified: whoever had it has it again. */
const isFollowed = ({ dueAt }: Breach, { givenUp }: LeadLifecycle): boolean => !(givenUp && givenUp.from <= dueAt && dueAt < givenUp.until);

/** Not where it was taken up late, or has gone to somebody else since. */
function isToGoOn(breach: Breach, life: LeadLifecycle): boolean {
  const { handoff, step, dueAt } = breach;
  const held = life.handoff;
  if (!isFollowed(breach, life) || held?.handoffId !== handoff.handoffId || (held.heldSince ?? dueAt) > dueAt) return false;
  return step === 'accept'
    ? life.stage === 'handed-off' && handoff.state === 'handed-off'
    : (life.stage === 'handed-off' || life.stage === 'accepted') &&
        (handoff.state === 'handed-off' || handoff.state === 'accepted') &&
        handoff.contactedAt === undefined;
}

const toTheNext = (
  next: Assignment,
  { handoff: { handoffId }, leadId, step }: Breach,
  { latest = -Infinity }: LeadLifecycle,
  now: number,
  cause: NewEvent,
): NewEvent =>
  ownEvent({
    id: decisionId('LeadAssigned', handoffId, step),
    type: 'LeadAssigned',
    data: { leadId, handoffId, ...next },
    at: Math.max(now, latest + 1),
    by: 'handoff',
    cause: { id: cause.id, metadata: {} },
  });

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
