import { dealStream, earliest, latest, sortedBy, type Amount, type Happened, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type ListEntry, type Projection, type ReadModelView } from '@leadlog/projections';
import { toldBy, untold, UNTOLD, type DealClosed, type Party } from './deal-parties';
import { voidsOfDeals } from './voided-facts.projection';

/** The present state of one possible contract. The order of arrival does not affect the fold. */
export interface DealState {
  /** As named by the latest event. */
  lead?: Happened & { leadId: string };
  account?: Happened & { accountId: string };
  opened?: Happened & { repId: string; amount?: Amount };
  stage?: Happened & { stage: string };
  /** The last quote. */
  quoted?: Happened & { quoteId: string; revision: number; amount: Amount };
  meetings?: FirstOf[];
  quotes?: FirstOf[];
  outcome?: DealClosed & { amount?: Amount; leadId?: string };
  /** The leads named by its opening, an outcome, a meeting or an appointment, by id. */
  parties?: Party[];
}

/** When the first with this id was, ms. */
export interface FirstOf {
  id: string;
  at: number;
}
const firsts = sortedBy((first: FirstOf) => first.id);
const parties = sortedBy((party: Party) => party.leadId);

/**
 * Read model `deals`, by deal. Lists: `open` and `rep:<repId>` (open deals of the rep who opened them), both by the time
 * of opening; `closed` by the time of the outcome; `untold`: some lead of it has to be told what the events of another say
 * (deal-parties.ts).
 */
export function dealsProjection(): Projection<DealState> {
  return defineProjection<DealState>({
    name: 'deals',
    version: '6',
    handles: [
      'DealOpened',
      'DealStageChanged',
      'QuoteSubmitted',
      'AppointmentBooked',
      'MeetingHeld',
      'DealWon',
      'DealLost',
      'DealShared',
      'PersonalDataErased',
    ],
    forgets: ['PersonalDataErased'],
    key: (event) => (event.data as { dealId?: string }).dealId,
    keyedBy: ['dealId'],
    streams: (dealId) => [dealStream(dealId)],
    corrections: voidsOfDeals,
    initial: () => ({
      lead: undefined,
      account: undefined,
      opened: undefined,
      stage: undefined,
      quoted: undefined,
      meetings: undefined,
      quotes: undefined,
      outcome: undefined,
      parties: undefined,
    }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    lists: (state, dealId): Record<string, number> => {
      const { opened, outcome } = state;
      const lists: Record<string, number> = untold(dealId, state).length > 0 ? { [UNTOLD]: 0 } : {};
      if (outcome) return { ...lists, closed: outcome.at };
      return opened ? { ...lists, open: opened.at, [`rep:${opened.repId}`]: opened.at } : lists;
    },
  });
}

function evolve(state: DealState, event: LeadlogEvent): DealState {
  // Somebody is forgotten, and the deal is what it was.
  if (event.type === 'PersonalDataErased') return state;
  const { occurredAt: at } = event;
  const position = Number(event.position);
  const { leadId, accountId } = event.data as { leadId?: string; accountId?: string };
  if (event.type === 'DealShared') {
    const party = partyOf(state, event.data.leadId);
    party.told = toldBy(event.data, position, party.told);
    return state;
  }
  if (event.type === 'AppointmentBooked') {
    if (leadId !== undefined) partyOf(state, leadId).met = true;
    return state;
  }
  if (leadId !== undefined) state.lead = latest(state.lead, { at, position, leadId });
  if (accountId !== undefined) state.account = latest(state.account, { at, position, accountId });
  if (event.type === 'DealOpened') {
    state.opened = earliest(state.opened, { at, position, repId: event.data.repId, amount: event.data.amount });
    if (leadId !== undefined) partyOf(state, leadId).opened = true;
  } else if (event.type === 'DealStageChanged') {
    state.stage = latest(state.stage, { at, position, stage: event.data.to });
  } else if (event.type === 'QuoteSubmitted') {
    const { quoteId, revision, amount } = event.data;
    state.quotes = withFirst(state.quotes, quoteId, at);
    state.quoted = latest(state.quoted, { at, position, quoteId, revision, amount });
  } else if (event.type === 'MeetingHeld') {
    state.meetings = withFirst(state.meetings, event.data.meetingId, Date.parse(event.data.startedAt));
    if (leadId !== undefined) partyOf(state, leadId).met = true;
  } else if (event.type === 'DealWon') {
    closed(state, { at, position, state: 'won', amount: event.data.amount, leadId });
  } else if (event.type === 'DealLost') {
    closed(state, { at, position, state: 'lost', reason: event.data.reason, leadId });
  }
  return state;
}

function closed(state: DealState, outcome: NonNullable<DealState['outcome']>): void {
  state.outcome = latest(state.outcome, outcome);
  if (outcome.leadId === undefined) return;
  const party = partyOf(state, outcome.leadId);
  const { at, position, state: how, reason } = outcome;
  party.outcome = latest(party.outcome, { at, position, state: how, ...(reason !== undefined && { reason }) });
}

function partyOf(state: DealState, leadId: string): Party {
  let party = parties.find(state.parties, leadId);
  if (!party) state.parties = parties.put(state.parties, (party = { leadId }));
  return party;
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
  /** The amount won, else last quoted, else given at the opening. */
  amount?: Amount;
  lostReason?: string;
  meetings: number;
  quotes: number;
}

/** Read models `deals` and `leads`; a lead merged since appears as its survivor. */
export interface DealViews {
  deals: ReadModelView;
  leads: ReadModelView;
}

export async function dealOf({ deals, leads }: DealViews, dealId: string): Promise<DealSummary | undefined> {
  const state = await deals.get<DealState>(dealId);
  return state && summaryOf(leads, dealId, state);
}

/** Newest first. `after` is the `next` of the previous page. */
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
