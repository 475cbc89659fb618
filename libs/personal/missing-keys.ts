import type { EventLog } from '@leadlog/event-log';
import type { PersonalKeys } from './personal-keys';
import { personalTypes, storedAs } from './sealed-data';
import { subjectOfRecorded } from './sealed-event-log';

/** How a log holds what is personal. */
export interface SealedState {
  sealed: number;
  clear: number;
  /** Subjects with something sealed that nobody opens any more, although they are not forgotten. */
  without: number;
  /** False: it has looked only as long as it may. */
  whole: boolean;
}

/**
 * Reads all that may be personal in a log, from its beginning. `stored`: the log as it is stored. Subjects without keys have something sealed
 * and in this store neither a key nor the note that they are forgotten: what comes next for them would be under another key.
 */
export async function sealedState(stored: EventLog, keys: PersonalKeys | undefined, goOn = () => true): Promise<SealedState> {
  const forgotten = (await keys?.forgotten()) ?? new Set();
  const seen = new Set<string>();
  const state: SealedState = { sealed: 0, clear: 0, without: 0, whole: true };
  for await (const { events } of stored.read({ filter: { types: personalTypes } })) {
    const subjects = new Set<string>();
    for (const event of events) {
      const how = storedAs(event.type, event.data as object);
      if (how === 'clear') state.clear += 1;
      if (how !== 'sealed') continue;
      state.sealed += 1;
      const subject = subjectOfRecorded(event);
      if (!seen.has(subject) && !forgotten.has(subject)) subjects.add(subject);
    }
    const found = subjects.size === 0 ? undefined : await keys?.keysOf([...subjects]);
    for (const subject of subjects) {
      seen.add(subject);
      if (!found?.has(subject)) state.without += 1;
    }
    if (!goOn()) return { ...state, whole: false };
  }
  return state;
}
