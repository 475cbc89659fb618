import {
  addLayer,
  catalogue,
  decode,
  earliest,
  isAfter,
  latest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  leadTellings,
  normalEmail,
  PERSONAL_OF_PROFILE,
  see,
  SELLER_ACTS,
  sightings,
  sortedBy,
  type EventType,
  type Happened,
  type Layer,
  type LeadCaptured,
  type LeadIdentity,
  type LeadlogEvent,
  type Profile,
  type Seen,
} from '@leadlog/events';
import type { EventLog } from '@leadlog/event-log';
import { addFingerprint, canonicalText, defineProjection, partOf, tableOfNames, type Projection } from '@leadlog/projections';
import { localDay } from '@leadlog/time';
import { ERASING, ERASURE_TYPES, unfinished, withErasureEvent, type Erasure } from './erasure/erasures';
import { attributesOf, LEAD_ATTRIBUTES } from './lead-attributes';
import { textOf, TEXTS } from './lead-texts';
import { cardCells, withCardEvent, type LeadCard } from './kpi-cells/card-cells';

/** What is known of a lead now. Every member is folded so that the order of arrival cannot change it. */
export interface LeadState {
  leadId: string;
  /** The profile, field by field as set last. */
  profile: Layer<Profile>[];
  /** What of it a search looks at. */
  text?: string;
  /** How it first became a lead. */
  capture?: Capture;
  /** The first that was ever heard of it, the last act of the customer and the last act of one of us towards them; ms. */
  firstSeenAt?: number;
  lastActivityAt?: number;
  lastSellerActAt?: number;
  identities?: { [Kind in keyof LeadIdentity]?: Seen };
  /** That it was named with last, and the others it ever was: since when. */
  account?: Happened & Membership;
  otherAccounts?: Membership[];
  role?: Happened & { accountId: string; role: NonNullable<LeadRole> };
  /** By channel of consent. */
  consent?: Record<string, Happened & { status: 'granted' | 'withdrawn' }>;
  /** Leads that a person has kept apart from it, by id, in the order of their ids. */
  apartFrom?: string[];
  /** What is personal and from before this moment is gone; of the lead itself, whoever was merged into it. */
  erasedAt?: number;
  /** By place in `countedTypes`: a list of numbers is much faster to count in than names are, and shorter. */
  counts: number[];
  erasures?: Erasure[];
  /** By id. */
  deals?: DealOutcome[];
  cards?: LeadCard[];
}

export interface Capture extends Happened {
  channel: LeadCaptured['channel'];
  origin?: string;
  campaignId?: string;
  region?: string;
}

export interface Membership {
  accountId: string;
  since: number;
}

export type LeadRole = 'champion' | 'decisionMaker' | 'user' | 'influencer' | 'unknown';
export type DealOutcome = Happened & { dealId: string; state: 'open' | 'won' | 'lost' };
const others = sortedBy((leadId: string) => leadId);
const deals = sortedBy((deal: DealOutcome) => deal.dealId);
const memberships = sortedBy((one: Membership) => one.accountId);

export const countedTypes = [
  'EmailDelivered',
  'EmailOpened',
  'EmailLinkClicked',
  'WebPageViewed',
  'ContentDownloaded',
  'WebinarAttended',
  'CallCompleted',
  'MeetingHeld',
] as const satisfies readonly EventType[];
export type CountedType = (typeof countedTypes)[number];

/**
 * They say of identities and leads how they hang together, and nothing of what anybody did. An identity is given by an event, which may be
 * voided, and not by its claim.
 */
const BOOK_KEEPING: ReadonlySet<EventType> = new Set(['IdentityClaimed', 'IdentityShared', 'LeadsKeptApart']);

/** Every event about a lead, as the catalogue has it, but for those that change its past. */
export const leadEventTypes: readonly EventType[] = [...catalogue.values()]
  .filter(({ jsonSchema }) => 'leadId' in (jsonSchema['properties'] as object))
  .map(({ type }) => type)
  .filter((type) => !leadCorrections.types.includes(type) && !BOOK_KEEPING.has(type));

