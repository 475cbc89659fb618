import { randomUUID } from 'node:crypto';
import { decideOn, readState, type EventLog, type Position } from '@leadlog/event-log';
import { counted, ownEvent, PEOPLE_STREAM, shown, validateData, type EventData, type EventType, type PersonRole } from '@leadlog/events';
import { AccessRefused, refusal } from '../access-refused';
import type { AccessWriter } from '../change-keys';
import { randomId } from '../key-text';
import { OWNER, people, type People, type Person } from './people';

const BY = 'access';
/** Of all that there ever were: every process holds them in memory. */
const MOST_PEOPLE = 10_000;

/** Who somebody is to be. */
export interface WantedPerson {
  name: string;
  email?: string;
  role: PersonRole;
  repId?: string;
}

/** Of somebody who signs in at an identity provider: which one, and by what it knows them, there for ever. */
export interface Identity {
  issuer: string;
  subject: string;
}

/** Of what somebody is; null takes something away. */
export type PersonChange = { [Field in keyof WantedPerson]?: WantedPerson[Field] | null };

/** Somebody as an identity provider knows them, who has just signed in there. */
export interface Proven extends Identity {
  name: string;
  email?: string;
  /** Undefined if what the provider says gives them none. */
  role?: PersonRole;
  repId?: string;
}

export interface ChangedPerson {
  personId: string;
  position: Position;
  /** Nothing was recorded, since it was so before. */
  repeated: boolean;
}

/** Rejects with AccessRefused, as the others do. */
export async function addPerson(writer: AccessWriter, wanted: WantedPerson): Promise<ChangedPerson> {
  const personId = randomId();
  const event = eventOf(writer, 'PersonAdded', checked('PersonAdded', personId, wanted));
  const { position } = await decide(writer.log, ({ state }) => {
    refuseTooMany(state);
    refuseTaken(state, personId, wanted);
    return { append: [event] };
  });
  return { personId, position, repeated: false };
}

/** The person of whoever owns the machine, who is added once they sign in. */
export async function theOwner(writer: AccessWriter): Promise<Person> {
  const event = eventOf(writer, 'PersonAdded', { personId: OWNER, name: 'owner', role: 'owner' });
  await decide(writer.log, ({ state, head }) => (state.has(OWNER) ? { done: head } : { append: [event] }));
  return (await readPeople(writer.log)).get(OWNER)!;
}

/**
 * The person whom a provider knows by this subject, as it says they are now: added the first time, changed since then. To whom it gives no
 * role any more is signed out everywhere. Nobody is found by their address, which at some providers anybody can choose.
 */
export async function provenPerson(writer: Omit<AccessWriter, 'actor'>, { role, ...proven }: Proven): Promise<Person> {
  const { issuer, subject } = proven;
  const by = { ...writer, actor: { kind: 'system' as const, id: 'oidc' } };
  const newId = randomId();
  const among = (state: People) => [...state.values()].find((one) => one.subject === subject && one.issuer === issuer);
  await decide(writer.log, ({ state, head }) => {
    const known = among(state);
    if (known?.isDisabled || (!known && role === undefined)) return { done: head };
    if (role === undefined) return { append: [eventOf(by, 'PersonSignedOut', { personId: known!.personId })] };
    const personId = known?.personId ?? newId;
    const { email, ...rest } = proven;
    const wanted = { ...rest, role, ...(email !== undefined && !ownerOf(email, personId, state) && { email }) };
    if (known && isSame(wanted, wantedOf(known))) return { done: head };
    if (!known) refuseTooMany(state);
    const type = known ? 'PersonChanged' : 'PersonAdded';
    return { append: [eventOf(by, type, checked(type, personId, wanted))] };
  });
  const person = among(await readPeople(writer.log));
  if (person?.isDisabled) throw refusal('forbidden', '', 'somebody who may sign in', 'somebody who is disabled');
  if (!person || role === undefined)
    throw refusal('forbidden', '', 'somebody to whom the identity provider gives a role in Leadlog', 'somebody without one');
  return person;
}

