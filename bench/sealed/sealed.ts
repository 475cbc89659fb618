import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/engine-process';
import { round, type Bench } from '../result';
import type { Workload } from '../workload';
import type { SealedRun } from './sealed-run';

const WORKLOAD: Workload = { seed: 1, events: 60_000, leads: 6_000 };
const TURNS = 3;

/**
 * What it costs to record what is personal under keys, and to read it again: ingestion and the build of all projections without HTTP, in turns
 * in clear and sealed, each in a process of its own. In processor seconds, the least of each, since others on the machine only add to them.
 */
export const runSealed: Bench = async () => {
  const [clear, sealed] = [least(), least()];
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const [how, best] of [
      ['clear', clear],
      ['sealed', sealed],
    ] as const) {
      const { folder, remove } = temporaryFolder();
      try {
        for (const half of ['ingest', 'rebuild'] as const) {
          const run = inOwnProcess(folder, half, how);
          best[half] = Math.min(best[half], run.cpu);
          best.run = run;
        }
      } finally {
        remove();
      }
    }
  const { recorded, ciphertexts, dataBytes } = sealed.run!;
  const bytes = (all: number) => Math.round(all / recorded);
  return {
    name: 'sealed',
    workload: `${WORKLOAD.events} events of ${WORKLOAD.leads} leads, sealed; beside it the same in clear; the least of ${TURNS} turns`,
    figures: {
      'ingestion, cpu s': round(sealed.ingest),
      'rebuild, cpu s': round(sealed.rebuild),
      'bytes of data an event': bytes(dataBytes),
      'with a ciphertext': `${round((100 * ciphertexts) / recorded, 1)} %`,
      'ingestion costs more': `${round(100 * (sealed.ingest / clear.ingest - 1), 1)} %`,
      'rebuild costs more': `${round(100 * (sealed.rebuild / clear.rebuild - 1), 1)} %`,
    },
    baseline: {
      'ingestion, cpu s': round(clear.ingest),
      'rebuild, cpu s': round(clear.rebuild),
      'bytes of data an event': bytes(clear.run!.dataBytes),
    },
    ratio: round(clear.ingest / sealed.ingest),
  };
};

const least = (): { ingest: number; rebuild: number; run?: SealedRun } => ({ ingest: Infinity, rebuild: Infinity });

function inOwnProcess(folder: string, half: 'ingest' | 'rebuild', how: 'clear' | 'sealed'): SealedRun {
  const program = [...process.execArgv, join(__dirname, 'sealed-run.js'), folder, half, how, JSON.stringify(WORKLOAD)];
  const output = execFileSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output.trim().split('\n').at(-1)!) as SealedRun;
}