/** The customer came to us; in the other channels we found them. */
const channelsOfTheCustomer: ReadonlySet<Capture['channel']> = new Set(['ad', 'form', 'event']);
const sellerActs: ReadonlySet<EventType> = new Set(SELLER_ACTS);

/** The types that `evolveMore` knows. */
const sayingMore: ReadonlySet<EventType> = new Set([
  'LeadCaptured',
  'ProfileUpdated',
  'VisitorIdentified',
  'BusinessCardExchanged',
  'BusinessCardHandedToMarketing',
  'LeadsKeptApart',
  'LeadLinkedToAccount',
  'ConsentChanged',
  ...ERASURE_TYPES,
  'DealOpened',
  'DealWon',
  'DealLost',
]);

/** What the fold asks of every event, looked up once. */
interface Trait {
  /** Place in `countedTypes`; -1 for none. */
  counted: number;
  /** Decisions are the engine's: nobody was heard of or did anything. */
  fact: boolean;
  byCustomer: boolean;
  bySeller: boolean;
  /** It says more than that something happened. */
  more: boolean;
}
const traits: ReadonlyMap<string, Trait> = new Map(
  [...catalogue.values()].map(({ type, decision, initiator }) => [
    type,
    {
      counted: countedTypes.indexOf(type as CountedType),
      fact: !decision && !BOOK_KEEPING.has(type),
      byCustomer: initiator === 'customer',
      bySeller: sellerActs.has(type),
      more: sayingMore.has(type),
    },
  ]),
);

/** Identities of one kind that are remembered; more are signs of a shared mailbox or a robot. */
const IDENTITIES = 50;

/**
 * Read model `leads`, by lead. Lists: `recent` (last act of the customer, else first seen), `captured` (first captured), those who have a
 * text that can be searched, those whose person is to be forgotten (`erasing`), and of each account its people, by their last act, and those of each role. Tallies, the day being local in
 * `timezone`; origin is what LeadCaptured says, empty where it says none:
 * - `captured|<day>|<origin>`: leads by the day of their first capture
 * - `wins|<day>|<origin>`: deals won, by the day of the win
 * - `captured-won|<day>|<origin>`: leads with at least one win, by the day of their *capture*; each lead once, also when
 *   the win is dated before the capture
 * - `wins-uncaptured|<day>`: deals won of leads that nobody has ever captured
 * - business cards (kpi-cells/card-cells.ts)
 * - the first three also by campaign, region and industry in place of the origin: `campaign:captured|<day>|<campaign>` …
 */
export function leadsProjection({ timezone }: { timezone: string }): Projection<LeadState> {
  return defineProjection<LeadState>({
    name: 'leads',
    version: `11-${timezone}`,
    handles: [...leadEventTypes, 'LeadsKeptApart'],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    tellings: leadTellings,
    forgets: ['PersonalDataErased'],
    initial: initialLeadState,
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    lists: (state, leadId) => {
      const lists: Record<string, number> = leadLists(state);
      if (state.text !== undefined) lists[TEXTS] = partOf(leadId);
      const erasing = state.erasures && unfinished(state.erasures);
      if (erasing) lists[ERASING] = erasing.requested.at;
      return lists;
    },
    tallies: (state, leadId) => {
      const cells = Object.assign(originTallies(state, timezone), cardTallies(state, leadId, timezone));
      if (state.deals) addFingerprint(cells, DEALS_TOLD, leadId, dealsTold(state));
      if (state.text !== undefined) addFingerprint(cells, TEXTS, leadId, state.text);
      return cells;
    },
  });
}

/** The time zone that a generation of `leads` was built with. */
export const timezoneOfLeads = (version: string): string => version.slice(version.indexOf('-') + 1);

