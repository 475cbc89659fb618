import type { Backends } from '../setup/backends';
import type { Metrics } from './metrics';
import { ObservedEventLog } from './observed-event-log';
import { ObservedJobs } from './observed-jobs';
import { observedStore } from './observed-projections';

/** The same storage, with what a process does to it measured and traced. */
export function observedBackends({ log, store, jobs, ...rest }: Backends, metrics?: Metrics): Backends {
  return {
    ...rest,
    log: new ObservedEventLog(log, metrics),
    store: observedStore(store, metrics),
    jobs: new ObservedJobs(jobs, metrics),
  };
}
