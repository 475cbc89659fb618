import type { Tier } from '@leadlog/events';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { pageOfItems, type ListEntry, type PageQuery, type ReadModelView } from '@leadlog/projections';
import type { HandoffState } from './handoffs.projection';
import { openHandoffs, withdrawnConsents, type Handoff } from './standing';

const PAGE = 500;

export interface InboxQuery extends PageQuery {
  rep?: string;
  team?: string;
  state?: 'handed-off' | 'accepted' | 'in-deal';
  business?: Handoff['business'];
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

/** Leads that are with sales: hottest first, then latest handoff first. Views of `handoffs` and `leads`. Throws InvalidCursor. */
export async function inboxOf(
  handoffs: ReadModelView,
  leads: ReadModelView,
  query: InboxQuery,
): Promise<{ items: InboxItem[]; cursor?: string }> {
  const list = query.rep !== undefined ? `inbox:rep:${query.rep}` : query.team !== undefined ? `inbox:team:${query.team}` : 'inbox';
  // A merged lead may have several handoffs with sales.
  const itemsOf = async (entries: readonly ListEntry[]): Promise<InboxItem[][]> => {
    const ids = entries.map(({ key }) => key);
    const [states, people] = await Promise.all([handoffs.many<HandoffState>(ids), leads.many<LeadState>(ids)]);
    return ids.map((leadId, place) => {
      const state = states[place];
      if (!state) return [];
      const { name, company, department, title } = people[place] ? summaryOf(leadId, people[place]).profile : {};
      const wanted = openHandoffs(state).filter((one) => isWanted(one, query));
      return wanted.map(({ at, eventId: _, contactedAt, acceptedAt, ...rest }) => ({
        leadId,
        tier: state.tier,
        ...rest,
        handedOffAt: time(at),
        acceptedAt: acceptedAt === undefined ? undefined : time(acceptedAt),
        contactedAt: contactedAt === undefined ? undefined : time(contactedAt),
        consentWithdrawn: withdrawnConsents(state),
        profile: { name, company, department, title },
      }));
    });
  };
  const placeOf = ({ handedOffAt, handoffId }: InboxItem) => [Date.parse(handedOffAt), handoffId] as const;
  return pageOfItems({ view: handoffs, list, direction: 'descending', itemsOf, placeOf }, query);
}

/** Ids of the leads in the inbox of a representative. View of `handoffs`. */
export async function leadsOf(handoffs: ReadModelView, rep: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: ListEntry | undefined; ;) {
    const page = await handoffs.list(`inbox:rep:${rep}`, { direction: 'descending', limit: PAGE, after });
    const states = await handoffs.many<HandoffState>(page.map(({ key }) => key));
    for (const [place, { key }] of page.entries())
      if (states[place] && openHandoffs(states[place]).some((one) => isWanted(one, { rep }))) ids.push(key);
    after = page.at(-1);
    if (page.length < PAGE) return ids;
  }
}

const isWanted = ({ repId, teamId, state, business }: Handoff, query: Omit<InboxQuery, keyof PageQuery>): boolean =>
  (query.rep === undefined || repId === query.rep) &&
  (query.team === undefined || teamId === query.team) &&
  (query.state === undefined || state === query.state) &&
  (query.business === undefined || business === query.business);

const time = (ms: number): string => new Date(ms).toISOString();
