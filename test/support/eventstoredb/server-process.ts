import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The built test server as a process of its own, until `end`. */
export async function startEventStoreProcess(args: readonly string[] = []): Promise<{ url: string; end(): Promise<void> }> {
  const child = spawn(process.execPath, [resolve(process.cwd(), 'dist/test/support/eventstoredb/main.js'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    end: async () => {
      child.kill();
      await gone;
    },
  };
}
