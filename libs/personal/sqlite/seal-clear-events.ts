import { overwriteRewritten, rewriteData, rewrittenIn, type Rewritten } from '@leadlog/event-log/sqlite/rewrite-data';
import type { Position, RecordedEvent } from '@leadlog/event-log';
import type { PersonalKeys } from '../personal-keys';
import { personalTypes } from '../sealed-data';
import { sealedAfterwards } from '../sealed-event-log';

/** As the file of the log knows it. */
const NAME = 'sealed';

export interface SealingOptions {
  /** Before anything at or after this position is changed. */
  before?: (first: Position) => void;
  /** Of an event that would not be read as before, if it were sealed: it stays in clear. */
  onLeft: (event: RecordedEvent) => void;
}

/**
 * Seals what is personal in the events of a log in a file that were recorded in clear, before there were keys: nothing else about them changes,
 * and they are read as before. Returns how many it sealed. Goes on after any interruption; asked again, it looks at what was recorded since.
 */
export function sealClearEvents(file: string, keys: PersonalKeys, { before, onLeft }: SealingOptions): Promise<number> {
  return rewriteData(file, {
    name: NAME,
    types: personalTypes,
    rewritten: async (events) => {
      const texts = await sealedAfterwards(events, keys, onLeft);
      const [first] = texts.keys();
      if (first) before?.(first.position);
      return texts;
    },
  });
}

/** So that what was sealed stands in no unused part of the file any more, where the room for that was missing. */
export const overwriteSealed = (file: string): Promise<void> => overwriteRewritten(file, NAME);

/** How far that is; undefined where it has never begun. */
export const sealedIn = (file: string): Rewritten | undefined => rewrittenIn(file, NAME);
