import type { Tier } from '@leadlog/events';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { cursorOf, entryOf, type ReadModelView } from '@leadlog/projections';
import type { InboxItem } from './inbox';
import { REFUSED, TO_HAND_OFF, type HandoffState } from './handoffs.projection';
import type { PauseOf } from './pause';
import { withdrawnConsents } from './standing';

/** A lead that should be with sales and is not: nobody is at work or has room, or a consent is withdrawn, or it was given back a short time ago. */
export interface WaitingLead extends Pick<InboxItem, 'leadId' | 'consentWithdrawn' | 'profile'> {
  tier: Tier;
  since: string;
  /** It was given back, and until then it takes an inquiry. */
  pausedUntil?: string;
}

/** The longest waiting first. Views of `handoffs` and `leads`. Throws InvalidCursor. */
export async function waitingLeads(
  handoffs: ReadModelView,
  leads: ReadModelView,
  { limit, cursor, now, pauseOf }: { limit: number; cursor?: string; now: number; pauseOf: PauseOf },
): Promise<{ items: WaitingLead[]; cursor?: string }> {
  const after = cursor === undefined ? undefined : entryOf(cursor);
  // What is due later waits for the rest of an import.
  const lists = await Promise.all([TO_HAND_OFF, REFUSED].map((list) => handoffs.list(list, { max: now, limit, after })));
  const entries = lists
    .flat()
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1))
    .slice(0, limit);
  const ids = entries.map(({ key }) => key);
  const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
  const items = entries.flatMap(({ key, rank }, place) => {
    const [state, person] = [states[place], people[place]];
    if (!state) return [];
    const pausedUntil = pauseOf(state) ?? now;
    const { name, company, department, title } = person ? summaryOf(key, person).profile : {};
    return {
      leadId: key,
      tier: state.tier,
      since: new Date(rank).toISOString(),
      ...(pausedUntil > now && { pausedUntil: new Date(pausedUntil).toISOString() }),
      consentWithdrawn: withdrawnConsents(state),
      profile: { name, company, department, title },
    };
  });
  return { items, ...(entries.length === limit && { cursor: cursorOf(entries.at(-1)!) }) };
}
