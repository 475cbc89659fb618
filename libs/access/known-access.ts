import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventLog, type Position, type RecordedEvent } from '@leadlog/event-log';
import { ACCESS_STREAM, catalogue, PEOPLE_STREAM, type EventType } from '@leadlog/events';
import { accessKeys, unaccepted, type AccessKey, type AccessKeys, type Unaccepted } from './access-keys';
import { holderOf, holderOfKey, type Holder } from './holder';
import { keyIdIn, sessionIdIn } from './key-text';
import { people, type People, type Person } from './people/people';
import { counts, isOver, liveStreams, sessionUnaccepted, signIns, type SessionUnaccepted, type SignIns } from './people/sessions';

const TYPES: readonly EventType[] = [...catalogue.values()].filter(({ stream }) => stream === 'access').map(({ type }) => type);
const AGAIN_MS = 500;

/** `was`: whose it was, where somebody has all of what is not accepted any more. */
export type Verdict = { holder: Holder } | { refused: Unaccepted | SessionUnaccepted | 'no-key' | 'not-read'; was?: Holder };

/**
 * Whom a process lets in: keys, and people who have signed in. It reads them from the log at its start and follows it, and there is the
 * owner key in a file where there is one. What one process revokes or ends is refused by all as soon as the log tells them.
 */
export class KnownAccess {
  private readonly keys: AccessKeys = accessKeys.initial();
  private readonly everybody: People = people.initial();
  private readonly sessions: SignIns = signIns.initial();
  /** Of each stream, how far it is taken. */
  private readonly revisions = new Map<string, bigint>();
  private through: Position = START;
  private isRead = false;
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    /** The owner key that stands in a file, as it is now. */
    private readonly ofFile: () => AccessKey | undefined = () => undefined,
    private readonly onWarning: (message: string, error?: unknown) => void = () => undefined,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Reads what there is; again, what has come since. */
  async open(): Promise<void> {
    const head = await this.log.head();
    for (const stream of [ACCESS_STREAM, PEOPLE_STREAM, ...liveStreams(this.clock())]) {
      const from = (this.revisions.get(stream) ?? -1n) + 1n;
      for await (const page of this.log.readStream(stream, { from })) page.forEach((event) => this.take(event));
    }
    // What follows the log has come further, or comes again to what it knows.
    if (!this.isRead) this.through = head;
    this.isRead = true;
  }

  /** So that whoever has just changed something finds it so here; if the log does not answer, it comes by following. */
  async refresh(): Promise<void> {
    await this.open().catch((error: unknown) => this.onWarning('keys and sessions will be read again', error));
  }

  /** What was recorded up to here is known, and perhaps more. */
  get knownThrough(): Position {
    return this.through;
  }

  follow(): void {
    this.following = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /** The owner key that stands in a file, if there is one. Where the log has revoked it, it stays so. */
  keyOfFile(): AccessKey | undefined {
    const ofFile = this.ofFile();
    const revokedAt = ofFile && this.keys.get(ofFile.keyId)?.revokedAt;
    return revokedAt === undefined ? ofFile : { ...ofFile!, revokedAt };
  }

  allKeys(): AccessKey[] {
    const ofFile = this.keyOfFile();
    return [...(ofFile ? [ofFile] : []), ...[...this.keys.values()].filter(({ keyId }) => keyId !== ofFile?.keyId)];
  }

  allPeople(): Person[] {
    return [...this.everybody.values()];
  }

  /** How many sessions of each person are open. */
  openSessions(now: number): Map<string, number> {
    const open = new Map<string, number>();
    for (const signIn of this.sessions.values()) {
      const { personId, session, hasEnded } = signIn;
      if (session && !hasEnded && !isOver(signIn, now) && counts(signIn, this.everybody.get(personId)))
        open.set(personId, (open.get(personId) ?? 0) + 1);
    }
    return open;
  }

  /** A hash, a look into a map and a comparison: some microseconds. */
  check(text: string, now: number): Verdict {
    const sessionId = sessionIdIn(text);
    if (sessionId !== undefined) return this.checkSession(sessionId, text, now);
    const keyId = keyIdIn(text);
    if (keyId === undefined) return { refused: 'no-key' };
    const ofFile = this.keyOfFile();
    const key = ofFile?.keyId === keyId ? ofFile : this.keys.get(keyId);
    const reason = unaccepted(key, text, now);
    return this.verdict(reason, () => holderOfKey(key!));
  }

  private checkSession(sessionId: string, text: string, now: number): Verdict {
    const signIn = this.sessions.get(sessionId);
    const person = signIn && this.everybody.get(signIn.personId);
    const reason = sessionUnaccepted(signIn, person, text, now);
    return this.verdict(reason, () => person && holderOf(person, { sessionId, endsAt: signIn!.session!.expiresAt }));
  }

  private verdict(reason: Unaccepted | SessionUnaccepted | undefined, whose: () => Holder | undefined): Verdict {
    if (reason === 'unknown') return { refused: this.isRead ? reason : 'not-read' };
    const holder = whose();
    return reason === undefined ? { holder: holder! } : { refused: reason, ...(holder && { was: holder }) };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (!this.isRead) await this.open();
        for await (const { events, through } of this.log.subscribe({ after: this.through, filter: { types: TYPES }, signal })) {
          events.forEach((event) => this.take(event));
          this.through = through;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onWarning('keys and sessions will be read again', error);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One that is read again changes nothing. */
  private take(event: RecordedEvent): void {
    const { stream, revision } = event;
    if (revision <= (this.revisions.get(stream) ?? -1n)) return;
    this.revisions.set(stream, revision);
    if (stream === ACCESS_STREAM) accessKeys.evolve(this.keys, event);
    else if (stream === PEOPLE_STREAM) people.evolve(this.everybody, event);
    else {
      signIns.evolve(this.sessions, event);
      this.forget(this.clock());
    }
  }

  /** Those from the front, the oldest, that are over: nobody needs to know of them any more. */
  private forget(now: number): void {
    for (const [sessionId, signIn] of this.sessions) {
      if (!isOver(signIn, now)) return;
      this.sessions.delete(sessionId);
    }
  }
}
