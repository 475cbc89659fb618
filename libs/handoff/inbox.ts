import type { Tier } from '@leadlog/events';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { cursorOf, entryOf, type ReadModelView } from '@leadlog/projections';
import type { HandoffState } from './handoffs.projection';
import { openHandoffs, withdrawnConsents, type Handoff } from './standing';

export interface InboxQuery {
  rep?: string;
  team?: string;
  state?: 'handed-off' | 'accepted' | 'in-deal';
  business?: Handoff['business'];
  limit: number;
  /** From the page before. */
  cursor?: string;
}

export interface InboxItem extends Omit<Handoff, 'at' | 'eventId' | 'contactedAt' | 'acceptedAt' | 'endedAt'> {
  leadId: string;
  tier: Tier;
  handedOffAt: string;
  acceptedAt?: string;
  contactedAt?: string;
  /** Channels for which the person has withdrawn consent. */
  consentWithdrawn: { channel: string; since: string }[];
  profile: { name?: string; company?: string; department?: string; title?: string };
}

const PAGE = 200;

/** Leads that are with sales: hottest first, then latest handoff first. Views of `handoffs` and `leads`. Throws InvalidCursor. */
export async function inboxOf(
  handoffs: ReadModelView,
  leads: ReadModelView,
  query: InboxQuery,
): Promise<{ items: InboxItem[]; cursor?: string }> {
  const list = query.rep !== undefined ? `inbox:rep:${query.rep}` : query.team !== undefined ? `inbox:team:${query.team}` : 'inbox';
  const items: InboxItem[] = [];
  let after = query.cursor === undefined ? undefined : entryOf(query.cursor);
  for (;;) {
    const entries = await handoffs.list(list, { direction: 'descending', limit: PAGE, after });
    const ids = entries.map(({ key }) => key);
    const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
    for (const [index, entry] of entries.entries()) {
      after = entry;
      const state = states[index];
      const wanted = state ? openHandoffs(state).filter((one) => isWanted(one, query)) : [];
      const { name, company, department, title } = people[index] ? summaryOf(entry.key, people[index]).profile : {};
      // A merged lead may have several handoffs with sales; the page ends after the lead.
      for (const { at, eventId: _, contactedAt, acceptedAt, ...rest } of wanted.reverse()) {
        items.push({
          leadId: entry.key,
          tier: state!.tier,
          ...rest,
          handedOffAt: time(at),
          acceptedAt: acceptedAt === undefined ? undefined : time(acceptedAt),
          contactedAt: contactedAt === undefined ? undefined : time(contactedAt),
          consentWithdrawn: withdrawnConsents(state!),
          profile: { name, company, department, title },
        });
      }
      if (items.length >= query.limit) return { items, cursor: cursorOf(entry) };
    }
    if (entries.length < PAGE) return { items };
  }
}

const isWanted = ({ repId, teamId, state, business }: Handoff, query: InboxQuery): boolean =>
  (query.rep === undefined || repId === query.rep) &&
  (query.team === undefined || teamId === query.team) &&
  (query.state === undefined || state === query.state) &&
  (query.business === undefined || business === query.business);

const time = (ms: number): string => new Date(ms).toISOString();
