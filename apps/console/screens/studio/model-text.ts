import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answerOf, api } from '../../api/client';
import { Problem } from '../../api/problem';

/** The bodies of documents are text, which the generator of types takes for an object. */
export const asYaml = (text: string) =>
  ({ body: text as never, bodySerializer: (body: unknown) => body as string, headers: { 'content-type': 'application/yaml' } }) as const;

export interface Marker {
  line: number;
  column: number;
  message: string;
}

const PAUSE_MS = 500;

/** What the engine says of a text, a moment after the last key. */
export function useCheckedModel(modelId: string, text: string) {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const later = setTimeout(() => setAsked(text), PAUSE_MS);
    return () => clearTimeout(later);
  }, [text]);
  const { data, error, isFetching } = useQuery({
    queryKey: ['models', modelId, 'valid', asked],
    queryFn: ({ signal }) =>
      answerOf(api.POST('/v1/models/{id}/validate', { params: { path: { id: modelId } }, ...asYaml(asked), signal })),
    enabled: asked !== '',
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  return { valid: error ? undefined : data, markers: markersOf(error), error, isChecking: isFetching || asked !== text };
}

export function markersOf(error: unknown): Marker[] {
  if (!(error instanceof Problem)) return [];
  return (error.errors ?? []).flatMap((one) => ('line' in one ? [{ line: one.line, column: one.column, message: one.message }] : []));
}
