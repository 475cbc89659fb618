import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { identityStream, sightings, type LeadIdentity, type LeadlogEvent } from '@leadlog/events';
import { cursorOf, defineProjection, entryOf, type ListEntry, type Projection, type ReadModelView } from '@leadlog/projections';
import { behind, newerFirst, summaryOf, type LeadSummary } from '../lead-queries';
import { hasIdentity, type LeadState } from '../leads.projection';
import { cardIdentity, emailIdentity, visitorIdentity, type Identity, type IdentityNames } from './identity';

/** An identity given by more than one lead. */
export interface SharedIdentity {
  identity?: LeadIdentity;
  /** The first leads that gave it, and when: a limited number, in an order that does not depend on arrival. */
  leads: [leadId: string, at: number][];
  /** Number of leads that gave it. */
  count: number;
  /** A person has declared the identity shared: each lead who gives it is a separate person. */
  keptApart?: true;
}

/** The kinds of identity that an event can report for a lead that it names by another identity. */
export const SHAREABLE = ['email', 'visitorId', 'cardId'] as const;
export type Shareable = (typeof SHAREABLE)[number];

/** Maximum number of leads in a document, which must not grow without limit for a mailbox of 5,000 people. */
const NAMED = 20;
const SHARED = 'shared';
const sharedOf = (kind: Shareable): string => `${SHARED}:${kind}`;

/**
 * Read model `shared-identities`, by hash of the identity; only shared identities. Lists: `shared`, and one for each kind, ranked by when
 * the second lead gave it. The read model `leads` knows what became of the leads.
 */
export const sharedIdentities: Projection<SharedIdentity> = defineProjection<SharedIdentity>({
  name: 'shared-identities',
  version: '2',
  handles: ['IdentityShared', 'IdentityKeptApart', 'PersonalDataErased'],
  forgets: ['PersonalDataErased'],
  key: ({ stream }) => hashOf(stream),
  streams: (hash) => [identityStream(hash)],
  keyOfStream: (stream) => hashOf(stream) ?? null,
  initial: () => ({ identity: undefined, leads: [], count: 0, keptApart: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const since = sharedSince(state);
    return since === undefined ? {} : { [SHARED]: since, [sharedOf(kindOf(state.identity!))]: since };
  },
});

/** Since when a person has to decide; undefined if there is nothing to decide. */
const sharedSince = ({ leads, keptApart }: SharedIdentity): number | undefined => (keptApart ? undefined : leads[1]?.[1]);
const hashOf = (stream: string): string | undefined => (stream.startsWith('identity-') ? stream.slice(9) : undefined);
const kindOf = (identity: LeadIdentity): Shareable => Object.keys(identity)[0] as Shareable;

function evolve(state: SharedIdentity, event: LeadlogEvent): SharedIdentity {
  if (event.type === 'IdentityKeptApart') state.keptApart = true;
  if (event.type !== 'IdentityShared') return state;
  const { leadId, identity, ownerId, ownedSince } = event.data;
  // An address is empty where it was told by somebody who is forgotten; the others who gave it still have it.
  if (state.identity === undefined || Object.values(state.identity)[0] === '') state.identity = identity;
  if (state.count === 0) add(state, ownerId, Date.parse(ownedSince));
  add(state, leadId, event.occurredAt);
  return state;
}

function add(state: SharedIdentity, leadId: string, at: number): void {
  state.count += 1;
  state.leads = [...state.leads, [leadId, at] as [string, number]]
    .sort(([a, one], [b, other]) => one - other || (a < b ? -1 : 1))
    .slice(0, NAMED);
}

/** An identity of several leads, where a person must decide whether they are one. Times are milliseconds since 1970 UTC. */
export interface PossibleDuplicate {
  identity: LeadIdentity;
  /** When the second lead gave it. */
  since: number;
  /** The undecided leads, in the order in which they gave it. */
  leads: LeadSummary[];
  /** Total number of these, of which `leads` may hold only the first few. */
  leadsInAll: number;
  /** Pairs in `leads` that were kept apart. */
  keptApart: [string, string][];
}

export interface DuplicatesQuery {
  /** Only identities that this lead, or one merged into it, shares with others. */
  leadId?: string;
  kind?: Shareable;
  /** 1 to 200. Default: 50. */
  limit?: number;
  /** Cursor from the previous page. */
  cursor?: string;
}

export interface DuplicatesPage {
  items: PossibleDuplicate[];
  cursor?: string;
}

const AT_A_TIME = 25;
/** Settled identities stay in the list and are skipped: up to this many in one request. */
const MOST_LOOKED_AT = 1_000;

/** Views of `shared-identities` and `leads`. The latest first. Throws InvalidCursor. */
export async function possibleDuplicates(
  shared: ReadModelView,
  leads: ReadModelView,
  names: IdentityNames,
  { leadId, kind, limit = 50, cursor }: DuplicatesQuery,
): Promise<DuplicatesPage> {
  const wanted = Math.min(Math.max(1, limit), 200);
  let after = cursor === undefined ? undefined : entryOf(cursor);
  const ofLead = leadId === undefined ? undefined : await sharedBy(shared, leads, names, leadId, kind);
  const items: PossibleDuplicate[] = [];
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += AT_A_TIME) {
    const page = ofLead
      ? behind(ofLead, after, AT_A_TIME)
      : await shared.list(kind === undefined ? SHARED : sharedOf(kind), { direction: 'descending', limit: AT_A_TIME, after });
    const found = await undecided(shared, leads, page);
    for (const [place, item] of found.entries()) {
      after = page[place];
      if (item && items.push(item) === wanted) return { items, ...(isLast(place, page) ? {} : { cursor: cursorOf(after!) }) };
    }
    if (page.length < AT_A_TIME) return { items };
    await eventLoopTurn();
  }
  return { items, ...(after && { cursor: cursorOf(after) }) };
}

