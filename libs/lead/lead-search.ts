import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { SeenParts, spansOf, type ListEntry, type ReadModelView } from '@leadlog/projections';
import type { LeadState } from './leads.projection';
import { searchable, TEXTS } from './lead-texts';

/** Documents read, or parts searched, before yielding to others. */
const PAGE = 500;
const PARTS_AT_A_TIME = 64;

/** The concatenated texts of one part, with the end and the lead of each. */
interface Texts {
  leadIds: string[];
  ends: number[];
  bytes: Buffer;
}

/**
 * Finds leads by words. The texts of all leads are kept in memory, outside the heap, some hundred bytes each; before a search, the parts
 * that have changed since the last search are read again. A scan of all texts takes milliseconds.
 */
export class LeadSearch {
  private last: Promise<unknown> = Promise.resolve();
  private seen = new SeenParts(TEXTS);
  private parts = new Map<number, Texts>();

  /** Leads whose text contains all the words, unordered; undefined if there are no words. `view` of `leads`. */
  async find(view: ReadModelView, q: string): Promise<string[] | undefined> {
    const words = wordsOf(q);
    if (words.length === 0) return undefined;
    await this.refresh(view);
    const found: string[] = [];
    let looked = 0;
    for (const texts of [...this.parts.values()]) {
      findIn(texts, words, found);
      if ((looked += 1) % PARTS_AT_A_TIME === 0) await eventLoopTurn();
    }
    return found;
  }

  /** One refresh at a time, so that parts are not read twice. */
  refresh(view: ReadModelView): Promise<void> {
    const mine = this.last.then(() => this.readChanged(view));
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async readChanged(view: ReadModelView): Promise<void> {
    try {
      const changed = await this.seen.changed(view);
      for (const [min, max] of spansOf(changed)) await this.read(view, min, max);
    } catch (error) {
      // Some parts may be outdated, and it is unknown which.
      this.seen = new SeenParts(TEXTS);
      throw error;
    }
  }

  private async read(view: ReadModelView, min: number, max: number): Promise<void> {
    const found = new Map<number, [leadId: string, text: string][]>();
    for (let part = min; part <= max; part += 1) found.set(part, []);
    for (let after: ListEntry | undefined; ;) {
      const page = await view.list(TEXTS, { min, max, limit: PAGE, after });
      const states = await view.many<LeadState>(page.map(({ key }) => key));
      for (const [place, { key, rank }] of page.entries())
        if (states[place]?.text !== undefined) found.get(rank)!.push([key, states[place].text]);
      after = page.at(-1);
      await eventLoopTurn();
      if (page.length < PAGE) break;
    }
    for (const [part, texts] of found) {
      if (texts.length === 0) this.parts.delete(part);
      else this.parts.set(part, textsOf(texts));
    }
  }
}

export const wordsOf = (q: string): string[] => searchable(q).split(' ').filter(Boolean);

/** Each text ends with a line feed, which no word contains, so no match spans two texts. */
function textsOf(texts: readonly (readonly [leadId: string, text: string])[]): Texts {
  const bytes = texts.map(([, text]) => Buffer.from(`${text}\n`));
  let end = 0;
  return { leadIds: texts.map(([leadId]) => leadId), ends: bytes.map(({ length }) => (end += length)), bytes: Buffer.concat(bytes) };
}

/** Longest word first, because it has the fewest matches. */
function findIn({ leadIds, ends, bytes }: Texts, words: readonly string[], found: string[]): void {
  const [first, ...others] = [...words].sort((a, b) => b.length - a.length) as [string, ...string[]];
  let lead = 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, ends[lead - 1])) {
    while (ends[lead]! <= at) lead += 1;
    const text = bytes.subarray(lead === 0 ? 0 : ends[lead - 1], ends[lead]);
    if (others.every((word) => text.includes(word))) found.push(leadIds[lead]!);
    lead += 1;
    if (lead === leadIds.length) return;
  }
}
