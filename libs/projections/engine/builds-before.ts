import type { Position } from '@leadlog/event-log';
import type { GenerationRecord, ReadModelStore } from '../store';
import { changeGenerations } from './generations';

/** The generations that are folded on and still stand before `position`. */
export async function buildsBehind(store: ReadModelStore, position: Position): Promise<GenerationRecord[]> {
  return (await buildsBefore(store, position)).filter(isFoldedOn);
}

/**
 * Drops the generations that stand before `position` and that nobody folds on: what was forgotten there stays in them for good. Answers how
 * many; undefined while one that is folded on is still before it.
 */
export async function dropBuildsBefore(store: ReadModelStore, position: Position): Promise<number | undefined> {
  const behind = await buildsBefore(store, position);
  if (behind.some(isFoldedOn)) return undefined;
  const before = new Set(behind.map(({ id }) => id));
  // One that somebody has gone back to meanwhile is folded on, and looked at again.
  let dropped = 0;
  await changeGenerations(store, (all) => {
    const left = all.filter((one) => isFoldedOn(one) || !before.has(one.id));
    dropped = all.length - left.length;
    return left;
  });
  return dropped === before.size ? dropped : undefined;
}

const isFoldedOn = ({ state }: GenerationRecord): boolean => state !== 'retired' && state !== 'failed';

async function buildsBefore(store: ReadModelStore, position: Position): Promise<GenerationRecord[]> {
  const before: GenerationRecord[] = [];
  for (const generation of (await store.registry()).generations) {
    const checkpoint = await store.checkpoint(generation.id);
    if (checkpoint === undefined || checkpoint < position) before.push(generation);
  }
  return before;
}