/** What its own streams say of a lead, without those that are merged with it. */
export async function foldedAlone(log: EventLog, leadId: string): Promise<LeadState> {
  const { initial, evolve: fold, handles } = leadsProjection({ timezone: 'UTC' });
  let state = initial(leadId);
  for (const stream of leadStreams(leadId))
    for await (const page of log.readStream(stream))
      for (const event of page.map(decode)) if (handles.includes(event.type)) state = fold(state, event);
  return state;
}

/** The lists that a lead stands in. */
export function leadLists(state: LeadState): { recent?: number; captured?: number } & Record<string, number> {
  const lists = tableOfNames();
  if (state.firstSeenAt !== undefined) lists['recent'] = state.lastActivityAt ?? state.firstSeenAt;
  if (state.capture) lists['captured'] = state.capture.at;
  if (state.account) putInAccount(lists, state, state.account);
  return lists;
}

/** List of those who belong to an account now, and of those of them with a role there. */
export const peopleOf = (accountId: string): string => `account:${accountId}`;
export const roleIn = (accountId: string, role: LeadRole): string => `role:${role}:${accountId}`;

function putInAccount(lists: Record<string, number>, { lastActivityAt = 0, role }: LeadState, { accountId }: Membership): void {
  lists[peopleOf(accountId)] = lastActivityAt;
  if (role?.accountId === accountId) lists[roleIn(accountId, role.role)] = 0;
}

/** What tells the KPIs that what a lead adds by origin has changed. */
export const DEALS_TOLD = '~deals';

const dealsTold = (state: LeadState): string => canonicalText([state.capture?.at, attributesOf(state), state.deals]);

/** Every member from the start, also those that are not known yet: states of one shape are faster to fold. */
const initialLeadState = (leadId: string): LeadState => ({
  leadId,
  profile: [],
  text: undefined,
  capture: undefined,
  firstSeenAt: undefined,
  lastActivityAt: undefined,
  lastSellerActAt: undefined,
  identities: undefined,
  account: undefined,
  otherAccounts: undefined,
  role: undefined,
  consent: undefined,
  apartFrom: undefined,
  erasedAt: undefined,
  erasures: undefined,
  counts: countedTypes.map(() => 0),
  deals: undefined,
  cards: undefined,
});

/** How often each type happened, without those that never did; in one order, whatever came first. */
export const countsOf = ({ counts }: LeadState): Partial<Record<CountedType, number>> =>
  Object.fromEntries(countedTypes.flatMap((type, place) => (counts[place] ? [[type, counts[place]]] : [])));

function evolve(state: LeadState, event: LeadlogEvent): LeadState {
  const { type, occurredAt: at } = event;
  const { counted, fact, byCustomer, bySeller, more } = traits.get(type)!;
  if (counted >= 0) state.counts[counted]! += 1;
  if (fact) {
    if (state.firstSeenAt === undefined || at < state.firstSeenAt) state.firstSeenAt = at;
    if (byCustomer && (type !== 'LeadCaptured' || channelsOfTheCustomer.has(event.data.channel)))
      state.lastActivityAt = Math.max(state.lastActivityAt ?? at, at);
    if (bySeller) state.lastSellerActAt = Math.max(state.lastSellerActAt ?? at, at);
  }

  // A touchpoint that says no more than that it happened is not even parsed.
  if (!more && event.mayHave && !event.mayHave('identity') && !event.mayHave('accountId')) return state;
  const data = event.data as { identity?: LeadIdentity; accountId?: string };
  if (data.identity) seeIdentity(state, data.identity, at);
  if (data.accountId !== undefined) belong(state, data.accountId, { at, position: Number(event.position) });
  return more ? evolveMore(state, event) : state;
}

