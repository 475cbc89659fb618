import { createCipheriv, createDecipheriv } from 'node:crypto';
import { KEY_ID_BYTES, type PersonalKey } from './personal-keys';
import { freshBytes } from './random-bytes';

/** Version, id of the key, iv, ciphertext, tag. */
const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const IV_AT = 1 + KEY_ID_BYTES;
const TEXT_AT = IV_AT + IV_BYTES;

/** A text under a key, as base64. `about` must be the same when it is opened, so that it cannot be put into another place. */
export function sealText(text: string, key: PersonalKey, about: string): string {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(about));
  const sealed = cipher.update(text, 'utf8');
  const head = Buffer.allocUnsafe(TEXT_AT);
  head[0] = VERSION;
  head.write(key.id, 1, 'base64url');
  iv.copy(head, IV_AT);
  cipher.final();
  return Buffer.concat([head, sealed, cipher.getAuthTag()]).toString('base64');
}

/** Undefined if it is under another key, which is then gone. Throws where the text is damaged, or stands in another place. */
export function openText(sealed: string, key: PersonalKey, about: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');

  if (bytes[0] !== VERSION) throw new Error(`${about}: sealed in form ${bytes[0]}, which this version of Leadlog does not know`);
  if (bytes.toString('base64url', 1, IV_AT) !== key.id) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(IV_AT, TEXT_AT), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(TEXT_AT, -TAG_BYTES), undefined, 'utf8');
  return text + decipher.final('utf8');
}