const isLast = (place: number, page: readonly ListEntry[]): boolean => place === page.length - 1 && page.length < AT_A_TIME;

/** The list entries of the identities of a lead. */
async function sharedBy(
  shared: ReadModelView,
  leads: ReadModelView,
  names: IdentityNames,
  leadId: string,
  kind: Shareable | undefined,
): Promise<ListEntry[]> {
  const { identities } = (await leads.get<LeadState>(leadId)) ?? {};
  const kinds = kind === undefined ? SHAREABLE : [kind];
  const keys = kinds.flatMap((one) => [...sightings(identities?.[one])].flatMap(([value]) => names.hashesOf(IDENTITY[one](value))));
  const states = await shared.many<SharedIdentity>(keys);
  return keys
    .flatMap((key, place) => {
      const rank = states[place] && sharedSince(states[place]);
      return rank === undefined ? [] : [{ key, rank }];
    })
    .sort(newerFirst);
}

const IDENTITY: Readonly<Record<Shareable, (value: string) => Identity>> = {
  email: emailIdentity,
  visitorId: visitorIdentity,
  cardId: cardIdentity,
};

/** In the order of the entries; undefined if nothing is left to decide. */
async function undecided(
  shared: ReadModelView,
  leads: ReadModelView,
  entries: readonly ListEntry[],
): Promise<(PossibleDuplicate | undefined)[]> {
  const states = await shared.many<SharedIdentity>(entries.map(({ key }) => key));
  const named = [...new Set(states.flatMap((state) => state?.leads.map(([leadId]) => leadId) ?? []))];
  const survivors = await leads.resolveAll(named);
  const rootOf = new Map(named.map((leadId, place) => [leadId, survivors[place]!]));
  const roots = [...new Set(survivors)];
  const found = await leads.many<LeadState>(roots);
  const leadOf = new Map(roots.map((leadId, place) => [leadId, found[place]]));
  // Leads kept apart may have been merged into others since.
  const others = [...new Set(found.flatMap((lead) => lead?.apartFrom ?? []))];
  const othersNow = await leads.resolveAll(others);
  const nowOf = new Map(others.map((leadId, place) => [leadId, othersNow[place]!]));
  const areApart = (one: string, other: string): boolean =>
    [
      [one, other],
      [other, one],
    ].some(([from, to]) => leadOf.get(from!)?.apartFrom?.some((leadId) => nowOf.get(leadId) === to));
  return states.map((state, place) => state && undecidedOf(state, entries[place]!.rank, { rootOf, leadOf, areApart }));
}

interface Now {
  rootOf: ReadonlyMap<string, string>;
  leadOf: ReadonlyMap<string, LeadState | undefined>;
  areApart: (one: string, other: string) => boolean;
}

function undecidedOf(
  { identity, leads, count }: SharedIdentity,
  since: number,
  { rootOf, leadOf, areApart }: Now,
): PossibleDuplicate | undefined {
  const roots = [...new Set(leads.map(([leadId]) => rootOf.get(leadId)!))].filter((leadId) => hasIdentity(leadOf.get(leadId), identity!));
  const keptApart: [string, string][] = [];
  const open = new Set<string>();
  for (const [place, one] of roots.entries()) {
    for (const other of roots.slice(place + 1)) {
      if (areApart(one, other)) keptApart.push([one, other]);
      else open.add(one).add(other);
    }
  }
  // Nothing is known here about leads beyond the first few.
  const more = count > leads.length;
  const shown = more ? roots : roots.filter((leadId) => open.has(leadId));
  if (shown.length === 0) return undefined;
  return {
    identity: identity!,
    since,
    leads: shown.map((leadId) => summaryOf(leadId, leadOf.get(leadId)!)),
    leadsInAll: more ? count : shown.length,
    keptApart: keptApart.filter((pair) => pair.every((leadId) => shown.includes(leadId))),
  };
}
