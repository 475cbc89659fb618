import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query';
import { isStale } from './is-stale';

const client = (): QueryClient => new QueryClient({ defaultOptions: { queries: { retry: true, retryDelay: 1, networkMode: 'always' } } });

type Observed = Parameters<typeof isStale>[0] & { isSuccess: boolean };

/** Once what is observed is so. */
const when = (
  observer: { getCurrentResult(): Observed; subscribe(listener: () => void): () => void },
  is: (observed: Observed) => boolean,
): Promise<void> =>
  new Promise((resolve) => {
    const look = () => is(observer.getCurrentResult()) && resolve();
    observer.subscribe(look);
    look();
  });

describe('numbers that were read', () => {
  it('are stale while newer ones are asked for again and again, and not once they are there', async () => {
    let isAway = false;
    const asked = new QueryObserver(client(), {
      queryKey: ['board'],
      queryFn: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(1)),
    });
    await when(asked, ({ isSuccess }) => isSuccess);
    expect(isStale(asked.getCurrentResult())).toBe(false);
    isAway = true;
    const again = asked.refetch();
    await when(asked, isStale);
    expect(asked.getCurrentResult().isError).toBe(false);
    isAway = false;
    await again;
    expect(isStale(asked.getCurrentResult())).toBe(false);
    asked.destroy();
  });

  it('are not stale because the next page cannot be had', async () => {
    const asked = new InfiniteQueryObserver(client(), {
      queryKey: ['day'],
      queryFn: ({ pageParam }) => (pageParam === 0 ? Promise.resolve('first') : Promise.reject(new Error('refused'))),
      initialPageParam: 0,
      getNextPageParam: () => 1,
      retry: false,
    });
    await when(asked, ({ isSuccess }) => isSuccess);
    await asked.fetchNextPage();
    expect(asked.getCurrentResult()).toMatchObject({ isFetchNextPageError: true, isError: true });
    expect(isStale(asked.getCurrentResult())).toBe(false);
    asked.destroy();
  });
});
