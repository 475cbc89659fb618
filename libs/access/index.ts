export { keyState } from './access-keys';
export type { AccessKey, Holder } from './access-keys';
export { createKey, KeyRefused, revokeKey, rotateKey } from './change-keys';
export type { MadeKey, WantedKey } from './change-keys';
export { hashOfKey, keyIdIn, newKey } from './key-text';
export { KnownKeys } from './known-keys';
