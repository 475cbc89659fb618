import { dealStream, earliest, latest, sortedBy, type Amount, type Happened, type LeadlogEvent } from '@leadlog/lead';
import { defineProjection, type ListEntry, type Projection, type ReadModelView } from '@leadlog/projections';

/** One possible contract, as it stands. Folded so that the order of arrival cannot change it. */
export interface DealState {
  /** As the event that happened last names them. */
  lead?: Happened & { leadId: string };
  account?: Happened & { accountId: string };
  opened?: Happened & { repId: string; amount?: Amount };
  stage?: Happened & { stage: string };
  /** The last quote. */
  quoted?: Happened & { quoteId: string; revision: number; amount: Amount };
  meetings?: FirstOf[];
  quotes?: FirstOf[];
  outcome?: Happened & { state: 'won' | 'lost'; amount?: Amount; reason?: string };
}

/** When the first with this id was, ms. */
export interface FirstOf {
  id: string;
  at: number;
}
const firsts = sortedBy((first: FirstOf) => first.id);

/**
 * Read model `deals`, by deal. Lists: `open` and `rep:<repId>` (open deals of the rep who opened them), both by the time
 * of opening; `closed` by the time of the outcome.
 */
export function dealsProjection(): Projection<DealState> {
  return defineProjection<DealState>({
    name: 'deals',
    version: '3',
    handles: ['DealOpened', 'DealStageChanged', 'QuoteSubmitted', 'MeetingHeld', 'DealWon', 'DealLost'],
    key: (event) => (event.data as { dealId?: string }).dealId,
    keyedBy: ['dealId'],
    streams: (dealId) => [dealStream(dealId)],
    initial: () => ({
      lead: undefined,
      account: undefined,
      opened: undefined,
      stage: undefined,
      quoted: undefined,
      meetings: undefined,
      quotes: undefined,
      outcome: undefined,
    }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    lists: ({ opened, outcome }): Record<string, number> => {
      if (outcome) return { closed: outcome.at };
      return opened ? { open: opened.at, [`rep:${opened.repId}`]: opened.at } : {};
    },
  });
}

function evolve(state: DealState, event: LeadlogEvent): DealState {
  const { occurredAt: at } = event;
  const position = Number(event.position);
  const { leadId, accountId } = event.data as { leadId?: string; accountId?: string };
  if (leadId !== undefined) state.lead = latest(state.lead, { at, position, leadId });
  if (accountId !== undefined) state.account = latest(state.account, { at, position, accountId });
  if (event.type === 'DealOpened') {
    state.opened = earliest(state.opened, { at, position, repId: event.data.repId, amount: event.data.amount });
  } else if (event.type === 'DealStageChanged') {
    state.stage = latest(state.stage, { at, position, stage: event.data.to });
  } else if (event.type === 'QuoteSubmitted') {
    const { quoteId, revision, amount } = event.data;
    state.quotes = withFirst(state.quotes, quoteId, at);
    state.quoted = latest(state.quoted, { at, position, quoteId, revision, amount });
  } else if (event.type === 'MeetingHeld') {
    state.meetings = withFirst(state.meetings, event.data.meetingId, Date.parse(event.data.startedAt));
  } else if (event.type === 'DealWon') {
    state.outcome = latest<NonNullable<DealState['outcome']>>(state.outcome, { at, position, state: 'won', amount: event.data.amount });
  } else if (event.type === 'DealLost') {
    state.outcome = latest<NonNullable<DealState['outcome']>>(state.outcome, { at, position, state: 'lost', reason: event.data.reason });
  }
  return state;
}

function withFirst(list: FirstOf[] | undefined, id: string, at: number): FirstOf[] {
  return firsts.put(list, { id, at: Math.min(firsts.find(list, id)?.at ?? at, at) });
}

/** Times are milliseconds since 1970 UTC. */
export interface DealSummary {
  dealId: string;
  leadId?: string;
  accountId?: string;
  repId?: string;
  state: 'open' | 'won' | 'lost';
  stage?: string;
  openedAt?: number;
  closedAt?: number;
  /** What was won, else quoted last, else named at the opening. */
  amount?: Amount;
  lostReason?: string;
  meetings: number;
  quotes: number;
}

/** Read models `deals` and `leads`; a lead that was merged since shows as its survivor. */
export interface DealViews {
  deals: ReadModelView;
  leads: ReadModelView;
}

export async function dealOf({ deals, leads }: DealViews, dealId: string): Promise<DealSummary | undefined> {
  const state = await deals.get<DealState>(dealId);
  return state && summaryOf(leads, dealId, state);
}

/** Newest first. `after` is the `next` of the page before. */
export async function listDeals(
  views: DealViews,
  { rep, closed = false, limit = 50, after }: { rep?: string; closed?: boolean; limit?: number; after?: ListEntry },
): Promise<{ items: DealSummary[]; next?: ListEntry }> {
  const list = closed ? 'closed' : rep === undefined ? 'open' : `rep:${rep}`;
  const entries = await views.deals.list(list, { direction: 'descending', limit, after });
  const states = await views.deals.many<DealState>(entries.map(({ key }) => key));
  const items = await Promise.all(entries.flatMap(({ key }, i) => (states[i] ? [summaryOf(views.leads, key, states[i])] : [])));
  return { items, ...(entries.length === limit && { next: entries.at(-1)! }) };
}

async function summaryOf(leads: ReadModelView, dealId: string, state: DealState): Promise<DealSummary> {
  const { lead, account, opened, stage, quoted, outcome, meetings, quotes } = state;
  return {
    dealId,
    leadId: lead && (await leads.resolve(lead.leadId)),
    accountId: account?.accountId,
    repId: opened?.repId,
    state: outcome?.state ?? 'open',
    stage: stage?.stage,
    openedAt: opened?.at,
    closedAt: outcome?.at,
    amount: outcome?.amount ?? quoted?.amount ?? opened?.amount,
    lostReason: outcome?.reason,
    meetings: meetings?.length ?? 0,
    quotes: quotes?.length ?? 0,
  };
}
