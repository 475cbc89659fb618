import { parentPort, workerData } from 'node:worker_threads';
import { logger } from '../logger';
import type { Settings } from '../settings';
import { startWorker } from './worker';

/** The worker as a thread of the standalone program. Ends when told to, or when another worker has taken over. */
async function main(): Promise<void> {
  const worker = await startWorker(workerData as Settings, (reason) => {
    logger.error(reason, 'the worker stopped');
    process.exit(1);
  });
  parentPort!.once('message', () => {
    void worker.stop().then(() => process.exit(0));
  });
  parentPort!.postMessage('ready');
}

void main();
