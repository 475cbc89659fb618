import { setTimeout as sleep } from 'node:timers/promises';

/** Asked without a rest, an engine is busy with answering and gets on all the later. */
const REST_MS = 40;

/** Looks again and again until there is something, and answers it. The test's own time ends it. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(REST_MS);
  }
}
