import { randomUUID } from 'node:crypto';
import { decideOn, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import {
  ACCESS_STREAM,
  catalogue,
  counted,
  eventTypes,
  nearestEventType,
  ownEvent,
  shown,
  validateData,
  type EventData,
  type EventType,
  type Role,
} from '@leadlog/events';
import type { Clock } from '@leadlog/time';
import { AccessRefused, refusal } from './access-refused';
import { accessKeys, keyState, type AccessKey, type AccessKeys } from './access-keys';
import { newKey } from './key-text';

const BY = 'access';
/** Of all that there ever were: every process holds them in memory. */
const MOST_KEYS = 10_000;

/** With what a change of keys, people or sessions is recorded, and by whom it is made. */
export interface AccessWriter {
  log: EventLog;
  clock: Clock;
  actor: Actor;
}

/** What somebody wants a key for. */
export interface WantedKey {
  name: string;
  role: Role;
  source?: string;
  types?: string[];
  repId?: string;
  teams?: string[];
  names?: boolean;
  /** RFC 3339. */
  expiresAt?: string;
}

/** The text is the key; it is told here and never again. */
export interface MadeKey {
  keyId: string;
  key: string;
  position: Position;
}

/** Rejects with AccessRefused. Repeated after an answer that got lost it makes another key, of which nobody knows the first: revoke it. */
export async function createKey({ log, clock, actor }: AccessWriter, wanted: WantedKey): Promise<MadeKey> {
  const { keyId, text, hash } = newKey();
  const data = { ...stated(wanted), keyId, hash } as EventData['AccessKeyCreated'];
  const wrong = validateData('AccessKeyCreated', data).map((one) => ({ ...one, pointer: one.pointer.replace(/^\/data/, '') }));
  if (wrong.length > 0) throw new AccessRefused('invalid', wrong);
  refuseLimits(wanted);
  refusePast(wanted.expiresAt, clock());
  const event = eventOf('AccessKeyCreated', data, clock(), actor);
  const { position } = await decideOn<AccessKeys, never>(log, ACCESS_STREAM, accessKeys, ({ state }) => {
    if (state.size >= MOST_KEYS)
      throw refusal('conflict', '', `at most ${MOST_KEYS} keys, those that were revoked included`, counted(state.size, 'key'));
    return { append: [event] };
  });
  return { keyId, key: text, position };
}

/** Gives a key a new secret. The one before is accepted for `overlapMs` more. Rejects with AccessRefused. */
export async function rotateKey({ log, clock, actor }: AccessWriter, keyId: string, overlapMs: number): Promise<MadeKey> {
  const { text, hash } = newKey(keyId);
  const now = clock();
  const data = { keyId, hash, formerUntil: new Date(now + overlapMs).toISOString() };
  const event = eventOf('AccessKeyRotated', data, now, actor);
  const { position } = await decideOn<AccessKeys, never>(log, ACCESS_STREAM, accessKeys, ({ state }) => {
    refuseEnded(keyId, state.get(keyId), now);
    return { append: [event] };
  });
  return { keyId, key: text, position };
}

/** For good. Again it changes nothing. Rejects with AccessRefused. */
export async function revokeKey({ log, clock, actor }: AccessWriter, keyId: string): Promise<{ position: Position; repeated: boolean }> {
  const event = eventOf('AccessKeyRevoked', { keyId }, clock(), actor);
  const { position, repeated } = await decideOn<AccessKeys, never>(log, ACCESS_STREAM, accessKeys, async ({ state }) => {
    const key = state.get(keyId);
    if (!key) throw unknownKey(keyId);
    return key.revokedAt === undefined ? { append: [event] } : { done: await log.head() };
  });
  return { position, repeated };
}

const unknownKey = (keyId: string): AccessRefused => refusal('unknown', '/id', 'the id of a key that was made', shown(keyId));

function eventOf<Type extends EventType>(type: Type, data: EventData[Type], at: number, actor: Actor) {
  return ownEvent({ id: randomUUID(), type, data: data as object, at, by: BY, actor });
}

function refuseEnded(keyId: string, key: AccessKey | undefined, now: number): void {
  if (!key) throw unknownKey(keyId);
  const state = keyState(key, now);
  if (state !== 'valid') throw refusal('conflict', '/id', 'a key that is valid; make another', `${keyId}, which is ${state}`);
}

/** Each limit is for the roles that it means something to: one that is not kept to would be worse than none. */
function refuseLimits({ role, source, types, repId, teams, names }: WantedKey): void {
  const only = (pointer: string, given: unknown, of: Role): void => {
    if (given !== undefined && role !== of) throw refusal('invalid', pointer, `nothing: only a key of role ${of} has it`, shown(given));
  };
  only('/source', source, 'sender');
  only('/types', types, 'sender');
  only('/repId', repId, 'rep');
  only('/teams', teams, 'manager');
  only('/names', names, 'analyst');
  if (role === 'rep' && repId === undefined) throw refusal('invalid', '/repId', 'the representative who acts with this key', 'nothing');
  const wrong = types?.find((type) => catalogue.get(type)?.decision !== false);
  if (wrong !== undefined)
    throw refusal(
      'invalid',
      '/types',
      `types of events that can be sent; the nearest is ${nearestEventType(wrong) ?? eventTypes[0]!}`,
      shown(wrong),
    );
}

function refusePast(expiresAt: string | undefined, now: number): void {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now) throw refusal('invalid', '/expiresAt', 'a time to come', shown(expiresAt));
}

const stated = (wanted: WantedKey): Partial<WantedKey> =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
