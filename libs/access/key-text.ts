import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What somebody shows to be let in: `<what>_<id>_<secret>`. The id names it in lists and logs, the secret is 256 random bits. Keys are kept by
 * programs (`ll`), links open a session once (`lk`), sessions are kept by browsers (`ls`).
 */
const SECRET = '[\\w-]{43}';
const KEY = new RegExp(`^ll_([0-9a-z]{10})_${SECRET}$`);
const LINK = new RegExp(`^lk_(\\d{8}-[0-9a-z]{10})_${SECRET}$`);
const SESSION = new RegExp(`^ls_(\\d{8}-[0-9a-z]{10})_${SECRET}$`);
const ID_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Shown once, kept nowhere; of it only the hash is. */
export interface NewSecret {
  text: string;
  hash: string;
}

export interface NewKey extends NewSecret {
  keyId: string;
}

/** `keyId`: of a key that is given a new secret. */
export function newKey(keyId: string = randomId()): NewKey {
  return { keyId, ...newSecret('ll', keyId) };
}

export function newSecret(what: 'll' | 'lk' | 'ls', id: string): NewSecret {
  const text = `${what}_${id}_${randomBytes(32).toString('base64url')}`;
  return { text, hash: hashOfKey(text) };
}

/** A name, and not what makes anything secret. */
export const randomId = (): string => [...randomBytes(10)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('');

/** Undefined if it is no key. */
export const keyIdIn = (text: string): string | undefined => KEY.exec(text)?.[1];

/** The session that a link opens; undefined if it is no link. */
export const sessionOfLink = (text: string): string | undefined => LINK.exec(text)?.[1];

/** Undefined if it is no session. */
export const sessionIdIn = (text: string): string | undefined => SESSION.exec(text)?.[1];

/** A slow hash is for what people make up; nobody can try all of 256 bits. */
export const hashOfKey = (text: string): string => createHash('sha256').update(text).digest('hex');

export const isOfHash = (text: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOfKey(text), 'hex'), Buffer.from(hash, 'hex'));
