import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { merged, sightings, type LeadIdentity, type Profile } from '@leadlog/events';
import { cursorOf, entryOf, type ListEntry, type ReadModelView } from '@leadlog/projections';
import { countsOf, leadLists, type Capture, type CountedType, type LeadRole, type LeadState } from './leads.projection';

/** A lead as a screen shows it. Times are milliseconds since 1970 UTC. */
export interface LeadSummary {
  leadId: string;
  profile: Partial<Profile>;
  accountId?: string;
  role?: LeadRole;
  channel?: Capture['channel'];
  origin?: string;
  campaignId?: string;
  region?: string;
  capturedAt?: number;
  firstSeenAt?: number;
  /** Activity of the customer. */
  lastActivityAt?: number;
  lastSellerActAt?: number;
  erased: boolean;
}

export interface LeadDetail extends LeadSummary {
  /** Leads merged into this one. */
  mergedLeadIds: string[];
  /** Last seen first. */
  identities: { emails: string[]; visitorIds: string[]; cardIds: string[]; foreign: { system: string; id: string }[] };
  consent: Record<string, { status: 'granted' | 'withdrawn'; since: number }>;
  counts: Partial<Record<CountedType, number>>;
  deals: { dealId: string; state: 'open' | 'won' | 'lost'; at: number }[];
}

/** `view` of `leads`. Returns the survivor of a merged lead; undefined for an unknown lead. */
export async function leadOf(view: ReadModelView, leadId: string): Promise<LeadDetail | undefined> {
  const survivor = await view.resolve(leadId);
  const [state, family] = await Promise.all([view.get<LeadState>(survivor), view.family(survivor)]);
  return state && detail(survivor, family.slice(1), state);
}

function detail(leadId: string, mergedLeadIds: string[], state: LeadState): LeadDetail {
  const newestFirst = (kind: keyof LeadIdentity): string[] =>
    [...sightings(state.identities?.[kind])].sort(([a, seenA], [b, seenB]) => seenB - seenA || (a < b ? -1 : 1)).map(([value]) => value);
  return {
    ...summaryOf(leadId, state),
    mergedLeadIds,
    identities: {
      emails: newestFirst('email'),
      visitorIds: newestFirst('visitorId'),
      cardIds: newestFirst('cardId'),
      foreign: newestFirst('foreign').map((text) => ({ system: text.slice(0, text.indexOf(' ')), id: text.slice(text.indexOf(' ') + 1) })),
    },
    consent: Object.fromEntries(
      Object.entries(state.consent ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([channel, { status, at }]) => [channel, { status, since: at }]),
    ),
    counts: countsOf(state),
    deals: dealsOf(state),
  };
}

/** Newest first. */
export const dealsOf = (state: LeadState): LeadDetail['deals'] =>
  (state.deals ?? [])
    .map(({ dealId, state: outcome, at }) => ({ dealId, state: outcome, at }))
    .sort((a, b) => b.at - a.at || (a.dealId < b.dealId ? -1 : 1));

export function summaryOf(leadId: string, state: LeadState): LeadSummary {
  const { capture, account, role } = state;
  return {
    leadId,
    profile: merged(state.profile),
    accountId: account?.accountId,
    // A role at a company that the person has left does not apply to the present one.
    role: role && role.accountId === account?.accountId ? role.role : undefined,
    channel: capture?.channel,
    origin: capture?.origin,
    campaignId: capture?.campaignId,
    region: capture?.region,
    capturedAt: capture?.at,
    firstSeenAt: state.firstSeenAt,
    lastActivityAt: state.lastActivityAt,
    lastSellerActAt: state.lastSellerActAt,
    erased: state.erasedAt !== undefined,
  };
}

export type LeadOrder = 'recent' | 'captured';

export interface LeadListQuery {
  /** Words that must all be found in name, e-mail, company, department or title; width and case do not matter. */
  q?: string;
  /** `recent`: by last customer activity (the default); `captured`: by first capture. Newest first. */
  sort?: LeadOrder;
  /** Only these leads. */
  among?: readonly string[];
  /** 1 to 200. Default: 50. */
  limit?: number;
  /** Cursor from the previous page. */
  cursor?: string;
}

export interface LeadPage {
  items: LeadSummary[];
  /** There may be further pages. */
  cursor?: string;
  /** On all pages; of a search, how many have its words. */
  leadsInAll: number;
}

const PAGE = 1_000;
/**
 * Up to this many found leads are sorted after reading their documents. If there are more, the list is scanned, in which they are then
 * close together.
 */
const FEW = 1_000;
const DOCUMENTS_AT_A_TIME = 200;

/** `view` of `leads`. `found`: only these leads, from a search or of somebody. Throws InvalidCursor. */
export async function listLeads(
  view: ReadModelView,
  { sort = 'recent', limit = 50, cursor }: Omit<LeadListQuery, 'q' | 'among'>,
  found?: readonly string[],
): Promise<LeadPage> {
  const wanted = Math.min(Math.max(1, limit), 200);
  const after = cursor === undefined ? undefined : entryOf(cursor);
  const entries = await entriesOf(view, sort, wanted, after, found);
  const states = await view.many<LeadState>(entries.map(({ key }) => key));
  // The entry may be older than the document: the lead has left the list in between.
  const items = entries.flatMap(({ key }, place) => (states[place] ? [summaryOf(key, states[place])] : []));
  const leadsInAll = found === undefined ? await view.listSize(sort) : found.length;
  return { items, cursor: entries.length === wanted ? cursorOf(entries.at(-1)!) : undefined, leadsInAll };
}

async function entriesOf(
  view: ReadModelView,
  sort: LeadOrder,
  wanted: number,
  after: ListEntry | undefined,
  found: readonly string[] | undefined,
): Promise<ListEntry[]> {
  if (found === undefined) return view.list(sort, { direction: 'descending', limit: wanted, after });
  if (found.length <= FEW) return behind(await sorted(view, sort, found), after, wanted);
  const among = new Set(found);
  const entries: ListEntry[] = [];
  for (let last = after; ;) {
    const page = await view.list(sort, { direction: 'descending', limit: PAGE, after: last });
    entries.push(...page.filter(({ key }) => among.has(key)));
    last = page.at(-1);
    if (entries.length >= wanted || page.length < PAGE) return entries.slice(0, wanted);
    await eventLoopTurn();
  }
}

/** As in the list. */
async function sorted(view: ReadModelView, sort: LeadOrder, leadIds: readonly string[]): Promise<ListEntry[]> {
  const entries: ListEntry[] = [];
  for (let at = 0; at < leadIds.length; at += DOCUMENTS_AT_A_TIME) {
    const some = leadIds.slice(at, at + DOCUMENTS_AT_A_TIME);
    const states = await view.many<LeadState>(some);
    for (const [place, key] of some.entries()) {
      const rank = states[place] && leadLists(states[place])[sort];
      if (rank !== undefined) entries.push({ key, rank });
    }
    await eventLoopTurn();
  }
  return entries.sort(newerFirst);
}

/** Keys of equal rank are ordered by bytes, as in the stores. */
export const newerFirst = (a: ListEntry, b: ListEntry): number => b.rank - a.rank || Buffer.compare(Buffer.from(b.key), Buffer.from(a.key));

/** The entries of the page that follows a given entry. */
export const behind = (entries: readonly ListEntry[], after: ListEntry | undefined, limit: number): ListEntry[] =>
  entries.filter((entry) => after === undefined || newerFirst(entry, after) > 0).slice(0, limit);
