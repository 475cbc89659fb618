import type { Position } from '@leadlog/event-log';
import type { ReadModelStore } from '../store';
import { changeGenerations } from './generations';

/**
 * Drops the generations that stand before `position` and that nobody folds on: what was forgotten there stays in them for good. Answers how
 * many; undefined while one that is folded on is still before it.
 */
export async function dropBuildsBefore(store: ReadModelStore, position: Position): Promise<number | undefined> {
  const before = new Set<string>();
  for (const { id, state } of (await store.registry()).generations) {
    const checkpoint = await store.checkpoint(id);
    if (checkpoint !== undefined && checkpoint >= position) continue;
    if (state !== 'retired' && state !== 'failed') return undefined;
    before.add(id);
  }
  // One that somebody has gone back to meanwhile is folded on, and looked at again.
  let dropped = 0;
  await changeGenerations(store, (all) => {
    const left = all.filter(({ id, state }) => !(before.has(id) && (state === 'retired' || state === 'failed')));
    dropped = all.length - left.length;
    return left;
  });
  return dropped === before.size ? dropped : undefined;
}
