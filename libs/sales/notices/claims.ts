import { decisionId, latest, sortedBy, type Amount, type Happened, type LeadlogEvent } from '@leadlog/events';
import type { Words } from '@leadlog/lead';

/** What was said of a deal or a meeting, as far as it can contradict itself. Lists are sorted by event, so arrival changes nothing. */
export interface Claims {
  deals?: DealClaims[];
  /** Each as it was reported last. */
  meetings?: MeetingClaim[];
}

export interface DealClaims {
  dealId: string;
  opened?: true;
  /** What others report of it, as was told last. */
  told?: { position: number; opened: boolean };
  won?: Claim<{ amount: Amount }>[];
  lost?: Claim<object>[];
  quotes?: Claim<{ quoteId: string; currency: string }>[];
}

type Claim<More> = Happened & { eventId: string } & More;
type MeetingClaim = Claim<{ meetingId: string; startedAt: number; recordedAt: number }>;

export const NOTICE_KINDS = ['won-without-opening', 'won-twice', 'lost-after-won', 'quote-currency-changed', 'meeting-far-ahead'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Facts that contradict each other. */
export interface Contradiction {
  /** Another one as soon as other facts contradict, so that what was accepted is not more than what was seen. */
  noticeId: string;
  kind: NoticeKind;
  dealId?: string;
  quoteId?: string;
  meetingId?: string;
  /** When the last of the facts happened, ms. */
  at: number;
  /** The events that contradict. */
  eventIds: string[];
  says: Words;
}

/** How long after it was recorded a meeting may begin that is said to have taken place. */
const AHEAD_MS = 86_400_000;

const deals = sortedBy((deal: DealClaims) => deal.dealId);
const meetings = sortedBy((meeting: MeetingClaim) => meeting.meetingId);
const byEvent = <More>() => sortedBy((claim: Claim<More>) => claim.eventId);
const wins = byEvent<{ amount: Amount }>();
const losses = byEvent<object>();
const quotes = byEvent<{ quoteId: string; currency: string }>();

/** May change `claims` and returns it. Other events change nothing. */
export function evolveClaims<State extends Claims>(claims: State, event: LeadlogEvent): State {
  const claim = { eventId: event.id, at: event.occurredAt, position: Number(event.position) };
  switch (event.type) {
    case 'DealOpened':
      dealOf(claims, event.data.dealId).opened = true;
      return claims;
    case 'DealShared': {
      const deal = dealOf(claims, event.data.dealId);
      if (!deal.told || deal.told.position < claim.position) deal.told = { position: claim.position, opened: event.data.opened };
      return claims;
    }
    case 'DealWon': {
      const deal = dealOf(claims, event.data.dealId);
      deal.won = wins.put(deal.won, { ...claim, amount: event.data.amount });
      return claims;
    }
    case 'DealLost': {
      const deal = dealOf(claims, event.data.dealId);
      deal.lost = losses.put(deal.lost, claim);
      return claims;
    }
    case 'QuoteSubmitted': {
      const { dealId, quoteId, amount } = event.data;
      const deal = dealOf(claims, dealId);
      deal.quotes = quotes.put(deal.quotes, { ...claim, quoteId, currency: amount.currency });
      return claims;
    }
    case 'MeetingHeld': {
      const { meetingId, startedAt } = event.data;
      const told = { ...claim, meetingId, startedAt: Date.parse(startedAt), recordedAt: event.recordedAt };
      claims.meetings = meetings.put(claims.meetings, latest(meetings.find(claims.meetings, meetingId), told));
      return claims;
    }
    default:
      return claims;
  }
}

function dealOf(claims: Claims, dealId: string): DealClaims {
  let deal = deals.find(claims.deals, dealId);
  if (!deal)
    claims.deals = deals.put(
      claims.deals,
      (deal = { dealId, opened: undefined, told: undefined, won: undefined, lost: undefined, quotes: undefined }),
    );
  return deal;
}

export function contradictionsIn({ deals: all = [], meetings: held = [] }: Claims): Contradiction[] {
  return [...all.flatMap(ofDeal), ...held.flatMap(ofMeeting)];
}

function ofDeal({ dealId, opened, told, won = [], lost = [], quotes: said = [] }: DealClaims): Contradiction[] {
  const found: Contradiction[] = [];
  if (won.length > 0 && !opened && !told?.opened)
    found.push(
      contradiction('won-without-opening', { dealId }, won, {
        en: `deal ${dealId} was won, and nothing says that it was opened`,
        ja: `案件 ${dealId} は受注済みですが、開始の記録がありません`,
      }),
    );
  const amounts = new Set(won.map(({ amount }) => moneyOf(amount)));
  if (amounts.size > 1)
    found.push(
      contradiction('won-twice', { dealId }, won, {
        en: `deal ${dealId} was won for different amounts: ${[...amounts].sort().join(' and ')}`,
        ja: `案件 ${dealId} の受注金額が一致しません: ${[...amounts].sort().join('、')}`,
      }),
    );
  const firstWon = Math.min(...won.map(({ at }) => at));
  const after = lost.filter(({ at }) => at > firstWon);
  if (after.length > 0)
    found.push(
      contradiction('lost-after-won', { dealId }, [...won, ...after], {
        en: `deal ${dealId} was lost after it had been won`,
        ja: `案件 ${dealId} は受注後に失注と記録されています`,
      }),
    );
  for (const quoteId of new Set(said.map((quote) => quote.quoteId))) {
    const revisions = said.filter((quote) => quote.quoteId === quoteId);
    const currencies = [...new Set(revisions.map(({ currency }) => currency))].sort();
    if (currencies.length > 1)
      found.push(
        contradiction('quote-currency-changed', { dealId, quoteId }, revisions, {
          en: `quote ${quoteId} of deal ${dealId} changes its currency: ${currencies.join(' and ')}`,
          ja: `案件 ${dealId} の見積 ${quoteId} の通貨が変わっています: ${currencies.join('、')}`,
        }),
      );
  }
  return found;
}

function ofMeeting(meeting: MeetingClaim): Contradiction[] {
  const { meetingId, startedAt, recordedAt } = meeting;
  if (startedAt <= recordedAt + AHEAD_MS) return [];
  const start = new Date(startedAt).toISOString();
  return [
    contradiction('meeting-far-ahead', { meetingId }, [meeting], {
      en: `meeting ${meetingId} is said to have been held, and starts only at ${start}`,
      ja: `商談 ${meetingId} は実施済みですが、開始時刻が先の日時です: ${start}`,
    }),
  ];
}

const moneyOf = ({ value, currency }: Amount): string => `${value} ${currency}`;

function contradiction(
  kind: NoticeKind,
  about: Pick<Contradiction, 'dealId' | 'quoteId' | 'meetingId'>,
  claims: readonly Claim<object>[],
  says: Words,
): Contradiction {
  const eventIds = claims.map(({ eventId }) => eventId).sort();
  const { dealId = '', quoteId = '', meetingId = '' } = about;
  return {
    noticeId: decisionId('notice', kind, dealId, quoteId, meetingId, ...eventIds),
    kind,
    ...about,
    at: Math.max(...claims.map(({ at }) => at)),
    eventIds,
    says,
  };
}
