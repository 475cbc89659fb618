import type { DocumentInForce } from '@leadlog/documents';
import type { Jobs } from '@leadlog/jobs';
import type { Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import { LOOK_AGAIN_MS, NEVER, shownOutside } from '../handoff-reactions';
import { REASSIGNED, type HandoffState } from '../handoffs.projection';
import type { HandoffPolicy } from '../policy/policy';
import { reassignments } from '../standing';
import { enqueueDelivery, isStillTold } from '../webhooks/webhook-jobs';

/**
 * Tells the destinations of a handoff who has it now, if that has changed: those of the policy that decided it, as with the handoff itself.
 * The id of the job is that of the assignment, so each is told once.
 */
export function reassignedReaction(jobs: Jobs, policy: Pick<DocumentInForce<HandoffPolicy>, 'decidedBy'>, clock: Clock): Reaction {
  return {
    name: 'deliver-reassigned',
    projection: 'handoffs',
    list: REASSIGNED,
    async react(leadId, _rank, view) {
      const state = await view.get<HandoffState>(leadId);
      const changed = state ? reassignments(state) : [];
      if (changed.length === 0) return 'again';
      const now = clock();
      let unreadable = false;
      for (const { handoff, eventId, at, policyVersion } of changed.filter((one) => isStillTold(one.at, now))) {
        const decidedBy = policy.decidedBy(policyVersion);
        unreadable ||= !decidedBy;
        for (const { name } of decidedBy?.content.destinations ?? []) {
          await enqueueDelivery(jobs, name, {
            id: eventId,
            type: 'handoff.assigned',
            timestamp: new Date(at).toISOString(),
            data: { leadId, handoff: shownOutside(handoff) },
          });
        }
      }
      return unreadable ? { notBefore: now + LOOK_AGAIN_MS } : NEVER;
    },
  };
}
