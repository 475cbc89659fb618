import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Of every engine that a test or a bench starts, and of every API in the process of a test. */
export const OWNER_KEY = `ll_owner22222_${'k'.repeat(43)}`;

/** Headers of a request that the owner makes. */
export const AS_OWNER = { authorization: `Bearer ${OWNER_KEY}` };

/** Settings of an engine whose owner it is, and of a command line that asks as the owner. */
export const OWNED = { LEADLOG_OWNER_KEY_FILE: keyFile(), LEADLOG_KEY: OWNER_KEY };

function keyFile(): string {
  const file = join(tmpdir(), `leadlog-test-owner-${userInfo().uid}.key`);
  if (!existsSync(file)) writeFileSync(file, OWNER_KEY, { mode: 0o600 });
  return file;
}

/** Without any key but the one that is given. */
export const plainFetch = globalThis.fetch;

/**
 * From here on, a test asks an engine as its owner where it does not say otherwise: by a header of its own, or by `plainFetch`. It is only
 * here that tests know of keys, unless they are about them.
 */
globalThis.fetch = (asked, init) => {
  const url = new URL(asked instanceof Request ? asked.url : asked);
  if (url.hostname !== '127.0.0.1') return plainFetch(asked, init);
  const headers = new Headers(init?.headers ?? (asked instanceof Request ? asked.headers : undefined));
  if (!headers.has('authorization')) headers.set('authorization', AS_OWNER.authorization);
  return plainFetch(asked, { ...init, headers });
};
