import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';

export type AccountAnswer = components['schemas']['Account'];
export type Person = components['schemas']['AccountPerson'];
export type Entry = components['schemas']['TimelineEntry'];

const PEOPLE = 100;
/** Entries a person, the latest: pages are asked for as far as the span shown goes, but no further than so many. */
const ENTRIES = 500;

export const accountQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/accounts/{id}', { params: { path: { id }, query: { limit: PEOPLE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const actsQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['account', 'acts', leadId],
    queryFn: async ({ signal }) => {
      const { items } = await answerOf(
        api.GET('/v1/leads/{id}/timeline', { params: { path: { id: leadId }, query: { limit: ENTRIES } }, signal }),
      );
      return items.filter(({ lane, voided }) => lane !== 'engine' && voided === undefined);
    },
  });

export const dealWorkQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['account', 'next', leadId],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads/{id}/next', { params: { path: { id: leadId } }, signal })),
  });
