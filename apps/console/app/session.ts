import { queryOptions, useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { isProblem } from '../api/problem';
import { queries } from '../api/query-client';
import type { paths } from '../api/types.gen';

export type Session = paths['/v1/session']['get']['responses'][200]['content']['application/json'];
export type Permission = Session['permissions'][number];

/** Who looks; `null` if nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await answerOf(api.GET('/v1/session', { signal }));
    } catch (error) {
      if (isProblem(error, 401)) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const useSession = () => useQuery(sessionQuery);

/** Throws where it did not come about: they are still signed in then. `everywhere`: in other browsers, too. */
export async function signOut(everywhere = false): Promise<void> {
  try {
    await api.DELETE('/v1/session', everywhere ? { params: { query: { everywhere: 'true' } } } : {});
  } catch (error) {
    // It has ended already.
    if (!isProblem(error, 401)) throw error;
  }
  // Nothing of what somebody saw stays for whoever comes after them.
  queries.clear();
  window.location.assign('/');
}
