import type { ListEntry, ReadModelView } from '@leadlog/projections';
import type { Profile } from './events/identity';
import { countsOf, type Capture, type CountedType, type LeadRole, type LeadState } from './leads';
import type { LeadIdentity } from './events/lead-reference';
import { merged, sightings } from './latest';

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
  /** The customer's own doing. */
  lastActivityAt?: number;
  lastSellerActAt?: number;
  erased: boolean;
}

export interface LeadDetail extends LeadSummary {
  /** Leads that have become part of this one. */
  mergedLeadIds: string[];
  /** Seen last first. */
  identities: { emails: string[]; visitorIds: string[]; cardIds: string[]; foreign: { system: string; id: string }[] };
  consent: Record<string, { status: 'granted' | 'withdrawn'; since: number }>;
  counts: Partial<Record<CountedType, number>>;
  deals: { dealId: string; state: 'open' | 'won' | 'lost'; at: number }[];
}

/** `view` of `leads`. A merged lead answers as its survivor; undefined when nothing is known. */
export async function leadOf(view: ReadModelView, leadId: string): Promise<LeadDetail | undefined> {
  const survivor = await view.resolve(leadId);
  const [state, family] = await Promise.all([view.get<LeadState>(survivor), view.family(survivor)]);
  return state && detail(survivor, family.slice(1), state);
}

function detail(leadId: string, mergedLeadIds: string[], state: LeadState): LeadDetail {
  const newestFirst = (kind: keyof LeadIdentity): string[] =>
    [...sightings(state.identities?.[kind])]
      .sort(([a, seenA], [b, seenB]) => seenB - seenA || (a < b ? -1 : 1))
      .map(([value]) => value);
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
    deals: (state.deals ?? [])
      .map(({ dealId, state: outcome, at }) => ({ dealId, state: outcome, at }))
      .sort((a, b) => b.at - a.at || (a.dealId < b.dealId ? -1 : 1)),
  };
}

export function summaryOf(leadId: string, state: LeadState): LeadSummary {
  const { capture, account, role } = state;
  return {
    leadId,
    profile: merged(state.profile),
    accountId: account?.accountId,
    // A role at a company that the person has left says nothing about the one they are with now.
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
  /** `recent`: last act of the customer (the default); `captured`: first captured. Newest first. */
  sort?: LeadOrder;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** From the page before. */
  cursor?: string;
}

export interface LeadPage {
  items: LeadSummary[];
  /** There may be more behind it; a search can end a page early, even empty, when it has looked at SCAN_LIMIT leads. */
  cursor?: string;
}

const BATCH = 500;
/** Leads that one page of a search looks at: bounds the time one request can take. */
export const SCAN_LIMIT = 50_000;

/** `view` of `leads`. Throws InvalidCursor. */
export async function listLeads(view: ReadModelView, { q, sort = 'recent', limit = 50, cursor }: LeadListQuery): Promise<LeadPage> {
  const words = searchable(q ?? '').split(' ').filter(Boolean);
  const wanted = Math.min(Math.max(1, limit), 200);
  const items: LeadSummary[] = [];
  let after = cursor === undefined ? undefined : entryOf(cursor);
  for (let looked = 0; looked < SCAN_LIMIT; ) {
    const batch = words.length === 0 ? wanted - items.length : BATCH;
    const entries = await view.list(sort, { direction: 'descending', limit: batch, after });
    const states = await view.many<LeadState>(entries.map(({ key }) => key));
    for (const [i, entry] of entries.entries()) {
      after = entry;
      const state = states[i];
      // The entry is older than the document: the lead has left the list in between.
      if (state === undefined) continue;
      const summary = summaryOf(entry.key, state);
      if (!found(words, summary.profile)) continue;
      items.push(summary);
      if (items.length === wanted) return { items, cursor: cursorOf(entry) };
    }
    looked += entries.length;
    if (entries.length < batch) return { items };
  }
  return { items, cursor: after && cursorOf(after) };
}

const searchable = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();

function found(words: readonly string[], { name, email, company, department, title }: Partial<Profile>): boolean {
  if (words.length === 0) return true;
  const text = searchable([name, email, company, department, title].filter(Boolean).join(' '));
  return words.every((word) => text.includes(word));
}

export const cursorOf = ({ rank, key }: ListEntry): string => Buffer.from(JSON.stringify([rank, key])).toString('base64url');

export function entryOf(cursor: string): ListEntry {
  try {
    const [rank, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof rank === 'number' && typeof key === 'string') return { rank, key };
  } catch {
    // Told below.
  }
  throw new InvalidCursor(cursor);
}

export class InvalidCursor extends Error {
  readonly expected = 'one that a page before has given; start again without a cursor';

  constructor(readonly cursor: string) {
    super(`cursor: expected one that a page before has given, got ${JSON.stringify(cursor.slice(0, 80))}; start again without a cursor`);
    this.name = 'InvalidCursor';
  }
}
