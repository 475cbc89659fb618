import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { environmentOf, temporaryFolder } from './support/engine-process';

it('Ctrl-C ends the demo and its engine quietly, also while it sends; until then it says how far it is', async () => {
  const { folder, remove } = temporaryFolder();
  const child = spawn(process.execPath, ['dist/apps/standalone/demo.js'], { env: { ...process.env, ...environmentOf(folder), PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (/^demo: \d+ events sent, day \d+ of 183$/.test(line)) child.kill('SIGINT');
  }
  expect([await closed, said.filter((line) => /Error|^ {4}at |^\{/.test(line))]).toEqual([[130, null], []]);
  const engine = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join('\n'))![0];
  await expect(fetch(`${engine}/health/live`)).rejects.toThrow();
  remove();
});
