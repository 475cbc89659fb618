import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answerOf, api } from '../api/client';
import { completionsOf, type Schema } from './schema-completions';

/** What may be written where in a document, as its JSON Schema says; undefined until that is known, and for whoever may not read it. */
export function useCompletion(document: 'scoring-model' | 'sales-process' | 'handoff-policy' | 'organisation') {
  const { data } = useQuery({
    queryKey: ['schema', document],
    queryFn: ({ signal }) => answerOf(api.GET(`/v1/schemas/${document}`, { signal })),
    staleTime: Infinity,
  });
  return useMemo(
    () => data && ((before: { line: string; lines: readonly string[] }) => completionsOf(data.schema as Schema, before)),
    [data],
  );
}
