import type { Query } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ToReadAnew } from './live-changes';
import { hearChanges } from './live-stream';
import { queries } from './query-client';
import type { Read } from './reads';

/** Between two readings of the same because of changes: what is made of much is not made anew with each event of an import. */
const PAUSE_MS = 900;
const PAUSES_MS: Partial<Record<Read, number>> = { board: 5_000, kpis: 5_000, targets: 5_000 };
const LOOK_MS = 60_000;
/** Of a list that somebody has opened page after page, all would be read; it is as of when it was read until they come back to it. */
const MOST_PAGES = 2;

/**
 * Keeps what is on the screens as it is in the engine: reads anew what has changed, at once, and what is not looked at when it is opened.
 * Once in the page, around all screens.
 */
export function useChanges(): void {
  useEffect(() => {
    const anew = new ToReadAnew();
    const readAt = new Map<Read, number>();
    let next: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      clearTimeout(next);
      next = undefined;
      // Whoever comes back reads it then.
      if (document.visibilityState !== 'visible') return;
      const now = performance.now();
      let wait = Infinity;
      for (const key of anew.keys) {
        const isOfKey = ({ queryKey }: Query) => queryKey[0] === key && anew.holds(queryKey);
        const due = (readAt.get(key) ?? -Infinity) + (PAUSES_MS[key] ?? PAUSE_MS);
        // What is being read may have been asked for before it changed.
        if (due > now || queries.isFetching({ predicate: isOfKey }) > 0) wait = Math.min(wait, Math.max(due - now, 100));
        else {
          readAt.set(key, now);
          void queries.invalidateQueries({ predicate: isOfKey, refetchType: 'none' });
          void queries.refetchQueries({ type: 'active', predicate: (query) => isOfKey(query) && pagesOf(query) <= MOST_PAGES });
          anew.done(key);
        }
      }
      if (wait < Infinity) next = setTimeout(read, wait);
    };
    const end = hearChanges((message) => {
      if (message === 'unknown') anew.addEverything();
      else anew.add(message.changes);
      next ??= setTimeout(read, 0);
    });
    document.addEventListener('visibilitychange', read);
    return () => {
      end();
      clearTimeout(next);
      document.removeEventListener('visibilitychange', read);
    };
  }, []);
}

const pagesOf = ({ state: { data } }: Query): number => ((data as { pages?: unknown[] } | undefined)?.pages ?? []).length;

/** Time changes things, too, of which no event tells: a deadline passes, a score cools. Reads what is of these keys again now and then. */
export function useLive(...keys: Read[]): void {
  const named = keys.join(' ');
  useEffect(() => {
    const look = setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      for (const key of named.split(' ') as Read[])
        void queries.refetchQueries({ type: 'active', predicate: (query) => query.queryKey[0] === key && pagesOf(query) <= MOST_PAGES });
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [named]);
}
