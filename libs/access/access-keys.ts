import type { Fold, RecordedEvent } from '@leadlog/event-log';
import { decode, type AccessKeyCreated, type Role } from '@leadlog/events';
import { isOfHash } from './key-text';

export interface AccessKey {
  keyId: string;
  name: string;
  role: Role;
  /** Of a rep: who it is. */
  repId?: string;
  /** Of a sender: what its events must be; left out, anything. */
  source?: string;
  types?: readonly string[];
  /** Of a manager: whose people and handoffs; left out, those of everybody. */
  teams?: readonly string[];
  /** Of an analyst: SQL tells it names, too. */
  names?: boolean;
  hashes: readonly KeyHash[];
  createdAt: number;
  expiresAt?: number;
  revokedAt?: number;
}

interface KeyHash {
  hash: string;
  /** After a rotation: when it ends, ms. */
  until?: number;
}

export type AccessKeys = Map<string, AccessKey>;

export const accessKeys: Fold<AccessKeys> = { initial: () => new Map(), evolve };

/** Keys as the stream of all of them says; of times, those of the log. It changes the given map: a copy each would cost their square. */
function evolve(keys: AccessKeys, recorded: RecordedEvent): AccessKeys {
  const event = decode(recorded);
  switch (event.type) {
    case 'AccessKeyCreated':
      // An id stands for one key for ever.
      return keys.has(event.data.keyId) ? keys : keys.set(event.data.keyId, created(event.data, event.recordedAt));
    case 'AccessKeyRotated':
      return changed(keys, event.data.keyId, ({ hashes }) => ({
        hashes: [{ hash: event.data.hash }, { hash: hashes[0]!.hash, until: Date.parse(event.data.formerUntil) }],
      }));
    case 'AccessKeyRevoked':
      return changed(keys, event.data.keyId, ({ revokedAt = event.recordedAt }) => ({ revokedAt }));
    default:
      return keys;
  }
}

function created({ hash, expiresAt, ...holder }: AccessKeyCreated, createdAt: number): AccessKey {
  return { ...holder, hashes: [{ hash }], createdAt, ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }) };
}

function changed(keys: AccessKeys, keyId: string, change: (key: AccessKey) => Partial<AccessKey>): AccessKeys {
  const key = keys.get(keyId);
  return key ? keys.set(keyId, { ...key, ...change(key) }) : keys;
}

/** Why a key is not accepted. Only whoever has the whole key learns more than 'unknown'. */
export type Unaccepted = 'unknown' | 'expired' | 'revoked' | 'replaced';

/** `text`: a key as it was given, of the form of one. */
export function unaccepted(key: AccessKey | undefined, text: string, now: number): Unaccepted | undefined {
  const same = key?.hashes.find(({ hash }) => isOfHash(text, hash));
  if (!key || !same) return 'unknown';
  const state = keyState(key, now);
  if (state !== 'valid') return state;
  return same.until !== undefined && same.until <= now ? 'replaced' : undefined;
}

export function keyState({ revokedAt, expiresAt }: AccessKey, now: number): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'valid';
}
