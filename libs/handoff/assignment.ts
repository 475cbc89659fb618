import { createHash } from 'node:crypto';
import type { LeadAssigned } from '@leadlog/events';
import type { HandoffPolicy } from './policy/policy';

export type Assignment = Pick<LeadAssigned, 'repId' | 'teamId' | 'method'>;

/**
 * Previous rep of the lead, then the rep of its account, then by weight. The weighted choice is rendezvous hashing on the
 * handoff id: in the long run, the share of each rep equals the weight, the same handoff always goes to the same
 * rep, and no counter has to be kept (docs/decisions/assignment-by-hashing.md).
 */
export function assign(
  policy: HandoffPolicy,
  handoffId: string,
  previousReps: readonly string[],
  accountReps: readonly string[],
): Assignment {
  const candidates = [
    { method: 'previousRep' as const, ids: previousReps },
    { method: 'accountOwner' as const, ids: accountReps },
  ];
  for (const { method, ids } of candidates) {
    const rep = policy.reps.find(({ id }) => id === ids.find((wanted) => policy.reps.some((known) => known.id === wanted)));
    if (rep) return { repId: rep.id, teamId: rep.team, method };
  }
  const [first] = policy.reps
    .map((rep) => ({ rep, share: -rep.weight / Math.log(uniform(`${handoffId} ${rep.id}`)) }))
    .sort((a, b) => b.share - a.share || (a.rep.id < b.rep.id ? -1 : 1));
  return { repId: first!.rep.id, teamId: first!.rep.team, method: 'weighted' };
}

/** In (0, 1), from 48 bits of a hash. */
function uniform(text: string): number {
  return (createHash('sha256').update(text).digest().readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
