import { readState, type Actor, type EventLog } from '@leadlog/event-log';
import { leadStream } from '@leadlog/events';
import { handoffLead, proposeOnLead, type LeadDecided } from '@leadlog/lead';
import type { ReadModels, ReadModelView } from '@leadlog/projections';
import { eventOfAct, refusingAnother, type InvalidAct } from '../acts';
import type { HandoffState } from '../handoffs.projection';
import { handoffsOf, isOpen, openHandoffs, type Handoff } from '../standing';
import type { Assignment } from './assignment';

export interface GivenHandoff {
  handoffId: string;
  to: Assignment;
  reason: string;
  id?: string;
  actor: Actor;
  /** ms */
  now: number;
}

/**
 * Gives an open handoff to a rep. What others did for it stays theirs: only who has it from now on changes, and its deadlines stay as they
 * were recorded.
 */
export async function reassign(
  log: EventLog,
  readModels: ReadModels,
  { handoffId, to, reason, id, actor, now }: GivenHandoff,
): Promise<LeadDecided | InvalidAct> {
  const leadId = handoffLead(handoffId);
  const made = eventOfAct({ type: 'LeadAssigned', data: { leadId, handoffId, ...to, reason }, id, actor }, now);
  if (!made.ok) return made;
  const { event } = made;
  // Deals are in streams of their own, so that of the lead does not tell that one of them ended the handoff.
  const state = await (await readModels.view('handoffs')).get<HandoffState>(leadId);
  const handoff = state && handoffsOf(state).find((one) => one.handoffId === handoffId);
  if (handoff && !isOpen(handoff)) {
    const { positions } = await readState(log, leadStream(leadId), { initial: () => undefined, evolve: () => undefined });
    const position = positions.get(event.id);
    if (position !== undefined) return refusingAnother(log, leadStream(leadId), event, { ok: true, position, repeated: true });
    return {
      ok: false,
      pointer: '/data/handoffId',
      expected: 'a handoff that is with sales',
      got: `${handoffId}, which is ${handoff.state}`,
    };
  }
  const decided = await proposeOnLead(log, leadId, ({ latest = -Infinity }) => {
    // After all that was recorded, also in the same millisecond.
    const occurredAt = new Date(Math.max(now, latest + 1)).toISOString();
    return [{ ...event, metadata: { ...event.metadata, occurredAt } }];
  });
  return refusingAnother(log, leadStream(leadId), event, decided);
}

const PAGE = 500;

/** All of a rep, the first handed off first; `leadId`: under which it is folded now. */
export async function openHandoffsOf(view: ReadModelView, repId: string): Promise<(Handoff & { leadId: string })[]> {
  const found: (Handoff & { leadId: string })[] = [];
  for (let after; ;) {
    const page = await view.list(`inbox:rep:${repId}`, { limit: PAGE, after });
    const states = await view.many<HandoffState>(page.map(({ key }) => key));
    for (const state of states)
      for (const handoff of state ? openHandoffs(state) : [])
        if (handoff.repId === repId) found.push({ ...handoff, leadId: state!.leadId });
    after = page.at(-1);
    if (page.length < PAGE) return found.sort((a, b) => a.at - b.at || (a.handoffId < b.handoffId ? -1 : 1));
  }
}
