import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isProblem, mayPass, Problem } from './problem';
import type { QueryKey } from './reads';

declare module '@tanstack/react-query' {
  interface Register {
    queryKey: QueryKey;
  }
}

const LONGEST_PAUSE_MS = 10_000;

/** Of what may pass: sooner at first, then every ten seconds, or as the engine says. */
const pause = (failures: number, error: unknown): number =>
  error instanceof Problem && error.retryAfter !== undefined
    ? error.retryAfter * 1_000
    : Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(failures, 5));

/** Somebody whose session has ended is asked to sign in, wherever they notice. */
function whenSignedOut(error: unknown): void {
  if (isProblem(error, 401)) void queries.invalidateQueries({ queryKey: ['session'] });
}

/**
 * What is asked is asked until it is answered, while somebody looks. What is told is told again only where the answer got lost, under the id
 * that it has: the engine takes the same id once.
 */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: whenSignedOut }),
  mutationCache: new MutationCache({ onError: whenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      retry: (_failures, error) => mayPass(error),
      retryDelay: pause,
      refetchOnWindowFocus: true,
      networkMode: 'always',
    },
    mutations: { retry: (_failures, error) => mayPass(error), retryDelay: pause, networkMode: 'always' },
  },
});
