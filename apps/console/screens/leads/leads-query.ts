import { infiniteQueryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';

export type LeadRow = components['schemas']['ListedLead'];

export const TIERS = ['hot', 'warm', 'cold'] as const;
export const ORDERS = ['recent', 'captured', 'score'] as const;

export interface LeadsAsked {
  q?: string;
  rep?: string;
  tier?: (typeof TIERS)[number];
  sort?: (typeof ORDERS)[number];
}

const PAGE = 200;
const isShort = ({ state }: { state: { data?: { pages: unknown[] } } }): boolean => (state.data?.pages.length ?? 0) <= 2;

/** By score it is the top as of now, in one page. */
export const leadsQuery = ({ q, rep, tier, sort }: LeadsAsked) =>
  infiniteQueryOptions({
    queryKey: ['leads', q, rep, tier, sort],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/leads', { params: { query: { q, rep, tier, sort, limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // A hundred pages are not asked for again because somebody came back to the window.
    refetchOnWindowFocus: isShort,
    refetchOnMount: isShort,
  });
