import { deliveryReaction, handoffReaction, webhookJobs, type Destination, type HandoffPolicy } from '@leadlog/handoff';
import { decode } from '@leadlog/lead';
import { Diverged, LiveReadModels, ProjectionEngine, ReactionLoop } from '@leadlog/projections';
import { tierReaction } from '@leadlog/scoring';
import { openBackends, type Backends } from '../backends';
import { logger } from '../logger';
import { WrongSetting, type Settings } from '../settings';
import { projectionSources, readPolicy } from './projections';

export interface Worker {
  /** Finishes what is in hand, commits it, and closes the storage. */
  stop(): Promise<void>;
}

/** Projections, reactions and jobs. */
export async function startWorker(settings: Settings, onStopped: (reason: Error) => void): Promise<Worker> {
  const backends = await openBackends(settings);
  const policy = readPolicy(settings);
  const deliveries = webhookJobs(backends.jobs, destinationsOf(policy));
  const reactions = reactionsOn(backends, policy);
  let engine: ProjectionEngine;
  let stopping = false;
  const start = async (): Promise<void> => {
    engine = engineOn(backends, settings, (reason) => {
      if (!(reason instanceof Diverged) || stopping) return onStopped(reason);
      logger.warn({ err: reason }, 'the read models went back or were lost; the engine starts again from what is there');
      void start().catch(onStopped);
    });
    await engine.start();
  };
  await start();
  await reactions.start();
  return {
    stop: async () => {
      stopping = true;
      await reactions.stop();
      await engine.stop();
      await deliveries.stop();
      await backends.close();
    },
  };
}

function engineOn({ log, store }: Backends, settings: Settings, onStopped: (reason: Error) => void): ProjectionEngine {
  return new ProjectionEngine({ log, store, sources: projectionSources(settings), decode, clock: Date.now, onWarning, onStopped });
}

function reactionsOn({ log, store, jobs }: Backends, policy: HandoffPolicy): ReactionLoop {
  const readModels = new LiveReadModels(store);
  const reactions = [tierReaction(log, Date.now), handoffReaction({ log, readModels, policy, clock: Date.now }), deliveryReaction(log, jobs, policy)];
  return new ReactionLoop({ log, store, reactions, clock: Date.now, onWarning });
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
