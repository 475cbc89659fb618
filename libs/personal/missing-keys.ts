import type { EventLog } from '@leadlog/event-log';
import type { PersonalKeys } from './personal-keys';
import { personalTypes, storedAs } from './sealed-data';
import { subjectOfRecorded } from './sealed-event-log';

/**
 * How many subjects have something sealed in a log, and in this store neither a key nor the note that they are forgotten: nobody opens that
 * any more, and what comes next for them would be under another key. `stored`: the log as it is stored.
 */
export async function subjectsWithoutKeys(stored: EventLog, keys: PersonalKeys): Promise<number> {
  const forgotten = await keys.forgotten();
  const seen = new Set<string>();
  let without = 0;
  for await (const { events } of stored.read({ filter: { types: personalTypes } })) {
    const sealed = events.filter(({ type, data }) => storedAs(type, data as object) === 'sealed').map(subjectOfRecorded);
    const asked = [...new Set(sealed)].filter((subject) => !seen.has(subject) && !forgotten.has(subject));
    const found = await keys.keysOf(asked);
    for (const subject of asked) {
      seen.add(subject);
      if (!found.has(subject)) without += 1;
    }
  }
  return without;
}
