import { useSyncExternalStore } from 'react';

const queries = new Map<string, MediaQueryList>();

export function useMedia(text: string): boolean {
  const query = queries.get(text) ?? window.matchMedia(text);
  queries.set(text, query);
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}

/** Whether there is no room for one thing beside another. */
export const usePhone = (): boolean => useMedia('(max-width: 48rem)');