/** It is of the account that it was named with last; since when of each, any event may tell. */
function belong(state: LeadState, accountId: string, when: Happened): void {
  const now = state.account;
  if (now === undefined) {
    state.account = { ...when, accountId, since: when.at };
  } else if (now.accountId === accountId) {
    // In place: most events of a lead name the account that it is of.
    if (isAfter(when, now)) Object.assign(now, when);
    now.since = Math.min(now.since, when.at);
  } else {
    const since = Math.min(memberships.find(state.otherAccounts, accountId)?.since ?? when.at, when.at);
    if (isAfter(when, now)) {
      const others = (state.otherAccounts ?? []).filter((one) => one.accountId !== accountId);
      state.account = { ...when, accountId, since };
      state.otherAccounts = memberships.put(others, { accountId: now.accountId, since: now.since });
    } else {
      state.otherAccounts = memberships.put(state.otherAccounts, { accountId, since });
    }
  }
}

/** The few types that say more than that something happened. */
function evolveMore(state: LeadState, event: LeadlogEvent): LeadState {
  const { type, occurredAt: at } = event;
  const position = Number(event.position);
  if (type === 'LeadCaptured') {
    const { channel, origin, campaignId, region, profile } = event.data;
    state.capture = earliest(state.capture, { at, position, channel, origin, campaignId, region });
    addProfile(state, { at, position, set: profile });
  } else if (type === 'ProfileUpdated') {
    addProfile(state, { at, position, set: event.data.changes });
  } else if (type === 'VisitorIdentified') {
    seeIdentity(state, { visitorId: event.data.visitorId }, at);
  } else if (type === 'LeadsKeptApart') {
    state.apartFrom = others.put(state.apartFrom, event.data.otherId);
  } else if (type === 'BusinessCardExchanged' || type === 'BusinessCardHandedToMarketing') {
    seeIdentity(state, { cardId: event.data.cardId }, at);
    state.cards = withCardEvent(state.cards, event);
  } else if (type === 'LeadLinkedToAccount') {
    const { role, accountId } = event.data;
    if (role) state.role = latest(state.role, { at, position, accountId, role });
  } else if (type === 'ConsentChanged') {
    const { channel, status } = event.data;
    const consent = (state.consent ??= {});
    consent[channel] = latest(consent[channel], { at, position, status });
  } else if (type === 'PersonalDataErased' || type === 'PersonalDataErasureRequested' || type === 'PersonalDataErasureCompleted') {
    state.erasures = withErasureEvent(state.erasures, event);
    // A lead merged into this one may be forgotten while this one is not; what it had is gone from its events.
    if (type === 'PersonalDataErased' && leadKey(event) === state.leadId) erase(state, at);
  } else if (type === 'DealOpened') {
    settle(state, { at, position, dealId: event.data.dealId, state: 'open' });
  } else if (type === 'DealWon') {
    settle(state, { at, position, dealId: event.data.dealId, state: 'won' });
  } else if (type === 'DealLost') {
    settle(state, { at, position, dealId: event.data.dealId, state: 'lost' });
  }
  return state;
}

function addProfile(state: LeadState, layer: Layer<Profile>): void {
  const { email } = layer.set;
  if (email !== undefined) seeIdentity(state, { email }, layer.at);
  if (email !== undefined) layer.set = { ...layer.set, email: normalEmail(email) };
  state.profile = addLayer(state.profile, isErased(state, layer.at) ? withoutPersonal(layer) : layer);
  state.text = textOf(state.profile);
}

function seeIdentity(state: LeadState, identity: LeadIdentity, at: number): void {
  if (isErased(state, at)) return;
  const { email, visitorId, cardId, foreign } = identity;
  const known = (state.identities ??= { email: undefined, visitorId: undefined, cardId: undefined, foreign: undefined });
  if (email !== undefined) known.email = see(known.email, normalEmail(email), at, IDENTITIES);
  if (visitorId !== undefined) known.visitorId = see(known.visitorId, visitorId, at, IDENTITIES);
  if (cardId !== undefined) known.cardId = see(known.cardId, cardId, at, IDENTITIES);
  if (foreign !== undefined) known.foreign = see(known.foreign, `${foreign.system} ${foreign.id}`, at, IDENTITIES);
}

