import { sessionsStream, decode } from '@leadlog/events';
import type { Fold, Position, RecordedEvent } from '@leadlog/event-log';
import { isOfHash } from '../key-text';
import type { Person } from './people';

/** Of a person, from the link (if there was one) to the end of the session. */
export interface SignIn {
  sessionId: string;
  personId: string;
  link?: { hash: string; expiresAt: number };
  session?: { hash: string; expiresAt: number };
  /** Signed out. */
  hasEnded: boolean;
  /** Of its first event: if the person was signed out, disabled or given another role after it, it no longer counts. */
  since: Position;
}

export type SignIns = Map<string, SignIn>;

export const signIns: Fold<SignIns> = { initial: () => new Map(), evolve };

/** It changes the given map. */
function evolve(all: SignIns, recorded: RecordedEvent): SignIns {
  const event = decode(recorded);
  switch (event.type) {
    case 'SignInLinkMade': {
      const { sessionId, personId, hash, expiresAt } = event.data;
      if (all.has(sessionId)) return all;
      return all.set(sessionId, {
        sessionId,
        personId,
        link: { hash, expiresAt: Date.parse(expiresAt) },
        hasEnded: false,
        since: recorded.position,
      });
    }
    case 'SessionStarted': {
      const { sessionId, personId, hash, expiresAt } = event.data;
      const before = all.get(sessionId) ?? { sessionId, personId, hasEnded: false, since: recorded.position };
      // A link opens one session.
      if (before.session) return all;
      return all.set(sessionId, {
        ...before,
        session: { hash, expiresAt: Date.parse(expiresAt) },
      });
    }
    case 'SessionEnded': {
      const before = all.get(event.data.sessionId);
      return before ? all.set(before.sessionId, { ...before, hasEnded: true }) : all;
    }
    default:
      return all;
  }
}

/** Why a session is not accepted. Only whoever has all of it learns more than 'unknown'. */
export type SessionUnaccepted = 'unknown' | 'expired' | 'ended';

export function sessionUnaccepted(
  signIn: SignIn | undefined,
  person: Person | undefined,
  text: string,
  now: number,
): SessionUnaccepted | undefined {
  const session = signIn?.session;
  if (!session || !isOfHash(text, session.hash)) return 'unknown';
  if (session.expiresAt <= now) return 'expired';
  return signIn.hasEnded || !counts(signIn, person) ? 'ended' : undefined;
}

/** Of whoever it is: neither disabled nor signed out since. */
export const counts = ({ since }: SignIn, person: Person | undefined): boolean =>
  person !== undefined && !person.isDisabled && since > person.endedThrough;

/** Nobody needs to know of it any more. */
export const isOver = ({ link, session }: SignIn, now: number): boolean => (session ?? link)!.expiresAt <= now;

/** A session is found by its id alone, which says in which of the streams it is: each holds those of a day. */
export const streamOfSession = (sessionId: string): string => sessionsStream(sessionId.slice(0, 8));

const DAY_MS = 86_400_000;
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10).replaceAll('-', '');

/** Those in which something may still count: nothing lives for a day. One ahead, for clocks that differ. */
export const liveStreams = (now: number): string[] => [-1, 0, 1].map((days) => sessionsStream(dayOf(now + days * DAY_MS)));
