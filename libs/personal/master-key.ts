import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { KEY_BYTES, KEY_ID_BYTES, type PersonalKey } from './personal-keys';
import { freshBytes } from './random-bytes';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Wraps the keys of subjects (AES-256-GCM), so that a store by itself, such as a stolen disk or backup, opens nothing. While one master key
 * takes the place of another there are two: both open, and the one that wraps is the one of the store, not the one that comes first here.
 */
export class MasterKey {
  private keys: readonly Buffer[];
  private wrapping: Buffer;

  /** The newest first. `reread`: all that there are by now, asked for when something opens with none of these. */
  constructor(
    bytes: Buffer | readonly Buffer[],
    private readonly reread?: () => readonly Buffer[],
  ) {
    this.keys = checked(Buffer.isBuffer(bytes) ? [bytes] : bytes);
    [this.wrapping] = this.keys as [Buffer];
  }

  /** A new key of a subject, and the form in which it is stored. */
  newKey(subject: string): { key: PersonalKey; wrapped: Buffer } {
    const id = freshBytes(KEY_ID_BYTES).toString('base64url');
    const fresh = freshBytes(KEY_BYTES);
    const key = { id, bytes: Buffer.from(fresh) };
    // A key that is destroyed must not be left there.
    fresh.fill(0);
    return { key, wrapped: wrap(subject, key, this.wrapping) };
  }

  /** Undefined if it was wrapped by another master key, or for another subject. */
  unwrap(subject: string, wrapped: Buffer): PersonalKey | undefined {
    return this.opened(subject, wrapped)?.key;
  }

  /** From now on wraps as this is wrapped. False if it is by another master key. */
  wrapAs(subject: string, wrapped: Buffer): boolean {
    const opened = this.opened(subject, wrapped);
    if (opened) this.wrapping = opened.by;
    return opened !== undefined;
  }

  /** The same key by the newest master key, `same` if it is. Undefined if another one wrapped it. */
  rewrapped(subject: string, wrapped: Buffer): Buffer | 'same' | undefined {
    const opened = this.opened(subject, wrapped);
    if (!opened) return undefined;
    const newest = this.keys[0]!;
    return opened.by.equals(newest) ? 'same' : wrap(subject, opened.key, newest);
  }

  /** Follows from the oldest of these, so that whoever makes the first key of identities makes the same. */
  firstKeyOf(subject: string): { key: PersonalKey; wrapped: Buffer } {
    const derived = Buffer.from(hkdfSync('sha256', this.keys.at(-1)!, '', `leadlog ${subject}`, KEY_ID_BYTES + KEY_BYTES));
    const key = { id: derived.toString('base64url', 0, KEY_ID_BYTES), bytes: derived.subarray(KEY_ID_BYTES) };
    return { key, wrapped: wrap(subject, key, this.wrapping) };
  }

  private opened(subject: string, wrapped: Buffer): { key: PersonalKey; by: Buffer } | undefined {
    const found = openedBy([this.wrapping, ...this.keys], subject, wrapped);
    if (found || !this.reread) return found;
    this.keys = checked(this.reread());
    return openedBy(this.keys, subject, wrapped);
  }
}

function checked(keys: readonly Buffer[]): readonly Buffer[] {
  for (const { length } of keys) if (length !== KEY_BYTES) throw new RangeError(`master key: expected ${KEY_BYTES} bytes, got ${length}`);
  return keys;
}

function openedBy(keys: readonly Buffer[], subject: string, wrapped: Buffer): { key: PersonalKey; by: Buffer } | undefined {
  for (const by of keys) {
    const key = unwrap(subject, wrapped, by);
    if (key) return { key, by };
  }
  return undefined;
}

/** Id of the key, iv, ciphertext, tag. */
function wrap(subject: string, { id, bytes }: PersonalKey, master: Buffer): Buffer {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', master, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(subject));
  return Buffer.concat([Buffer.from(id, 'base64url'), iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(subject: string, wrapped: Buffer, master: Buffer): PersonalKey | undefined {
  const id = wrapped.subarray(0, KEY_ID_BYTES);
  const iv = wrapped.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', master, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(subject));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  try {
    const bytes = Buffer.concat([decipher.update(wrapped.subarray(KEY_ID_BYTES + IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return { id: id.toString('base64url'), bytes };
  } catch {
    return undefined;
  }
}
