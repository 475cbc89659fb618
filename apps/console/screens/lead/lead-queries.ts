import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';

export type LeadAnswer = components['schemas']['Lead'];
export type Entry = components['schemas']['TimelineEntry'];
export type Contribution = components['schemas']['Contribution'];
export type Lane = Entry['lane'];

const path = (id: string) => ({ path: { id } });

export const leadQuery = (id: string) =>
  queryOptions({
    queryKey: ['lead', id, 'profile'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads/{id}', { params: path(id), signal })),
  });

export const curveQuery = (id: string, days: number) =>
  queryOptions({
    queryKey: ['lead', id, 'curve', days],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads/{id}/curve', { params: { ...path(id), query: { days } }, signal })),
    placeholderData: (before) => before,
  });

/** All of it: parts that do not sum up explain nothing. */
export const whyQuery = (id: string) =>
  queryOptions({
    queryKey: ['lead', id, 'why'],
    queryFn: async ({ signal }) => {
      const ask = (cursor?: string) =>
        answerOf(api.GET('/v1/leads/{id}/why', { params: { ...path(id), query: { limit: 1_000, cursor } }, signal }));
      const why = await ask();
      for (let { nextCursor } = why; nextCursor !== undefined;) {
        const page = await ask(nextCursor);
        why.contributions.push(...page.contributions);
        ({ nextCursor } = page);
      }
      return why;
    },
  });

export const timelineQuery = (id: string, lane: Lane | undefined) =>
  infiniteQueryOptions({
    queryKey: ['lead', id, 'timeline', lane],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/leads/{id}/timeline', { params: { ...path(id), query: { lane, limit: 100, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const nextQuery = (id: string) =>
  queryOptions({
    queryKey: ['lead', id, 'next'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads/{id}/next', { params: path(id), signal })),
  });