export async function changePerson(writer: AccessWriter, personId: string, change: PersonChange): Promise<ChangedPerson> {
  return onPerson(writer, personId, (person, state) => {
    const said = Object.entries(change).filter(([, value]) => value !== undefined);
    const wanted = Object.fromEntries(
      Object.entries({ ...wantedOf(person), ...Object.fromEntries(said) }).filter(([, value]) => value !== null),
    );
    // Another role has no representative.
    if (wanted['role'] !== 'rep' && change.repId === undefined) delete wanted['repId'];
    if (personId === OWNER && wanted['role'] !== 'owner')
      throw refusal(
        'conflict',
        '/role',
        'owner: whoever owns the machine is so; disable the person if nobody is to sign in as it',
        shown(wanted['role']),
      );
    const data = checked('PersonChanged', personId, wanted as unknown as WantedPerson);
    refuseTaken(state, personId, wanted as unknown as WantedPerson);
    return isSame(wanted, wantedOf(person)) ? undefined : eventOf(writer, 'PersonChanged', data);
  });
}

/** From then on they have no session, and get none. */
export const disablePerson = (writer: AccessWriter, personId: string): Promise<ChangedPerson> =>
  onPerson(writer, personId, ({ isDisabled }) => (isDisabled ? undefined : eventOf(writer, 'PersonDisabled', { personId })));

/** They sign in anew. */
export const enablePerson = (writer: AccessWriter, personId: string): Promise<ChangedPerson> =>
  onPerson(writer, personId, ({ isDisabled }) => (isDisabled ? eventOf(writer, 'PersonEnabled', { personId }) : undefined));

/** Ends all of their sessions and links. */
export const signOutPerson = (writer: AccessWriter, personId: string): Promise<ChangedPerson> =>
  onPerson(writer, personId, () => eventOf(writer, 'PersonSignedOut', { personId }));

export const readPeople = async (log: EventLog): Promise<People> => (await readState(log, PEOPLE_STREAM, people)).state;

export const unknownPerson = (personId: string): AccessRefused =>
  refusal('unknown', '/id', 'the id of a person who was added', shown(personId));

type Event = ReturnType<typeof ownEvent>;

async function onPerson(
  writer: AccessWriter,
  personId: string,
  event: (person: Person, state: People) => Event | undefined,
): Promise<ChangedPerson> {
  const { position, repeated } = await decide(writer.log, ({ state, head }) => {
    const person = state.get(personId);
    if (!person) throw unknownPerson(personId);
    const decided = event(person, state);
    return decided ? { append: [decided] } : { done: head };
  });
  return { personId, position, repeated };
}

function decide(log: EventLog, decision: (read: { state: People; head: Position }) => { append: Event[] } | { done: Position }) {
  return decideOn<People, never>(log, PEOPLE_STREAM, people, async ({ state }) => decision({ state, head: await log.head() }));
}

export function eventOf<Type extends EventType>({ clock, actor }: AccessWriter, type: Type, data: EventData[Type]): Event {
  return ownEvent({ id: randomUUID(), type, data: data as object, at: clock(), by: BY, actor });
}

/** Also by what a provider knows them, which a change leaves as it is. */
const wantedOf = ({ name, email, role, repId, issuer, subject }: Person): WantedPerson & Partial<Identity> =>
  Object.fromEntries(
    Object.entries({ name, email, role, repId, issuer, subject }).filter(([, value]) => value !== undefined),
  ) as unknown as WantedPerson;

const isSame = (one: object, other: object): boolean => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

const sorted = (object: object): object => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function checked(type: 'PersonAdded' | 'PersonChanged', personId: string, wanted: WantedPerson): EventData['PersonAdded'] {
  const data = {
    personId,
    ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
  } as EventData['PersonAdded'];
  const wrong = validateData(type, data).map((one) => ({ ...one, pointer: one.pointer.replace(/^\/data/, '') }));
  if (wrong.length > 0) throw new AccessRefused('invalid', wrong);
  if (data.role === 'rep' && data.repId === undefined)
    throw refusal('invalid', '/repId', 'the representative that this person is', 'nothing');
  if (data.role !== 'rep' && data.repId !== undefined)
    throw refusal('invalid', '/repId', 'nothing: only a person of role rep has it', shown(data.repId));
  return data;
}

function refuseTooMany({ size }: People): void {
  if (size >= MOST_PEOPLE)
    throw refusal('conflict', '', `at most ${MOST_PEOPLE} people, those who are disabled included`, counted(size, 'person', 'people'));
}

/** An address stands for one person. */
function refuseTaken(state: People, personId: string, { email }: WantedPerson): void {
  const other = email === undefined ? undefined : ownerOf(email, personId, state);
  if (other) throw refusal('conflict', '/email', 'an address that no other person has', `that of ${other.personId}`);
}

/** Who else has the address. */
const ownerOf = (email: string, personId: string, state: People): Person | undefined =>
  [...state.values()].find((other) => other.personId !== personId && other.email?.toLowerCase() === email.toLowerCase());
