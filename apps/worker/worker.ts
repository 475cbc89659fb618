import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { decode } from '@leadlog/lead';
import { ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { tierReaction } from '@leadlog/scoring';
import { dataFiles } from '../data-folder';
import { logger } from '../logger';
import type { Settings } from '../settings';
import { projectionSources } from './projections';

export interface Worker {
  /** Finishes what is in hand, commits it, and closes the files. */
  stop(): Promise<void>;
}

/** Projections, reactions and jobs on the embedded adapters. */
export async function startWorker(settings: Settings, onStopped: (reason: Error) => void): Promise<Worker> {
  const files = dataFiles(settings.dataFolder);
  const warn = (message: string, error?: unknown) => logger.warn({ err: error }, message);
  const log = SqliteEventLog.open({ file: files.log });
  const store = SqliteReadModelStore.open({ file: files.readModels });
  const jobs = SqliteJobs.open({ file: files.jobs, onWarning: warn });
  const engine = new ProjectionEngine({
    log,
    store,
    sources: projectionSources(settings),
    reactions: [tierReaction(log)],
    decode,
    clock: Date.now,
    onWarning: warn,
    onStopped,
  });
  await engine.start();
  return {
    stop: async () => {
      await engine.stop();
      await jobs.close();
      await store.close();
      await log.close();
    },
  };
}
