import { summaryOf, type LeadState, type Tier } from '@leadlog/lead';
import type { ListEntry, ReadModelView } from '@leadlog/projections';
import type { Handoff, HandoffState } from './handoffs';

export interface InboxQuery {
  rep?: string;
  team?: string;
  state?: 'handed-off' | 'accepted' | 'in-deal';
  limit: number;
  after?: ListEntry;
}

export interface InboxItem extends Omit<Handoff, 'at' | 'eventId' | 'contactedAt'> {
  leadId: string;
  tier: Tier;
  handedOffAt: string;
  contactedAt?: string;
  profile: { name?: string; company?: string; department?: string; title?: string };
}

const PAGE = 200;

/** Leads that are with sales: the hottest first, then the latest handed off. Views of `handoffs` and `leads`. */
export async function inboxOf(handoffs: ReadModelView, leads: ReadModelView, query: InboxQuery): Promise<{ items: InboxItem[]; next?: ListEntry }> {
  const list = query.rep !== undefined ? `inbox:rep:${query.rep}` : query.team !== undefined ? `inbox:team:${query.team}` : 'inbox';
  const items: InboxItem[] = [];
  let after = query.after;
  for (;;) {
    const entries = await handoffs.list(list, { direction: 'descending', limit: PAGE, after });
    const ids = entries.map(({ key }) => key);
    const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
    for (const [index, entry] of entries.entries()) {
      after = entry;
      const open = states[index]?.open;
      if (!open || (query.state && open.state !== query.state) || (query.team !== undefined && open.teamId !== query.team)) continue;
      const { name, company, department, title } = people[index] ? summaryOf(entry.key, people[index]).profile : {};
      const { at, eventId: _, contactedAt, ...rest } = open;
      items.push({
        leadId: entry.key,
        tier: states[index]!.tier,
        ...rest,
        handedOffAt: new Date(at).toISOString(),
        contactedAt: contactedAt === undefined ? undefined : new Date(contactedAt).toISOString(),
        profile: { name, company, department, title },
      });
      if (items.length === query.limit) return { items, next: entry };
    }
    if (entries.length < PAGE) return { items };
  }
}
