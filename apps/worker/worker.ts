import { deliveryReaction, handoffReaction, webhookJobs, type Destination, type HandoffPolicy } from '@leadlog/handoff';
import { decode } from '@leadlog/lead';
import { Diverged, LiveReadModels, ProjectionEngine, ReactionLoop } from '@leadlog/projections';
import { ArchiveRole, ScheduledReports, type SqlAnswer, type SqlQuestion } from '@leadlog/reports';
import { tierReaction } from '@leadlog/scoring';
import { openBackends, type Backends } from '../backends';
import { archivePlace, reportFiles, reportResults, sqlProcesses } from '../history';
import { logger } from '../logger';
import type { Metrics } from '../operating/metrics';
import { observedBackends } from '../operating/observed-backends';
import { observedReaction } from '../operating/observed-projections';
import { backendsReady, type Readiness } from '../operating/readiness';
import { WrongSetting, type Settings } from '../settings';
import { projectionSources, readPolicy } from './projections';

export interface Worker {
  /** Finishes what is in hand, commits it, and closes the storage. */
  stop(): Promise<void>;
  /** Whether it can do its work: what it stands on answers. */
  ready(): Promise<Readiness>;
  readonly backends: Backends;
}

/** Projections, reactions and jobs. `metrics`: those of its process, where it has them. */
export async function startWorker(settings: Settings, onStopped: (reason: Error) => void, metrics?: Metrics): Promise<Worker> {
  const backends = observedBackends(await openBackends(settings), metrics);
  const policy = readPolicy(settings);
  const { roles } = settings;
  // Whoever enqueues needs only the names of destinations, so the secrets are asked of those that deliver.
  const deliveries = roles.has('jobs') ? webhookJobs(backends.jobs, destinationsOf(policy)) : undefined;
  const reactions = roles.has('reactions') ? reactionsOn(backends, policy, metrics) : undefined;
  let engine: ProjectionEngine | undefined;
  let stopping = false;
  const start = async (): Promise<void> => {
    engine = engineOn(backends, settings, (reason) => {
      if (!(reason instanceof Diverged) || stopping) return onStopped(reason);
      logger.warn({ err: reason }, 'the read models went back or were lost; the engine starts again from what is there');
      void start().catch(onStopped);
    });
    await engine.start();
  };
  if (roles.has('projections')) await start();
  await reactions?.start();
  const { timezone, archiveRestMs: restMs } = settings;
  const archive = roles.has('archive') ? new ArchiveRole({ ...backends, ...archivePlace(settings), clock: Date.now, restMs, onWarning }) : undefined;
  await archive?.start();
  // With the archive and not with the other jobs: answers are read from its folder and kept there.
  const reports = roles.has('archive') ? new ScheduledReports({ jobs: backends.jobs, files: reportFiles(settings), results: reportResults(settings), timezone, clock: Date.now, ask: askOnce, onWarning }) : undefined;
  reports?.start();
  return {
    backends,
    ready: () => backendsReady(backends),
    stop: async () => {
      stopping = true;
      await reports?.stop();
      await archive?.stop();
      await reactions?.stop();
      await engine?.stop();
      await deliveries?.stop();
      await backends.close();
    },
  };
}

function engineOn({ log, store }: Backends, settings: Settings, onStopped: (reason: Error) => void): ProjectionEngine {
  return new ProjectionEngine({ log, store, sources: projectionSources(settings), decode, clock: Date.now, onWarning, onStopped });
}

function reactionsOn({ log, store, jobs }: Backends, policy: HandoffPolicy, metrics: Metrics | undefined): ReactionLoop {
  const readModels = new LiveReadModels(store);
  const reactions = [tierReaction(log, Date.now), handoffReaction({ log, readModels, policy, clock: Date.now }), deliveryReaction(log, jobs, policy)];
  return new ReactionLoop({ log, store, reactions: reactions.map((reaction) => observedReaction(reaction, metrics)), clock: Date.now, onWarning });
}

/** In a process that ends with the question: between reports of a schedule it would hold its memory for nothing. */
async function askOnce(question: SqlQuestion, options: { signal: AbortSignal }): Promise<SqlAnswer> {
  const processes = sqlProcesses(1);
  try {
    return await processes.ask(question, options);
  } finally {
    processes.close();
  }
}

function onWarning(message: string, error?: unknown): void {
  logger.warn({ err: error }, message);
}

function destinationsOf({ destinations }: HandoffPolicy): Destination[] {
  return destinations.map(({ name, url, secretEnv }) => {
    const secret = process.env[secretEnv];
    if (!secret) throw new WrongSetting(`${secretEnv}: expected the secret of webhook destination ${name} in the environment, got nothing`);
    return { name, url, secret };
  });
}
