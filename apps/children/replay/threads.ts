import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorOf, type FromChild } from '@leadlog/children';
import { LeadlogError } from '@leadlog/errors';
import type { ReplayAnswer, ReplayThreadData } from './thread';

const LOOK_EVERY_MS = 500;

/** The code of a report ended its thread, or has to be ended. */
export class ReplayStopped extends LeadlogError {
  readonly kind = 'invalid';
}

export interface ReplayThreadOptions {
  onEvents?: (events: number) => void;
  /** Aborted, the thread ends with the events that it has in hand. */
  signal?: AbortSignal;
  /** Of JavaScript in the thread; as much as Node gives by default. */
  memoryMiB?: number;
  /** Code that blocks its thread for longer is taken for one that never ends; by default none is. */
  patienceMs?: number;
}

/**
 * Runs a part of a replay in a thread of its own. Rejects with an error of the name that it has there, or with ReplayStopped. The thread
 * is never ended from here: in the middle of a statement DuckDB would take the process along. One that is stuck goes with its process.
 */
export function runReplayThread(
  workerData: ReplayThreadData,
  { onEvents, signal, memoryMiB, patienceMs = Infinity }: ReplayThreadOptions = {},
): Promise<ReplayAnswer> {
  // What a report prints is no answer of ours.
  const thread = new Worker(join(__dirname, 'thread.js'), {
    workerData,
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
  });
  thread.stdout.on('data', (text: Buffer) => void process.stderr.write(text));
  const stop = (): void => thread.postMessage('stop');
  signal?.addEventListener('abort', stop);
  // From when its own program is loaded, which is not the report's.
  let heard = Infinity;
  let watch: NodeJS.Timeout;
  return new Promise<ReplayAnswer>((answered, failed) => {
    watch = setInterval(() => {
      if (performance.now() - heard > patienceMs)
        failed(new ReplayStopped(`its code did not come back for ${patienceMs / 1_000} s, so it was stopped; does a loop in it end?`));
    }, LOOK_EVERY_MS);
    thread.on('message', (message: FromChild<ReplayAnswer>) => {
      heard = performance.now();
      if ('answer' in message) answered(message.answer);
      else if ('error' in message) failed(errorOf(message.error));
      else if ('progress' in message && message.progress > 0) onEvents?.(message.progress);
    });
    thread.once('error', (error: NodeJS.ErrnoException) => failed(stoppedBy(error, memoryMiB)));
    thread.once('exit', (code) => failed(new ReplayStopped(`its code ended the thread with ${code} before it was through`)));
  }).finally(() => {
    clearInterval(watch);
    signal?.removeEventListener('abort', stop);
  });
}

function stoppedBy({ code, name, message }: NodeJS.ErrnoException, memoryMiB: number | undefined): ReplayStopped {
  if (code !== 'ERR_WORKER_OUT_OF_MEMORY') return new ReplayStopped(`${name}: ${message}`);
  return new ReplayStopped(
    `it needs more memory than there is for a thread${memoryMiB === undefined ? '' : ` (${memoryMiB} MiB)`}; keep less in the states, or fewer keys`,
  );
}
