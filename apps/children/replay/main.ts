import { setPriority } from 'node:os';
import { answerParent } from '@leadlog/children';
import type { ReplayAnswer, ReplayThreadData } from './thread';
import { runReplayThread } from './threads';

/** Code that blocks its thread for longer is taken for one that never ends. */
const PATIENCE_MS = 60_000;
/** Of the states of keys that have changed, or of all when a replay is made anew. */
const MEMORY_MIB = 1_024;

export interface ToReplayProcess {
  data: ReplayThreadData;
  patienceMs?: number;
}

/**
 * A process that runs one part of a replay for a worker, and ends. The report's code is in a thread, so that this one stays free to end
 * the process when the code never comes back, and when the worker is gone.
 */
answerParent(
  ({ data, patienceMs = PATIENCE_MS }: ToReplayProcess): Promise<ReplayAnswer> => {
    // Who sends events waits for an answer, and must not wait for this.
    setPriority(data.settings.backgroundNice);
    return runReplayThread(data, { memoryMiB: MEMORY_MIB, patienceMs });
  },
  { once: true, end: () => void process.kill(process.pid, 'SIGKILL') },
);
