import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { onHistory, rebuildBare, rebuildEngine } from './rebuild/rebuild';
import { round, type Bench } from './result';

/** MEMORY_EVENTS: fewer, to see that it runs. */
const EVENTS = Number(process.env.MEMORY_EVENTS ?? 1_000_000);
const LEADS = EVENTS / 10;

/** The largest resident set of a process that rebuilds everything, without and with the archive being built beside it. */
export const runMemory: Bench = () =>
  onHistory({ events: EVENTS, leads: LEADS }, (folder) => {
    const engine = rebuildEngine(folder);
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `rebuilt.db${end}`), { force: true });
    const archiving = rebuildEngine(folder, 'archive');
    const bare = rebuildBare(folder);
    return {
      name: 'memory',
      workload: `${EVENTS.toLocaleString('en-US')} events of ${LEADS.toLocaleString('en-US')} leads, all built-in projections rebuilt; largest resident set of the process`,
      figures: {
        'resident MiB': round(engine.residentMiB, 0),
        'with the archive, MiB': round(archiving.residentMiB, 0),
        documents: engine.documents,
      },
      baseline: { 'resident MiB': round(bare.residentMiB, 0), documents: bare.documents },
      ratio: round(bare.residentMiB / engine.residentMiB),
    };
  });
