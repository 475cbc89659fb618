import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { logger, setLogLevel } from '../setup/logger';
import { startTracing } from '../operating/tracing';
import { WrongSetting, type Settings } from '../setup/settings';
import { startWorker } from './worker';

export type WorkerSaid = 'ready' | { wrongSetting: string };

/** The worker as a thread of the standalone program. Ends when told to, or when another worker has taken over. */
async function main(): Promise<void> {
  const settings = workerData as Settings;
  // Where it concerns this thread alone: whoever sends events waits for an answer, read models may come after. On Linux a
  // priority is a thread's; elsewhere it would be the whole program's.
  if (process.platform === 'linux') setPriority(settings.backgroundNice);
  setLogLevel(settings.logLevel);
  const tracing = startTracing(settings, 'leadlog-worker');
  const worker = await startWorker(settings, (reason) => {
    logger.error(reason, 'the worker stopped');
    process.exit(1);
  });
  parentPort!.once('message', () => {
    void worker
      .stop()
      .then(() => tracing.stop())
      .then(() => process.exit(0));
  });
  say('ready');
}

const say = (said: WorkerSaid): void => parentPort!.postMessage(said);

void main().catch((error: unknown) => {
  if (!(error instanceof WrongSetting)) throw error;
  say({ wrongSetting: error.message });
});
