import 'dotenv/config';
import { notStarted } from '../setup/program';
import { readSettings } from '../setup/settings';
import { startStandalone } from './standalone';

async function main(): Promise<void> {
  await startStandalone(readSettings(process.env));
}

void main().catch((error: unknown) => {
  process.stderr.write(notStarted('Leadlog', error));
  process.exit(1);
});
