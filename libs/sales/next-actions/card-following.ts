import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import type { CardKept, WorkFacts } from './work-facts';

/** A card from longer ago is a contact, not something to follow up; so many a year come home with a rep that they are counted by the year. */
const FOLLOWED_FOR_DAYS = 365;

export const cardsSince = ({ now, timezone }: { now: number; timezone: string }): number =>
  startOfLocalDay(addDays(localDay(now, timezone), -FOLLOWED_FOR_DAYS), timezone);

/** A rep has done something with the person of a card since the exchange, or has kept a card that went to marketing. Times in ms. */
export interface Following {
  repId: string;
  exchangedAt: number;
  /** When they began. */
  since: number;
}

/** Of several cards, the one that was followed first. What happened up to `over` is of a run before. */
export function followingOf(facts: WorkFacts, over: number): Following | undefined {
  return facts.cards
    ?.flatMap((card) => followed(card, facts, over) ?? [])
    .reduce<Following | undefined>((first, one) => (first && first.since <= one.since ? first : one), undefined);
}

function followed({ exchanged, handed }: CardKept, { calls = [], appointments = [], meetings = [] }: WorkFacts, over: number) {
  const begin = exchanged ?? handed;
  // Marketing has it.
  if (!begin || (handed && !handed.keepFollowing)) return undefined;
  const { repId, at: exchangedAt } = begin;
  const acts = [
    ...calls.map(({ startedAt, at, by }) => ({ at: Math.min(startedAt, at), by })),
    ...meetings.map(({ startedAt, at, by }) => ({ at: Math.min(startedAt, at), by })),
    ...appointments.flatMap(({ booked }) => booked ?? []),
  ];
  const begins = acts.filter(({ by }) => by.reps.includes(repId)).map(({ at }) => at);
  if (handed) begins.push(handed.at);
  const since = Math.min(...begins.filter((at) => at > over && (at > exchangedAt || at === handed?.at)));
  return since === Infinity ? undefined : { repId, exchangedAt, since };
}
