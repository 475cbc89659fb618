import { useSyncExternalStore } from 'react';

/** Whether the engine answered when it was asked last. */
let here = true;
const listeners = new Set<() => void>();

export function isHere(now: boolean): void {
  if (now === here) return;
  here = now;
  for (const listener of listeners) listener();
}

export function useConnection(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => here,
  );
}
