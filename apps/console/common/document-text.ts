import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { markersOf, type Marker } from '../api/markers';
import { usePaused } from '../app/use-paused';

const PAUSE_MS = 400;

/** Sent as it is written. The bodies of documents are text, which the generator of types takes for an object. */
export const yamlBody = (text: string) =>
  ({ body: text as never, bodySerializer: (body: unknown) => String(body), headers: { 'content-type': 'application/yaml' } }) as const;

export interface Checked<Valid> {
  /** What the engine makes of it, if anything. */
  valid: Valid | undefined;
  markers: Marker[];
  error: unknown;
  isChecking: boolean;
}

/**
 * What the engine says of a text, a moment after the last key. It says the same of the same text, so it is asked once, whatever is read anew
 * around it.
 */
export function useChecked<Valid>(
  of: readonly string[],
  text: string,
  validate: (text: string, signal: AbortSignal) => Promise<Valid>,
): Checked<Valid> {
  const asked = usePaused(text, PAUSE_MS);
  const { data, error, isFetching } = useQuery({
    queryKey: ['check', ...of, asked],
    queryFn: ({ signal }) => validate(asked, signal),
    staleTime: Infinity,
  });
  const markers = useMemo(() => markersOf(error), [error]);
  return { valid: error ? undefined : data, markers, error, isChecking: isFetching || asked !== text };
}
