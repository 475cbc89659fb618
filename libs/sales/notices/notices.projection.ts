import { leadCorrections, leadKey, leadOfStream, leadStreams, sortedBy, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import { contradictionsIn, evolveClaims, type Claims, type Contradiction } from './claims';

/** Read model `notices`, by lead: what was said of its deals and meetings, and which contradictions somebody has accepted. */
export interface NoticesState extends Claims {
  accepted?: string[];
}

const names = sortedBy((name: string) => name);

export const OPEN_NOTICES = 'open';
export const withNotice = (noticeId: string): string => `notice:${noticeId}`;

/** Lists: `open` (by the time of the last contradiction that nobody has accepted), `notice:<id>` (accepted ones as well). */
export const noticesProjection: Projection<NoticesState> = defineProjection<NoticesState>({
  name: 'notices',
  version: '2',
  handles: ['DealOpened', 'DealShared', 'DealWon', 'DealLost', 'QuoteSubmitted', 'MeetingHeld', 'NoticeAccepted'],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  initial: () => ({ deals: undefined, meetings: undefined, accepted: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const lists: Record<string, number> = {};
    for (const { noticeId, at } of contradictionsIn(state)) {
      lists[withNotice(noticeId)] = at;
      if (!state.accepted?.includes(noticeId)) lists[OPEN_NOTICES] = Math.max(lists[OPEN_NOTICES] ?? at, at);
    }
    return lists;
  },
});

function evolve(state: NoticesState, event: LeadlogEvent): NoticesState {
  if (event.type === 'NoticeAccepted') state.accepted = names.put(state.accepted, event.data.noticeId);
  return evolveClaims(state, event);
}

/** What nobody has accepted, the latest first. */
export const openNotices = (state: NoticesState): Contradiction[] =>
  contradictionsIn(state)
    .filter(({ noticeId }) => !state.accepted?.includes(noticeId))
    .sort((a, b) => b.at - a.at || (a.noticeId < b.noticeId ? -1 : 1));
