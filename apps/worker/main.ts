import 'dotenv/config';
import { logger, setLogLevel } from '../logger';
import type { Readiness } from '../operating/readiness';
import { runProgram, standsOn } from '../program';
import { readSettings } from '../settings';
import { listenForOperator } from './operator-http';
import { startWorker } from './worker';

/** An api on the same machine has 3000. */
const DEFAULT_PORT = 3001;

/** The worker as a process of its own, beside any number of apis and workers on the same storage. */
void runProgram('the worker', async () => {
  const settings = readSettings(process.env, DEFAULT_PORT);
  setLogLevel(settings.logLevel);
  let ready = (): Promise<Readiness> => Promise.resolve({ status: 'not-ready', reasons: ['the worker is starting'] });
  // First, so that a worker that takes long to start can be seen to live.
  const http = await listenForOperator(settings, { ready: () => ready() });
  const worker = await startWorker(settings, (reason) => {
    logger.error(reason, 'the worker stopped');
    process.exit(1);
  });
  ready = () => worker.ready();
  return {
    ready: `Leadlog's worker is ready on ${http.url} (${[...settings.roles].join(', ')}; ${standsOn(settings)})`,
    stop: async () => {
      await worker.stop();
      await http.close();
    },
  };
});
