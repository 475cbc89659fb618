import type { Tier } from '@leadlog/events';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { cursorOf, entryOf, type ReadModelView } from '@leadlog/projections';
import { dealsAsTheyStand } from './deals-as-they-stand';
import type { HandoffState } from './handoff-facts';
import { isDisqualified } from './life';
import { handoffsOf } from './standing';

/** The next action of marketing that a return plans, by the run that it ended. */
const actionOf = (runId: string): string => `revisit-${runId}`;
export const isRevisit = (actionId: string): boolean => actionId.startsWith('revisit-');

/** A lead that was returned with a day on which to look at it again. */
export interface Revisit {
  revisitOn: string;
  /** The day as a number, to be ranked by. */
  rank: number;
  /** Completed by NextActionCompleted. */
  actionId: string;
  runId: string;
  handoffId?: string;
  /** Who had it. */
  repId?: string;
  returnedAt: number;
  reason: string;
  note?: string;
}

/**
 * What the last return says, until the lead is with sales again: handed off, or in a deal. Gone as well if the lead is disqualified, or if
 * marketing has completed the action.
 */
export function revisitOf(state: HandoffState): Revisit | undefined {
  const last = (state.ends ?? [])
    .filter(({ how }) => how === 'returned')
    .reduce<NonNullable<HandoffState['ends']>[number] | undefined>((latest, one) => {
      const isLater = !latest || one.at > latest.at || (one.at === latest.at && one.position > latest.position);
      return isLater ? one : latest;
    }, undefined);
  if (last?.revisitOn === undefined || last.runId === undefined || isDisqualified(state)) return undefined;
  const { at, revisitOn, runId, reason, note } = last;
  const actionId = actionOf(runId);
  if (state.revisited?.includes(actionId)) return undefined;
  const handoffs = handoffsOf(state);
  const ended = handoffs.findLast((one) => one.state === 'returned' && (one.handoffId === last.handoffId || one.runId === runId));
  // Nothing about a handoff happens before it, whatever a slow clock says.
  const since = Math.max(at, ended?.at ?? -Infinity);
  if (handoffs.some((one) => one !== ended && (one.at > since || one.endedAt === undefined))) return undefined;
  if (dealsAsTheyStand(state).some(({ opened, outcome }) => Math.max(opened?.at ?? -Infinity, outcome?.at ?? -Infinity) > since))
    return undefined;
  return {
    revisitOn,
    rank: Date.parse(revisitOn),
    actionId,
    runId,
    handoffId: ended?.handoffId,
    repId: ended?.repId,
    returnedAt: at,
    reason,
    note,
  };
}

export interface RevisitItem extends Omit<Revisit, 'rank'> {
  leadId: string;
  tier: Tier;
  profile: { name?: string; company?: string; department?: string; title?: string };
}

/** Up to and including a day, the earliest first. Views of `handoffs` and `leads`. Throws InvalidCursor. */
export async function listRevisits(
  list: string,
  { handoffs, leads }: { handoffs: ReadModelView; leads: ReadModelView },
  { until, limit, cursor }: { until: string; limit: number; cursor?: string },
): Promise<{ items: RevisitItem[]; cursor?: string }> {
  const after = cursor === undefined ? undefined : entryOf(cursor);
  const entries = await handoffs.list(list, { direction: 'ascending', max: Date.parse(until), limit, after });
  const ids = entries.map(({ key }) => key);
  const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
  const items = entries.flatMap(({ key: leadId }, place) => {
    const state = states[place];
    const revisit = state && revisitOf(state);
    // The entry may be older than the document.
    if (!revisit) return [];
    const { rank: _, ...rest } = revisit;
    const { name, company, department, title } = people[place] ? summaryOf(leadId, people[place]).profile : {};
    return [{ leadId, ...rest, tier: state.tier, profile: { name, company, department, title } }];
  });
  return { items, ...(entries.length === limit && { cursor: cursorOf(entries.at(-1)!) }) };
}
