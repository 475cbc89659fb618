import { useSyncExternalStore } from 'react';

const narrow = window.matchMedia('(max-width: 48rem)');

/** As the style sheets of the shell: a phone, or a window as narrow. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
