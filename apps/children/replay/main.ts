import { constants, setPriority } from 'node:os';
import { runReplayThread } from './threads';
import type { FromReplayThread, ReplayThreadData } from './thread';

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
process.once('message', ({ data, patienceMs = PATIENCE_MS }: ToReplayProcess) => {
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  process.once('disconnect', end);
  // Who sends events waits for an answer, and must not wait for this.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  void runReplayThread(data, { memoryMiB: MEMORY_MIB, patienceMs })
    .catch(({ name, message }: Error): FromReplayThread => ({ failed: { name, message } }))
    .then((answer) => process.send!(answer, end));
});
