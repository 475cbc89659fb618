import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import type { RunningApi } from '../api/start-api';
import { logger, setLogLevel } from '../setup/logger';
import { startTracing } from '../operating/tracing';
import { tlsOf } from '../setup/listening';
import { howToGetIn, howToSignIn } from '../setup/program';
import { WrongSetting, type Settings } from '../setup/settings';
import type { WorkerSaid } from '../worker/thread';

/**
 * A build keeps some 150 MiB of documents; without a limit garbage is let grow to several times that. Room for what lives
 * through a slice or two (three semi-spaces of 32 MiB) saves copying it.
 */
const WORKER_HEAP = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 96 };

/** Everything in one process on the embedded adapters: the api here, the worker in a thread, so that neither waits for the other. */
export async function startStandalone(settings: Settings): Promise<void> {
  setLogLevel(settings.logLevel);
  const tracing = startTracing(settings, 'leadlog-api');
  // Before anything runs that would have to be ended.
  tlsOf(settings);
  const starting = startWorkerThread(settings);
  // Loading it takes a second, as much as the worker takes in its thread: both at once, and neither for a setting that is wrong.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { startApi } = require('../api/start-api') as typeof import('../api/start-api');
  const worker = await starting;
  const api = await startApi(settings);
  // Programs that start this one wait for this line.
  process.stdout.write(
    `Leadlog is ready on ${api.url} (API at /docs, data in ${settings.dataFolder})\n${howToGetIn(api.url, api)}${howToSignIn(api.ownerLink())}`,
  );
  stopOnSignal(api, worker, tracing);
}

function startWorkerThread(settings: Settings): Promise<Worker> {
  const worker = new Worker(join(__dirname, '../worker/thread.js'), { workerData: settings, resourceLimits: WORKER_HEAP });
  return new Promise((ready, failed) => {
    worker.once('message', (said: WorkerSaid) => {
      // An error loses its class on its way from a thread.
      if (said !== 'ready') return failed(new WrongSetting(said.wrongSetting));
      worker.removeListener('error', failed);
      // Without its worker the api would answer from read models that stand still; whoever runs us starts us again.
      worker.on('error', (error) => {
        logger.fatal(error, 'the worker failed');
        process.exit(1);
      });
      worker.on('exit', (code) => {
        if (code !== 0) process.exit(1);
      });
      ready(worker);
    });
    worker.once('error', failed);
  });
}

function stopOnSignal(api: RunningApi, worker: Worker, tracing: { stop(): Promise<void> }): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    const workerGone = new Promise((gone) => worker.once('exit', gone));
    void api
      .close()
      .then(() => worker.postMessage('stop'))
      .then(() => Promise.all([workerGone, tracing.stop()]))
      .then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
