import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

describe('a program that a test has started', () => {
  it('ends by itself, with the programs that it has started, when the process of the test is killed', async () => {
    const waits = 'setInterval(() => undefined, 1_000);';
    const startsAnother = `const { spawn } = require('node:child_process'); const { pid } = spawn(process.execPath, ['-e', ${JSON.stringify(waits)}], { stdio: 'inherit' }); console.log(process.pid, pid); ${waits}`;
    const args = ['--require', resolve(__dirname, 'with-its-parent.js'), '-e', startsAnother];
    const test = spawn(
      process.execPath,
      [
        '-e',
        `require('node:child_process').spawn(process.execPath, ${JSON.stringify(args)}, { stdio: 'inherit', env: { ...process.env, TEST_PROCESS_ID: process.pid, NODE_OPTIONS: ${JSON.stringify(`--require ${args[1]}`)} } }); ${waits}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(test.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/^\d+ \d+\n$/);
    // It closes when the last of those that write to it is gone.
    const closed = once(test.stdout.resume(), 'close');
    test.kill('SIGKILL');
    await closed;
  });
});
