import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { environmentOf, temporaryFolder } from '../support/engine-process';
import { OWNED } from '../support/owner-key';

async function interrupt(group: number): Promise<void> {
  try {
    process.kill(group, 'SIGINT');
  } catch (error) {
    // All are gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await eventLoopTurn();
}

it('Ctrl-C ends the demo and its engine quietly, also while it sends and pressed again; until then it says how far it is', async () => {
  const { folder, remove } = temporaryFolder();
  const child = spawn(process.execPath, ['dist/apps/standalone/demo.js'], {
    env: { ...process.env, ...environmentOf(folder), ...OWNED, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(child, 'close');
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    // A terminal tells the engine too; and who is impatient presses again.
    if (/^demo: \d+ events sent, day \d+ of 183$/.test(line)) for (let pressed = 0; pressed < 3; pressed += 1) await interrupt(-child.pid!);
  }
  expect([await closed, said.filter((line) => !/^demo: |^An engine on /.test(line))]).toEqual([[130, null], []]);
  const engine = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join('\n'))![0];
  await expect(fetch(`${engine}/health/live`)).rejects.toThrow();
  remove();
});
