import 'dotenv/config';
import { notStarted } from '../setup/program';
import { readSettings } from '../setup/settings';
import { startStandalone } from './standalone';

/**
 * The engine of the demo: the standalone program, by the time that its parent tells (ms; 0 for that of the machine). It starts with the first
 * that it is told, and repeats each once it holds.
 */
const setTime = new Float64Array(new SharedArrayBuffer(8));
let started = false;

process.on('message', (time: number) => {
  setTime[0] = time;
  process.send!(time);
  if (started) return;
  started = true;
  void start();
});

// Nobody is left to tell it the time.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

async function start(): Promise<void> {
  try {
    await startStandalone({ ...readSettings(process.env), setTime });
  } catch (error) {
    process.stderr.write(notStarted('Leadlog', error));
    process.exit(1);
  }
}
