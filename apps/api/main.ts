import 'dotenv/config';
import { setLogLevel } from '../setup/logger';
import { startTracing } from '../operating/tracing';
import { howToGetIn, runProgram, standsOn } from '../setup/program';
import { readSettings } from '../setup/settings';
import { startApi } from './start-api';

/** The api as a process of its own; as many of them as one likes beside the workers. */
void runProgram('the api', async () => {
  const settings = readSettings(process.env);
  setLogLevel(settings.logLevel);
  const tracing = startTracing(settings, 'leadlog-api');
  const api = await startApi(settings);
  return {
    ready: `Leadlog's api is ready on ${api.url} (documentation at /docs, ${standsOn(settings)})\n${howToGetIn(api.url, api)}`.trimEnd(),
    stop: async () => {
      await api.close();
      await tracing.stop();
    },
  };
});
