import { accountStream, latest, type Happened, type LeadlogEvent } from '@leadlog/events';
import { cursorOf, defineProjection, entryOf, type ReadModelView } from '@leadlog/projections';
import { dealsOf, summaryOf, type LeadDetail, type LeadSummary } from './lead-queries';
import { leadEventTypes, peopleOf, roleIn, type LeadRole, type LeadState } from './leads.projection';

/** What is known about an account itself. Its people are lists of the read model `leads`, where merges and corrections are exact. */
export interface AccountState {
  /** The name of the company, as last given by its people. */
  name?: Happened & { name: string };
  lastSeenAt?: number;
}

/** Read model `accounts`, by account, from the first event that names it. List: `recent` (by the last event that names the account). */
export const accountsProjection = defineProjection<AccountState>({
  name: 'accounts',
  version: '5',
  handles: leadEventTypes,
  // Most events name no account, so they are not parsed.
  key: (event) => (event.mayHave?.('accountId') === false ? undefined : (event.data as { accountId?: string }).accountId),
  keyedBy: ['accountId'],
  streams: (accountId) => [accountStream(accountId)],
  initial: () => ({ name: undefined, lastSeenAt: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: ({ lastSeenAt }): Record<string, number> => (lastSeenAt === undefined ? {} : { recent: lastSeenAt }),
});

function evolve(state: AccountState, event: LeadlogEvent): AccountState {
  const { occurredAt: at } = event;
  state.lastSeenAt = Math.max(state.lastSeenAt ?? at, at);
  if (event.type === 'LeadCaptured' && event.data.profile.company !== undefined)
    state.name = latest(state.name, { at, position: Number(event.position), name: event.data.profile.company });
  return state;
}

export interface AccountPerson extends LeadSummary, Pick<LeadDetail, 'deals'> {
  /** First named with this account; ms. */
  since: number;
}

export interface AccountDetail {
  accountId: string;
  name?: string;
  /** Its present people, latest customer activity first. */
  people: AccountPerson[];
  /** Cursor from the previous page. */
  cursor?: string;
  /** On all pages. */
  peopleInAll: number;
  /** Roles that are filled, and roles that are not. */
  roles: LeadRole[];
  missingRoles: LeadRole[];
}

/** Default, which a scoring model may override. */
export const NEEDED_ROLES: readonly LeadRole[] = ['champion', 'decisionMaker', 'user', 'influencer'];

export interface PeopleQuery {
  /** Default: 50. */
  limit?: number;
  cursor?: string;
}

/** Views of `accounts` and `leads`. Undefined if no lead was ever linked to this account. Throws InvalidCursor. */
export async function accountOf(
  accounts: ReadModelView,
  leads: ReadModelView,
  accountId: string,
  { limit = 50, cursor }: PeopleQuery = {},
): Promise<AccountDetail | undefined> {
  const state = await accounts.get<AccountState>(accountId);
  if (!state) return undefined;
  const after = cursor === undefined ? undefined : entryOf(cursor);
  const entries = await leads.list(peopleOf(accountId), { direction: 'descending', limit: limit + 1, after });
  const page = entries.slice(0, limit);
  const held = await Promise.all(NEEDED_ROLES.map(async (role) => (await leads.listSize(roleIn(accountId, role))) > 0));
  return {
    accountId,
    name: state.name?.name,
    people: await peopleBehind(
      leads,
      accountId,
      page.map(({ key }) => key),
    ),
    cursor: entries.length > limit ? cursorOf(page.at(-1)!) : undefined,
    peopleInAll: await leads.listSize(peopleOf(accountId)),
    roles: NEEDED_ROLES.filter((_, place) => held[place]),
    missingRoles: NEEDED_ROLES.filter((_, place) => !held[place]),
  };
}

/** The people of an account with the latest activity, up to a limit. View of `leads`. */
export async function peopleOfAccount(leads: ReadModelView, accountId: string, most: number): Promise<AccountPerson[]> {
  const entries = await leads.list(peopleOf(accountId), { direction: 'descending', limit: most });
  return peopleBehind(
    leads,
    accountId,
    entries.map(({ key }) => key),
  );
}

async function peopleBehind(leads: ReadModelView, accountId: string, ids: readonly string[]): Promise<AccountPerson[]> {
  const states = await leads.many<LeadState>(ids);
  return ids
    .flatMap((leadId, i) => {
      const lead = states[i];
      // The entry is older than the document: the person has left in between.
      return lead?.account?.accountId === accountId
        ? [{ ...summaryOf(leadId, lead), deals: dealsOf(lead), since: lead.account.since }]
        : [];
    })
    .sort((a, b) => (b.lastActivityAt ?? 0) - (a.lastActivityAt ?? 0) || (a.leadId < b.leadId ? -1 : 1));
}
