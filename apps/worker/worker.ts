import type { EventLog } from '@leadlog/event-log';
import { decode } from '@leadlog/events';
import {
  breachReaction,
  deliveryReaction,
  escalationReaction,
  reassignedReaction,
  handoffReactions,
  pauses,
  importTrickleReaction,
  trickleReaction,
} from '@leadlog/handoff';
import type { Organisation } from '@leadlog/organisation';
import {
  Diverged,
  LiveReadModels,
  ProjectionEngine,
  ReactionLoop,
  Retry,
  type ProjectionSource,
  type Reaction,
  type ReadModels,
} from '@leadlog/projections';
import { ScheduledReports } from '@leadlog/reports';
import { sharedDealReaction, voidedFactReaction } from '@leadlog/sales';
import { HotLeads, PublishedModels, type MainModel } from '@leadlog/scoring';
import type { AnswerFile, SqlQuestion } from '@leadlog/sql';
import { openBackends, type Backends } from '../setup/backends';
import { clockOf } from '../setup/clock';
import { archivePlace, reportFiles, reportResults, sqlProcesses, trialFiles } from '../setup/history-folders';
import { logger } from '../setup/logger';
import type { Metrics } from '../operating/metrics';
import { readMainModel } from '../setup/main-model';
import { observedBackends } from '../operating/observed-backends';
import { observedReaction } from '../operating/observed-projections';
import { backendsReady, failedArchive, type Readiness } from '../operating/readiness';
import { serverWrites } from '../operating/server-writes';
import { WrittenStorage, writtenPlaces } from '../operating/written-storage';
import { liveReplaysOn } from '../children/replay/live';
import type { Settings } from '../setup/settings';
import { DocumentsInForce } from '../setup/documents-in-force';
import { holidaysNotKnown } from '../setup/organisation';
import { webhookTargets } from '../setup/webhook-targets';
import { overruledFile, projectionSources, readableWith, tierReactions, type Models } from '../setup/projections';
import { ArchiveRole } from './archive-role';
import { overwriteClearEvents, sealWhatIsInClear } from './clear-events';
import { Deliveries } from './deliveries';
import { destroyKeysAgain, erasures } from './erasures';
import { dropsPersonalAnswers } from './kept-answers';
import { trialJobs } from './trial-jobs';

export interface Worker {
  /** Finishes what is in hand, commits it, and closes the storage. */
  stop(): Promise<void>;
  /** Whether it can do its work: its storage answers. */
  ready(): Promise<Readiness>;
  readonly backends: Backends;
}

/** Projections, reactions and jobs. `metrics`: those of its process, where it has them. */
export async function startWorker(settings: Settings, onStopped: (reason: Error) => void, metrics?: Metrics): Promise<Worker> {
  const backends = observedBackends(await openBackends(settings), metrics);
  const { roles } = settings;
  await untilAvailable(() => destroyKeysAgain(backends, clockOf(settings)));
  await untilAvailable(() => sealWhatIsInClear(settings, backends));
  const dropPersonalAnswers = dropsPersonalAnswers(settings, backends.keys);
  // A backup that was restored may have some.
  await untilAvailable(dropPersonalAnswers);
  const main = readMainModel(settings);
  const documents = await documentsInForce(backends.log, settings);
  const { policy } = documents;
  // Whoever enqueues needs only the names of destinations, so the secrets are asked of those that deliver.
  const targets = webhookTargets(settings, documents.ofSettings.policy().content);
  const deliveries = roles.has('jobs') ? new Deliveries(backends.jobs, targets) : undefined;
  // What somebody published must not keep a worker from starting; what its operator has set must be right.
  await deliveries?.deliverTo(policy.now().content.destinations, (reason) => {
    if (!policy.isPublished) throw reason;
    logger.warn(reason.message);
  });
  const readable = readableWith(projectionSources(settings, { main }));
  const readModels = new LiveReadModels(backends.store, readable);
  const models = { main, published: await publishedModels(backends.log, readModels, settings, main) };
  const sources = (): ProjectionSource[] => projectionSources(settings, models);
  const reactionsNow = (): Reaction[] =>
    reactionsOn(backends, readModels, documents, settings, models).map((reaction) => observedReaction(reaction, metrics));
  const reactions = roles.has('reactions')
    ? new ReactionLoop({ ...backends, reactions: reactionsNow(), clock: clockOf(settings), onWarning, readable })
    : undefined;
  let engine: ProjectionEngine | undefined;
  let stopping = false;
  const start = async (): Promise<void> => {
    engine = engineOn(backends, sources(), (reason) => {
      if (!(reason instanceof Diverged) || stopping) return onStopped(reason);
      logger.warn({ err: reason }, 'the read models went back or were lost; the engine starts again from what is there');
      void start().catch(onStopped);
    });
    await engine.start();
  };
  if (roles.has('projections')) await start();
  await reactions?.start();
  models.published.follow(async () => {
    await engine?.run(sources());
    reactions?.react(reactionsNow());
  });
  documents.follow(async () => {
    reactions?.react(reactionsNow());
    await deliveries?.deliverTo(policy.now().content.destinations, (reason) => logger.warn(reason.message));
  });
  const { timezone, archiveRestMs: restMs } = settings;
  const archive = roles.has('archive')
    ? new ArchiveRole({
        ...backends,
        log: backends.storedLog,
        ...archivePlace(settings),
        clock: Date.now,
        restMs,
        runReplay: liveReplaysOn(settings),
        // The worker that forgets people may be on another machine, without this folder.
        onWritten: () => void dropPersonalAnswers().catch((error: unknown) => onWarning('kept answers are looked through again', error)),
        onWarning,
      })
    : undefined;
  await archive?.start();
  // With the archive and not with the other jobs: its folder is what they read, and where what comes of them is kept.
  const reports = roles.has('archive')
    ? new ScheduledReports({
        jobs: backends.jobs,
        files: reportFiles(settings),
        results: reportResults(settings),
        timezone,
        clock: Date.now,
        ask: askOnce,
        onWarning,
      })
    : undefined;
  reports?.start();
  const trials = roles.has('archive') ? trialJobs(backends.jobs, trialFiles(settings), Date.now) : undefined;
  const written = new WrittenStorage(writtenPlaces(settings, { archive: roles.has('archive') }), serverWrites(settings, backends));
  return {
    backends,
    ready: async () => {
      const readiness = await backendsReady({ ...backends, written });
      const failure = archive && archivePlace(settings).files.failure();
      return failure ? { status: 'not-ready', reasons: [...readiness.reasons, failedArchive(failure)] } : readiness;
    },
    stop: async () => {
      stopping = true;
      await documents.stop();
      await trials?.stop();
      await reports?.stop();
      // Side by side: what the archive is writing comes to its end sooner once nothing else is folded.
      await Promise.all([
        archive?.stop(),
        models.published
          .stop()
          .then(() => reactions?.stop())
          .then(() => engine?.stop()),
      ]);
      await deliveries?.stop();
      await backends.close();
    },
  };
}

