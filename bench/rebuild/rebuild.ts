import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/engine-process';
import { recordHistory } from '../history';
import { perSecond, round, type Bench } from '../result';

const EVENTS = 1_000_000;
const LEADS = 100_000;

export interface RebuildRun {
  ms: number;
  /** Largest resident set of the process, MiB. */
  residentMiB: number;
  documents: number;
}

/** All built-in projections from the first event to live, in one pass, in a process of its own. */
export const runRebuild: Bench = async () => {
  const { engine, bare } = await rebuildOnce();
  return {
    name: 'rebuild',
    workload: `${EVENTS} events of ${LEADS} leads, all built-in projections in one pass into an empty store`,
    figures: { 'events/s': perSecond(EVENTS, engine.ms), seconds: round(engine.ms / 1_000), documents: engine.documents },
    baseline: { 'events/s': perSecond(EVENTS, bare.ms), seconds: round(bare.ms / 1_000), documents: bare.documents },
    ratio: round(bare.ms / engine.ms),
  };
};

export async function rebuildOnce(): Promise<{ engine: RebuildRun; bare: RebuildRun }> {
  return onHistory({ events: EVENTS, leads: LEADS }, (folder) => ({ engine: rebuildEngine(folder), bare: rebuildBare(folder) }));
}

/** A data folder with that history, while `work` lasts. */
export async function onHistory<T>(size: { events: number; leads: number }, work: (folder: string) => T): Promise<T> {
  const { folder, remove } = temporaryFolder();
  try {
    await recordHistory(folder, { seed: 3, ...size });
    return work(folder);
  } finally {
    remove();
  }
}

/** The engine alone; with the archive built by the same process, where that is its role. */
export function rebuildEngine(folder: string, ...roles: 'archive'[]): RebuildRun {
  return inOwnProcess('rebuild-engine.js', folder, ...roles);
}

/** The bare loop alone; into Redis where that is given. */
export function rebuildBare(folder: string, redisUrl?: string): RebuildRun {
  return inOwnProcess('rebuild-bare.js', folder, ...(redisUrl === undefined ? [] : [redisUrl]));
}

/** With the heap limits that the worker of the standalone program has. */
function inOwnProcess(program: string, ...args: string[]): RebuildRun {
  const output = execFileSync(
    process.execPath,
    [...process.execArgv, '--max-old-space-size=384', '--max-semi-space-size=32', join(__dirname, program), ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(output.trim().split('\n').at(-1)!) as RebuildRun;
}
