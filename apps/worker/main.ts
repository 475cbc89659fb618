import 'dotenv/config';
import { logger } from '../logger';
import { readSettings } from '../settings';
import { startWorker } from './worker';

/** The worker as a process of its own, beside an api on the same data folder. */
async function main(): Promise<void> {
  const worker = await startWorker(readSettings(process.env), (reason) => {
    logger.error(reason, 'the worker stopped');
    process.exit(1);
  });
  logger.info('the worker is running');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void worker.stop().then(() => process.exit(0)));
}

void main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
