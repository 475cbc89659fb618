import { join } from 'node:path';
import { askChild, startChild } from '@leadlog/children';
import type { RunPart } from '@leadlog/replays';
import type { Settings } from '../../setup/settings';
import type { ToReplayProcess } from './main';
import type { ReplayAnswer } from './thread';

const ENVIRONMENT = ['PATH', 'HOME', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS'];

/**
 * How a worker runs the replays that are kept live: in a process for each part, which may be killed at any moment and has not the worker's
 * environment, where secrets of webhooks are.
 */
export const liveReplaysOn =
  (settings: Settings, patienceMs?: number): RunPart =>
  async (code, work, signal) => {
    const env = Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]]));
    const child = startChild(join(__dirname, 'main.js'), { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], signal });
    const died = (by: unknown) => new Error(`the process that runs it ended with ${String(by)}`);
    const { made } = await askChild<ToReplayProcess, ReplayAnswer>(child, { data: { settings, code, work }, patienceMs }, { died });
    return made!;
  };
