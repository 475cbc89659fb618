import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { queries } from './query-client';
import type { Read } from './reads';

export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * A command: what somebody does. Each doing has an id of its own, which it keeps when it is sent again, so nothing is done twice. Then
 * everything on the screen that is of these keys (the first part of a query's key) is read again, from after what was written.
 *
 * `once`: the engine takes no id for it, so that sending it again might do it twice. Where its answer got lost, that is told.
 */
export function useCommand<Intent extends { id: string }, Answer>(
  send: (intent: Intent) => Promise<Answer>,
  { changes, onDone, once = false }: { changes: readonly Read[]; onDone?: (answer: Answer, intent: Intent) => void; once?: boolean },
): Omit<UseMutationResult<Answer, Error, Intent>, 'mutate' | 'mutateAsync'> & {
  tell(intent: Omit<Intent, 'id'>): Promise<Answer | undefined>;
} {
  const {
    mutate: _one,
    mutateAsync,
    ...rest
  } = useMutation<Answer, Error, Intent>({
    mutationFn: send,
    ...(once && { retry: false }),
    onSuccess: async (answer, intent) => {
      onDone?.(answer, intent);
      await readAgain(changes);
    },
    // What has no answer may have been done all the same.
    onError: () => (once ? readAgain(changes) : undefined),
  });
  return {
    ...rest,
    // What failed is in `error`, to be shown.
    tell: (intent) => mutateAsync({ ...intent, id: newId() } as Intent).catch(() => undefined),
  };
}

const readAgain = (changed: readonly Read[]) => Promise.all(changed.map((key) => queries.invalidateQueries({ queryKey: [key] })));
