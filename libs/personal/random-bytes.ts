import { randomFillSync } from 'node:crypto';

/** One call of the system for many: asked for 32 bytes at a time, it takes longer than what is encrypted with them. */
const pool = Buffer.alloc(16 * 1024);
let used = pool.length;

/** Random bytes that nobody has had. They are overwritten later: what is kept has to be copied. */
export function freshBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += count));
}
