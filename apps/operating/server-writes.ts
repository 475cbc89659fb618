import { randomUUID } from 'node:crypto';
import { WrongExpectedRevision, type EventLog } from '@leadlog/event-log';
import type { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import type { Backends } from '../setup/backends';
import type { Settings } from '../setup/settings';

/** Tries whether a server takes writes; rejects with why it does not. */
export interface ServerWrite {
  what: string;
  tryWrite(): Promise<void>;
}

/**
 * The servers that the settings name: one that is full, or follows another, answers every read. Jobs are in the Redis of the read models.
 */
export function serverWrites(
  { eventStoreUrl, redisUrl }: Pick<Settings, 'eventStoreUrl' | 'redisUrl'>,
  { log, store }: Pick<Backends, 'log' | 'store'>,
): ServerWrite[] {
  return [
    ...(eventStoreUrl ? [{ what: 'the event log', tryWrite: () => tryAppend(log) }] : []),
    ...(redisUrl ? [{ what: 'the read models and jobs', tryWrite: () => (store as RedisReadModelStore).tryWrite() }] : []),
  ];
}

const NEVER_REACHED = 1_000_000_000n;

/**
 * Whoever may write, to a node that takes writes, is told that the revision is another; nothing is written, since an event would stay for
 * ever.
 */
export async function tryAppend(log: EventLog): Promise<void> {
  const id = randomUUID();
  const metadata = {
    occurredAt: new Date(0).toISOString(),
    source: 'leadlog/ready',
    sourceId: id,
    initiator: 'seller',
    actor: { kind: 'system', id: 'ready' },
    schemaVersion: 1,
  } as const;
  try {
    await log.append('write-probe', [{ id, type: 'WriteTried', data: {}, metadata }], { expected: NEVER_REACHED });
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
  }
}