/** A log that is away is waited for. */
const untilAvailable = <T>(work: () => Promise<T>): Promise<T> =>
  new Retry(new AbortController().signal, (error) => onWarning(`waiting: ${error.message}`, error)).untilAvailable(work);

async function documentsInForce(log: EventLog, settings: Settings): Promise<DocumentsInForce> {
  const documents = new DocumentsInForce(log, settings, onWarning);
  await untilAvailable(() => documents.open());
  const notKnown = holidaysNotKnown(documents.organisation.now().content, Date.now());
  for (const warning of [...documents.overruled(), ...documents.unreadable(), ...(notKnown === undefined ? [] : [notKnown])])
    logger.warn(warning);
  return documents;
}

async function publishedModels(log: EventLog, readModels: ReadModels, settings: Settings, main: MainModel): Promise<PublishedModels> {
  const published = await untilAvailable(() => PublishedModels.open(log, readModels, settings.timezone, onWarning));
  const overruled = overruledFile(settings, { main, published });
  if (overruled !== undefined) logger.warn(overruled);
  return published;
}

function engineOn({ log, store }: Backends, sources: readonly ProjectionSource[], onStopped: (reason: Error) => void): ProjectionEngine {
  return new ProjectionEngine({ log, store, sources, decode, clock: Date.now, onWarning, onStopped });
}

function reactionsOn(
  backends: Backends,
  readModels: ReadModels,
  { policy, organisation: inForce }: DocumentsInForce,
  settings: Settings,
  models: Models,
): Reaction[] {
  const { log, jobs } = backends;
  const hotLeads = new HotLeads(log, readModels, models.main.modelId);
  const organisation = (): Organisation => inForce.now().content;
  const clock = clockOf(settings);
  return [
    ...tierReactions(log, clock, models),
    trickleReaction({ log, readModels, clock, timezone: settings.timezone }),
    importTrickleReaction({ log, readModels, clock, timezone: settings.timezone, perDay: policy.now().content.imports.perDay }),
    ...handoffReactions({
      log,
      readModels,
      policy,
      organisation,
      pauseOf: pauses({ policyAt: (ms) => policy.at(ms).content, organisation }),
      clock,
      timezone: settings.timezone,
      isHot: (leadId) => hotLeads.isHot(leadId),
    }),
    deliveryReaction(log, jobs, policy, clock),
    breachReaction({ log, readModels, clock, policy, organisation }),
    escalationReaction(jobs, clock),
    reassignedReaction(jobs, policy, clock),
    sharedDealReaction(log),
    voidedFactReaction(log),
    ...erasures(backends, policy, clock, {
      dropPersonalAnswers: dropsPersonalAnswers(settings, backends.keys),
      overwriteLog: () => overwriteClearEvents(settings),
    }),
  ];
}

/** In a process that ends with the question: between reports of a schedule it would hold its memory for nothing. */
async function askOnce(question: SqlQuestion, options: { signal: AbortSignal }): Promise<AnswerFile> {
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
