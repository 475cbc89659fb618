import { dueForRep, type Organisation } from '@leadlog/organisation';
import type { HandoffState } from './handoff-facts';
import type { HandoffPolicy } from './policy/policy';
import { handoffsOf } from './standing';

/** Until when (ms) a lead that sales gave back is left alone, by the policy of then; undefined if it is not. */
export type PauseOf = (state: HandoffState) => number | undefined;

interface Parts {
  policyAt: (ms: number) => Pick<HandoffPolicy, 'returns'>;
  organisation: () => Organisation;
}

/**
 * Business time is that of the rep who gave it back. The end of a pause follows from the return and the policy of that moment, so that a
 * publication neither begins nor ends one. Whoever asks for something does not wait.
 */
export const pauses =
  ({ policyAt, organisation }: Parts): PauseOf =>
  (state) => {
    const back = lastGivenBack(state);
    if (!back || (state.inquired ?? -Infinity) > back.at) return undefined;
    const { pause } = policyAt(back.at).returns;
    return pause && dueForRep(organisation(), back.repId, back.at, pause);
  };

/** Returned or rejected, and by whom. */
function lastGivenBack(state: HandoffState): { at: number; repId?: string } | undefined {
  const backs = (state.ends ?? []).filter(({ how }) => how === 'returned').map(({ at }): { at: number; repId?: string } => ({ at }));
  for (const { state: how, endedAt, repId } of state.handoffs ? handoffsOf(state) : [])
    if (how === 'returned' || how === 'rejected') backs.push({ at: endedAt!, repId });
  // Of a return and the handoff that it ended, the latter knows the rep.
  return backs.sort((a, b) => a.at - b.at || (a.repId === undefined ? -1 : 1)).at(-1);
}