/** Whether it has given this identity, and that was neither voided nor erased since. Of one with very many nobody remembers all. */
export function hasIdentity(state: LeadState | undefined, identity: LeadIdentity): boolean {
  const [kind, value] = Object.entries(identity)[0] as [keyof LeadIdentity, string];
  const seen = state?.identities?.[kind] ?? [];
  return seen.length >= 2 * IDENTITIES || [...sightings(seen)].some(([one]) => one === value);
}

const isErased = (state: LeadState, at: number): boolean => state.erasedAt !== undefined && at <= state.erasedAt;

function withoutPersonal({ set, ...when }: Layer<Profile>): Layer<Profile> {
  const left = { ...set };
  for (const field of PERSONAL_OF_PROFILE) delete left[field];
  return { ...when, set: left };
}

/**
 * An erasure takes what is personal and was known before it, whenever that arrives; what the person gives us afterwards is new. Company,
 * title and industry tell nothing of somebody whose name is gone, and numbers are split by them.
 */
function erase(state: LeadState, at: number): void {
  state.erasedAt = Math.max(state.erasedAt ?? at, at);
  state.profile = state.profile
    .map((layer) => (isErased(state, layer.at) ? withoutPersonal(layer) : layer))
    .filter(({ set }) => Object.keys(set).length > 0);
  state.text = textOf(state.profile);
  const known = state.identities;
  if (!known) return;
  for (const kind of Object.keys(known) as (keyof LeadIdentity)[]) {
    const left = [...sightings(known[kind])].filter(([, seenAt]) => !isErased(state, seenAt));
    known[kind] = left.length === 0 ? undefined : left.flat();
  }
  if (Object.values(known).every((seen) => seen === undefined)) state.identities = undefined;
}

/** Won or lost is more than open, also when the opening is dated later; of two answers the last one holds. */
function settle(state: LeadState, outcome: DealOutcome): void {
  const known = deals.find(state.deals, outcome.dealId);
  const holds =
    known && (known.state === 'open') !== (outcome.state === 'open') ? known.state === 'open' : latest(known, outcome) === outcome;
  if (holds) state.deals = deals.put(state.deals, outcome);
}

function cardTallies(state: LeadState, leadId: string, timezone: string): Record<string, number> {
  if (!state.cards) return {};
  const { account, lastActivityAt, lastSellerActAt, deals = [] } = state;
  const acts = [lastActivityAt, lastSellerActAt].filter((at) => at !== undefined);
  const holder = {
    leadId,
    of: attributesOf(state),
    accountId: account?.accountId,
    actedAt: acts.length > 0 ? Math.max(...acts) : undefined,
    deals: deals.map((deal) => ({ closedAt: deal.state === 'open' ? undefined : deal.at })),
  };
  return cardCells(state.cards, holder, timezone);
}

/** The tallies of one lead. */
export function originTallies(state: LeadState, timezone: string): Record<string, number> {
  const { capture, deals = [] } = state;
  const cells = tableOfNames();
  const put = (cell: string): void => void (cells[cell] = (cells[cell] ?? 0) + 1);
  const wins = deals.filter((deal) => deal.state === 'won').map(({ at }) => localDay(at, timezone));
  if (!capture) {
    for (const day of wins) put(`wins-uncaptured|${day}`);
    return cells;
  }
  const captureDay = localDay(capture.at, timezone);
  const attributes = attributesOf(state);
  for (const attribute of LEAD_ATTRIBUTES) {
    const named = attribute === 'origin' ? '' : `${attribute}:`;
    const value = attributes[attribute] ?? '';
    put(`${named}captured|${captureDay}|${value}`);
    for (const day of wins) put(`${named}wins|${day}|${value}`);
    if (wins.length > 0) put(`${named}captured-won|${captureDay}|${value}`);
  }
  return cells;
}
