import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandFailed } from '../cli/terminal';

/** The engine of the demo, in a process of its own, which lives by the time that it is told. */
export class DemoEngine {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Begins at `time`: ms, or 0 for the time of the machine. */
  static start(
    env: NodeJS.ProcessEnv,
    time: number,
    started: (child: ChildProcess) => void = () => undefined,
    program = join(__dirname, 'demo-engine.js'),
  ): Promise<DemoEngine> {
    const child = spawn(process.execPath, [...process.execArgv, program], {
      env: { LEADLOG_LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    started(child);
    child.send(time);
    return new Promise((ready, failed) => {
      child.once('exit', (code) => failed(new CommandFailed(`the engine ended with code ${code}; what it said is above`)));
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const url = /https?:\/\/\S+:\d+/.exec(line)?.[0];
        if (!url) return;
        child.removeAllListeners('exit');
        ready(new DemoEngine(child, url));
      });
    });
  }

  /** From now on it is this time there; 0: that of the machine. */
  async itIs(time: number): Promise<void> {
    const heard = once(this.child, 'message');
    this.child.send(time);
    await heard;
  }

  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}
