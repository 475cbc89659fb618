import { Fenced, type Reaction, type ReadModelStore } from '@leadlog/projections';
import type { Metrics } from './metrics';
import { inSpan } from './spans';

/** The store, with its commits measured and traced; everything else is the store's own. */
export function observedStore(store: ReadModelStore, metrics?: Metrics): ReadModelStore {
  const commit: ReadModelStore['commit'] = (...args) => observeCommit(() => store.commit(...args), metrics);
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return commit;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}

/** For whoever commits in another way. */
export function observeCommit<T>(work: () => Promise<T>, metrics?: Metrics): Promise<T> {
  return inSpan('projection commit', {}, async () => {
    const ended = metrics?.commitSeconds.startTimer();
    try {
      const result = await work();
      ended?.({ outcome: 'written' });
      return result;
    } catch (error) {
      ended?.({ outcome: error instanceof Fenced ? 'fenced' : 'failed' });
      throw error;
    }
  });
}

/** A reaction, with what it does for a key measured and traced. */
export function observedReaction(reaction: Reaction, metrics?: Metrics): Reaction {
  return {
    ...reaction,
    react: (key, rank, view) =>
      inSpan('reaction', { attributes: { 'leadlog.reaction': reaction.name, 'leadlog.key': key } }, async () => {
        const ended = metrics?.reactionSeconds.startTimer({ reaction: reaction.name });
        try {
          const answer = await reaction.react(key, rank, view);
          ended?.({ outcome: typeof answer === 'bigint' ? 'acted' : 'later' });
          return answer;
        } catch (error) {
          ended?.({ outcome: 'failed' });
          throw error;
        }
      }),
  };
}
