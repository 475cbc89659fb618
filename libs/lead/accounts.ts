import { defineProjection, type ReadModelView } from '@leadlog/projections';
import type { LeadlogEvent } from './event-types';
import { summaryOf, type LeadSummary } from './lead-queries';
import { leadEventTypes, type LeadRole, type LeadState } from './leads';
import { latest, type Happened } from './latest';
import { sortedBy } from './sorted-by';
import { accountStream } from './streams';

/** Who was ever named together with an account. Who belongs to it now, the leads say. */
export interface AccountState {
  /** By leadId as recorded (a merged lead keeps its own id here): when it was named with this account, and its role here. */
  people: NamedPerson[];
  /** The company's name as its people gave it last. */
  name?: Happened & { name: string };
  lastSeenAt?: number;
}

export interface NamedPerson {
  leadId: string;
  since: number;
  last: number;
  role?: Happened & { role: LeadRole };
}
const people = sortedBy((person: NamedPerson) => person.leadId);

/**
 * Read model `accounts`, by account. List: `recent` (the account named last in an event).
 * It knows no corrections: a merge moves history between leads, not between accounts. The query resolves merged leads.
 */
export const accountsProjection = defineProjection<AccountState>({
  name: 'accounts',
  version: '2',
  handles: leadEventTypes,
  // Most events name no account, and are not parsed to find that out.
  key: (event) => (event.mayHave?.('accountId') === false ? undefined : (event.data as { accountId?: string }).accountId),
  keyedBy: ['accountId'],
  streams: (accountId) => [accountStream(accountId)],
  initial: () => ({ people: [], name: undefined, lastSeenAt: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: ({ lastSeenAt }): Record<string, number> => (lastSeenAt === undefined ? {} : { recent: lastSeenAt }),
});

function evolve(state: AccountState, event: LeadlogEvent): AccountState {
  const { occurredAt: at, id } = event;
  const { leadId } = event.data as { leadId: string };
  let person = people.find(state.people, leadId);
  if (!person) state.people = people.put(state.people, (person = { leadId, since: at, last: at, role: undefined }));
  person.since = Math.min(person.since, at);
  person.last = Math.max(person.last, at);
  state.lastSeenAt = Math.max(state.lastSeenAt ?? at, at);
  if (event.type === 'LeadLinkedToAccount' && event.data.role) {
    person.role = latest(person.role, { at, id, role: event.data.role });
  } else if (event.type === 'LeadCaptured' && event.data.profile.company !== undefined) {
    state.name = latest(state.name, { at, id, name: event.data.profile.company });
  }
  return state;
}

export interface AccountPerson extends LeadSummary {
  /** First named with this account; ms. */
  since: number;
}

export interface AccountDetail {
  accountId: string;
  name?: string;
  /** Who belongs to it now; the customer's last act first. */
  people: AccountPerson[];
  /** Roles that nobody of them has. */
  missingRoles: LeadRole[];
}

/** Unless a scoring model says otherwise. */
export const NEEDED_ROLES: readonly LeadRole[] = ['champion', 'decisionMaker', 'user', 'influencer'];

/** Views of `accounts` and `leads`. Undefined when nobody was ever named with this account. */
export async function accountOf(accounts: ReadModelView, leads: ReadModelView, accountId: string): Promise<AccountDetail | undefined> {
  const state = await accounts.get<AccountState>(accountId);
  if (!state) return undefined;
  const found = await peopleOf(state, leads, accountId);
  return { accountId, name: state.name?.name, people: found, missingRoles: NEEDED_ROLES.filter((role) => !found.some((person) => person.role === role)) };
}

/** The people of an account, each survivor once, without those who have since been named with another account. */
export async function peopleOfAccount(accounts: ReadModelView, leads: ReadModelView, accountId: string): Promise<AccountPerson[]> {
  const state = await accounts.get<AccountState>(accountId);
  return state ? peopleOf(state, leads, accountId) : [];
}

async function peopleOf(state: AccountState, leads: ReadModelView, accountId: string): Promise<AccountPerson[]> {
  const sinceOf = new Map<string, number>();
  for (const { leadId, since } of state.people) {
    const survivor = await leads.resolve(leadId);
    sinceOf.set(survivor, Math.min(sinceOf.get(survivor) ?? since, since));
  }
  const ids = [...sinceOf.keys()];
  const states = await leads.many<LeadState>(ids);
  return ids
    .flatMap((leadId, i) => {
      const lead = states[i];
      if (lead?.account?.accountId !== accountId) return [];
      return [{ ...summaryOf(leadId, lead), since: sinceOf.get(leadId)! }];
    })
    .sort((a, b) => (b.lastActivityAt ?? 0) - (a.lastActivityAt ?? 0) || (a.leadId < b.leadId ? -1 : 1));
}
