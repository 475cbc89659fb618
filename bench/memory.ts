import { rebuildOnce } from './rebuild';
import { round, type Bench } from './result';

/** The largest resident set of a process that rebuilds everything. */
export const runMemory: Bench = async () => {
  const { engine, bare } = await rebuildOnce();
  return {
    name: 'memory',
    workload: '1,000,000 events of 100,000 leads, all built-in projections rebuilt; largest resident set of the process',
    figures: { 'resident MiB': round(engine.residentMiB, 0), documents: engine.documents },
    baseline: { 'resident MiB': round(bare.residentMiB, 0), documents: bare.documents },
    ratio: round(bare.residentMiB / engine.residentMiB),
  };
};
