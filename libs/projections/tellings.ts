import type { RecordedEvent } from '@leadlog/event-log';
import { hash } from './hash';

/** Events that report a fact with an id of its own (a call, a meeting). */
export interface Telling {
  /** The same text for the same fact of a key. */
  fact: string;
  /** Which of several reports holds, by business time; for equal times, by position in the log. */
  holds: 'first' | 'last';
}

/** How facts may be reported more than once: a key has each of them once, whatever the order of arrival. */
export interface Tellings {
  readonly types: ReadonlySet<string>;
  /** Of an event of these types. */
  of(event: RecordedEvent): Telling | undefined;
}

interface Told {
  occurredAt: number;
  position: bigint;
}

/** Superseded events of one key → the event that holds. */
export function supersededAmong<Event extends Told>(
  events: Iterable<Event>,
  tellingOf: (event: Event) => Telling | undefined,
): Map<Event, Event> {
  const facts = new Map<string, Event[]>();
  const holders = new Map<string, Event>();
  for (const event of events) {
    const telling = tellingOf(event);
    if (!telling) continue;
    const { fact, holds } = telling;
    const tellings = facts.get(fact);
    if (tellings) tellings.push(event);
    else facts.set(fact, [event]);
    const holder = holders.get(fact);
    if (!holder || isAfter(event, holder) === (holds === 'last')) holders.set(fact, event);
  }
  const superseded = new Map<Event, Event>();
  for (const [fact, tellings] of facts)
    for (const event of tellings) if (event !== holders.get(fact)) superseded.set(event, holders.get(fact)!);
  return superseded;
}

const isAfter = (a: Told, b: Told): boolean => a.occurredAt > b.occurredAt || (a.occurredAt === b.occurredAt && a.position > b.position);

/**
 * What a document remembers about reported facts, to notice a further report of one: numbers instead of texts. Two facts with the same
 * number cost a refold, which finds that they are different.
 */
export const numberOfFact = ({ fact }: Telling): number => hash(fact);
