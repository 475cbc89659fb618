import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { answerOf, api } from './client';

const repsQuery = queryOptions({
  queryKey: ['reps'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/reps', { signal })),
  staleTime: 5 * 60_000,
});

export function useReps() {
  const { data } = useQuery(repsQuery);
  return data;
}

/** Their name, as long as the organisation gives them one. */
export function useRepName(): (repId: string | undefined) => string {
  const reps = useReps();
  return useCallback((repId) => reps?.items.find((one) => one.repId === repId)?.name ?? repId ?? '', [reps]);
}
