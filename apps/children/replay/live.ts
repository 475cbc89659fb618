import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { PartMade, RunPart } from '@leadlog/replays';
import type { Settings } from '../../setup/settings';
import type { ToReplayProcess } from './main';
import type { FromReplayThread } from './thread';

const ENVIRONMENT = ['PATH', 'HOME', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS'];

/** How a worker runs the replays that are kept live: in a process for each part, which may be killed at any moment and has not the worker's environment, where secrets of webhooks are. */
export const liveReplaysOn = (settings: Settings, patienceMs?: number): RunPart => (code, work, signal) =>
  new Promise<PartMade>((made, failed) => {
    const child = fork(join(__dirname, 'main.js'), { env: Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]])), execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], signal, killSignal: 'SIGKILL' });
    child.once('message', (message: FromReplayThread) => {
      if ('failed' in message) failed(Object.assign(new Error(message.failed.message), { name: message.failed.name }));
      else if ('made' in message) made(message.made!);
    });
    child.once('error', failed);
    child.once('exit', (status, by) => failed(new Error(`the process that runs it ended with ${status ?? by}`)));
    child.send({ data: { settings, code, work }, patienceMs } satisfies ToReplayProcess, (error) => error && failed(error));
  });
