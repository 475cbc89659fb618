import type { EventLog } from '@leadlog/event-log';
import type { JobCounts, Jobs } from '@leadlog/jobs';
import { progressOf, type GenerationRecord, type ReadModelStore } from '@leadlog/projections';

export interface GenerationFigures {
  generation: GenerationRecord;
  /** Positions between its checkpoint and the head of the log. */
  lag: number;
  eventsPerSecond: number;
  parkedKeys: number;
}

/** Every generation there is, as its checkpoint and the engine's own report say. */
export async function generationFigures(store: ReadModelStore, head: bigint): Promise<GenerationFigures[]> {
  const { generations } = await store.registry();
  const told = await progressOf(store, Date.now);
  return Promise.all(
    generations.map(async (generation) => {
      const [checkpoint = -1n, parkedKeys] = await Promise.all([store.checkpoint(generation.id), store.listSize(generation.id, '~parked')]);
      // A worker may have folded what came after the head was read.
      return {
        generation,
        lag: Number(head > checkpoint ? head - checkpoint : 0n),
        eventsPerSecond: told.get(generation.id)?.rate ?? 0,
        parkedKeys,
      };
    }),
  );
}

export async function jobFigures(jobs: Jobs): Promise<[queue: string, counts: JobCounts][]> {
  const queues = await jobs.queues();
  return Promise.all(queues.map(async (queue): Promise<[string, JobCounts]> => [queue, await jobs.counts(queue)]));
}

/** Live subscriptions that the server dropped and that were taken up again, where the adapter has such a thing. */
export function subscriptionDrops(log: EventLog): number | undefined {
  return 'drops' in log && typeof log.drops === 'number' ? log.drops : undefined;
}
