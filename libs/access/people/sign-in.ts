import { decideOn, type EventLog, type Position } from '@leadlog/event-log';
import type { SignInWay } from '@leadlog/events';
import { refusal, type AccessRefused } from '../access-refused';
import type { AccessWriter } from '../change-keys';
import { eventOf, provenPerson, readPeople, theOwner, unknownPerson, type Proven } from './change-people';
import { holderOf, type Holder } from '../holder';
import { isOfHash, newSecret, randomId, sessionOfLink } from '../key-text';
import { OWNER, type Person } from './people';
import { counts, dayOf, signIns, streamOfSession, type SignIn, type SignIns } from './sessions';

const MINUTE_MS = 60_000;
/** Long enough to be sent to somebody who waits for it. */
export const LINK_MS = 15 * MINUTE_MS;
export const SESSION_MS = 12 * 60 * MINUTE_MS;

export interface MadeLink {
  personId: string;
  /** What opens a session, once. It is told here and never again. */
  token: string;
  expiresAt: number;
  position: Position;
}

export interface StartedSession {
  /** Whose it is. */
  holder: Holder;
  sessionId: string;
  /** What the browser keeps. It is told here and never again. */
  text: string;
  expiresAt: number;
  position: Position;
}

interface OfStart {
  sessionId: string;
  hash: string;
  expiresAt: number;
  through: Position;
}

/**
 * The link that a program prints when it starts, for whoever sees its output, which is whoever may read its data folder. It is known to this
 * program alone and recorded once it is used, so that a start writes nothing.
 */
export class StartLink {
  private offered: OfStart | undefined;

  /** `through`: how far the log has come, so that what ends sessions after it ends the link too. */
  make(now: number, through: Position): { token: string; expiresAt: number } {
    const sessionId = newSessionId(now);
    const { text, hash } = newSecret('lk', sessionId);
    const expiresAt = now + LINK_MS;
    this.offered = { sessionId, hash, expiresAt, through };
    return { token: text, expiresAt };
  }

  of(sessionId: string): OfStart | undefined {
    return this.offered?.sessionId === sessionId ? this.offered : undefined;
  }
}

/** Rejects with AccessRefused. Repeated after an answer that got lost it makes another link, and the first expires. */
export async function makeLink(writer: AccessWriter, personId: string): Promise<MadeLink> {
  const { log, clock } = writer;
  const person = personId === OWNER ? await theOwner(writer) : (await readPeople(log)).get(personId);
  if (!person) throw unknownPerson(personId);
  if (person.isDisabled) throw disabled(person);
  const now = clock();
  const sessionId = newSessionId(now);
  const { text, hash } = newSecret('lk', sessionId);
  const expiresAt = now + LINK_MS;
  const data = { sessionId, personId, hash, expiresAt: new Date(expiresAt).toISOString() };
  const { position } = await log.append(streamOfSession(sessionId), [eventOf(writer, 'SignInLinkMade', data)], { expected: 'any' });
  return { personId, token: text, expiresAt, position };
}

/**
 * Opens the one session of a link. Whoever comes second with the same link is refused by the stream, whichever process they come to. Rejects
 * with AccessRefused, and tells only whoever has the whole link what is wrong with it.
 */
export async function signInByLink(writer: Omit<AccessWriter, 'actor'>, start: StartLink, token: string): Promise<StartedSession> {
  const sessionId = sessionOfLink(token);
  if (sessionId === undefined) throw notALink('something else');
  const ofStart = start.of(sessionId);
  const isOfStart = ofStart !== undefined && isOfHash(token, ofStart.hash);
  const asOwner = { ...writer, actor: personActor(OWNER) };
  const owner = isOfStart ? await theOwner(asOwner) : undefined;
  const all = owner ? undefined : await readPeople(writer.log);
  return openSession(writer, sessionId, isOfStart ? 'start' : 'link', ({ signIn, now }) => {
    const link = signIn?.link ?? ofStart;
    if (!link || !isOfHash(token, link.hash)) throw notALink('a link that is not known');
    if (signIn?.session) throw notALink('a link that was used');
    if (link.expiresAt <= now) throw notALink('a link that has expired');
    const person = owner ?? all!.get(signIn!.personId);
    if (!person || person.isDisabled) throw notALink('a link of somebody who is disabled');
    const isFromBefore = signIn ? !counts(signIn, person) : person.endedThrough > ofStart!.through;
    if (isFromBefore) throw notALink('a link from before the person was signed out, or given another role');
    return person;
  });
}

/** Opens a session of somebody who has just signed in at an identity provider. Rejects with AccessRefused. */
export async function signInProven(writer: Omit<AccessWriter, 'actor'>, proven: Proven): Promise<StartedSession> {
  const person = await provenPerson(writer, proven);
  return openSession(writer, newSessionId(writer.clock()), 'oidc', () => person);
}

/** Signs out. Again it changes nothing. */
export async function endSession(writer: AccessWriter, sessionId: string): Promise<{ position: Position; repeated: boolean }> {
  const { position, repeated } = await decideOn<SignIns, never>(writer.log, streamOfSession(sessionId), signIns, async ({ state }) => {
    const signIn = state.get(sessionId);
    if (!signIn || signIn.hasEnded) return { done: await writer.log.head() };
    return { append: [eventOf(writer, 'SessionEnded', { sessionId, personId: signIn.personId })] };
  });
  return { position, repeated };
}

async function openSession(
  writer: { log: EventLog; clock: () => number },
  sessionId: string,
  by: SignInWay,
  whose: (read: { signIn: SignIn | undefined; now: number }) => Person,
): Promise<StartedSession> {
  const { text, hash } = newSecret('ls', sessionId);
  const now = writer.clock();
  const expiresAt = now + SESSION_MS;
  let person: Person | undefined;
  const { position } = await decideOn<SignIns, never>(writer.log, streamOfSession(sessionId), signIns, ({ state }) => {
    person = whose({ signIn: state.get(sessionId), now });
    const { personId } = person;
    const data = { sessionId, personId, by, hash, expiresAt: new Date(expiresAt).toISOString() };
    return { append: [eventOf({ ...writer, actor: personActor(personId) }, 'SessionStarted', data)] };
  });
  return { holder: holderOf(person!, { sessionId, endsAt: expiresAt }), sessionId, text, expiresAt, position };
}

const personActor = (id: string) => ({ kind: 'person' as const, id, by: id });

const newSessionId = (now: number): string => `${dayOf(now)}-${randomId()}`;

const notALink = (got: string): AccessRefused =>
  refusal('forbidden', '/token', 'a sign-in link that nobody has used yet (an owner makes one: leadlog people link PERSON)', got);

const disabled = ({ personId }: Person): AccessRefused =>
  refusal('conflict', '/id', 'a person who is not disabled', `${personId}, who is disabled`);
