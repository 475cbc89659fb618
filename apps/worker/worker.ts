import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { deliveryReaction, handoffReaction, webhookJobs, type Destination, type HandoffPolicy } from '@leadlog/handoff';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { decode } from '@leadlog/lead';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { tierReaction } from '@leadlog/scoring';
import { dataFiles } from '../data-folder';
import { logger } from '../logger';
import { WrongSetting, type Settings } from '../settings';
import { projectionSources, readPolicy } from './projections';

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
  const policy = readPolicy(settings);
  const readModels = new LiveReadModels(store);
  const engine = new ProjectionEngine({
    log,
    store,
    sources: projectionSources(settings),
    reactions: [tierReaction(log, Date.now), handoffReaction({ log, readModels, policy, clock: Date.now }), deliveryReaction(log, jobs, policy)],
    decode,
    clock: Date.now,
    onWarning: warn,
    onStopped,
  });
  const deliveries = webhookJobs(jobs, destinationsOf(policy));
  await engine.start();
  return {
    stop: async () => {
      await engine.stop();
      await deliveries.stop();
      await jobs.close();
      await store.close();
      await log.close();
    },
  };
}

function destinationsOf({ destinations }: HandoffPolicy): Destination[] {
  return destinations.map(({ name, url, secretEnv }) => {
    const secret = process.env[secretEnv];
    if (!secret) throw new WrongSetting(`${secretEnv}: expected the secret of webhook destination ${name} in the environment, got nothing`);
    return { name, url, secret };
  });
}
