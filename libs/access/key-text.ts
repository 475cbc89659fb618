import { createHash, randomBytes } from 'node:crypto';

/** `ll_<id>_<secret>`: the id names the key in lists and logs, the secret is 256 random bits. */
const KEY = /^ll_([0-9a-z]{10})_[\w-]{43}$/;
const ID_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

export interface NewKey {
  keyId: string;
  /** Shown once, kept nowhere. */
  text: string;
  hash: string;
}

/** `keyId`: of a key that is given a new secret. */
export function newKey(keyId: string = newKeyId()): NewKey {
  const text = `ll_${keyId}_${randomBytes(32).toString('base64url')}`;
  return { keyId, text, hash: hashOfKey(text) };
}

/** Its name, and not what makes it secret. */
const newKeyId = (): string => [...randomBytes(10)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('');

/** Undefined if it is no key. */
export const keyIdIn = (text: string): string | undefined => KEY.exec(text)?.[1];

/** A slow hash is for what people make up; nobody can try all of 256 bits. */
export const hashOfKey = (text: string): string => createHash('sha256').update(text).digest('hex');
