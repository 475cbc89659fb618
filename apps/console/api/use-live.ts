import { useEffect } from 'react';
import { queries } from './query-client';

const LOOK_MS = 20_000;

/**
 * Keeps what is on the screen as it is in the engine: reads what is of these keys again while somebody looks. The one place through which
 * everything that comes by itself reaches the screens. Of no keys: nothing comes.
 */
export function useLive(...keys: string[]): void {
  const named = keys.join(' ');
  useEffect(() => {
    if (named === '') return undefined;
    const look = setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      for (const key of named.split(' ')) void queries.invalidateQueries({ queryKey: [key], refetchType: 'active' });
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [named]);
}
