import 'dotenv/config';
import { archivePlace } from '../setup/history-folders';
import { logger, setLogLevel } from '../setup/logger';
import { Metrics } from '../operating/metrics';
import { startTracing } from '../operating/tracing';
import { runProgram, standsOn } from '../setup/program';
import { readSettings } from '../setup/settings';
import { listenForOperator } from './operator-http';
import { startWorker, type Worker } from './worker';

/** An api on the same machine has 3000. */
const DEFAULT_PORT = 3001;

function onStopped(reason: Error): void {
  logger.error(reason, 'the worker stopped');
  process.exit(1);
}

/** The worker as a process of its own, beside any number of apis and workers on the same storage. */
void runProgram('the worker', async () => {
  const settings = readSettings(process.env, DEFAULT_PORT);
  setLogLevel(settings.logLevel);
  const tracing = startTracing(settings, 'leadlog-worker');
  const metrics = new Metrics();
  const archive = settings.roles.has('archive') ? archivePlace(settings) : undefined;
  const started: { worker?: Worker } = {};
  // First, so that a worker that takes long to start can be seen to live.
  const http = await listenForOperator(settings, {
    ready: async () => started.worker?.ready() ?? { status: 'not-ready', reasons: ['the worker is starting'] },
    metrics: async () => ({
      type: metrics.contentType,
      text: await metrics.text(started.worker && { ...started.worker.backends, archive }),
    }),
  });
  const worker = await startWorker(settings, onStopped, metrics);
  started.worker = worker;
  return {
    ready: `Leadlog's worker is ready on ${http.url} (${[...settings.roles].join(', ')}; ${standsOn(settings)})`,
    stop: async () => {
      await worker.stop();
      await http.close();
      await tracing.stop();
    },
  };
});
