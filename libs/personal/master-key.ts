import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KEY_BYTES, KEY_ID_BYTES, type PersonalKey } from './personal-keys';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Wraps the keys of subjects (AES-256-GCM), so that a store by itself, such as a stolen disk or backup, opens nothing. */
export class MasterKey {
  constructor(private readonly bytes: Buffer) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`master key: expected ${KEY_BYTES} bytes, got ${bytes.length}`);
  }

  /** A new key of a subject, and the form in which it is stored. */
  newKey(subject: string): { key: PersonalKey; wrapped: Buffer } {
    const [id, bytes] = [randomBytes(KEY_ID_BYTES), randomBytes(KEY_BYTES)];
    return { key: { id: id.toString('base64url'), bytes }, wrapped: Buffer.concat([id, this.wrap(subject, bytes)]) };
  }

  /** Undefined if it was wrapped by another master key, or for another subject. */
  unwrap(subject: string, wrapped: Buffer): PersonalKey | undefined {
    const id = wrapped.subarray(0, KEY_ID_BYTES);
    const iv = wrapped.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.bytes, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(subject));
    decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
    try {
      const bytes = Buffer.concat([decipher.update(wrapped.subarray(KEY_ID_BYTES + IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return { id: id.toString('base64url'), bytes };
    } catch {
      return undefined;
    }
  }

  private wrap(subject: string, bytes: Buffer): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.bytes, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(subject));
    return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}
