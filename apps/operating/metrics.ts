import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { archiveLag, type ArchivePlace } from '@leadlog/archive';
import type { Backends } from '../setup/backends';
import { generationFigures, jobFigures, subscriptionDrops } from './storage-figures';

/** A scrape waits so long for a storage that does not answer; the figures of the process are told in any case. */
const PATIENCE_MS = 3_000;
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const GENERATION = ['projection', 'generation', 'state'] as const;

/** What figures are asked of; the archive where this process has its folder. */
export type Watched = Pick<Backends, 'log' | 'store' | 'jobs'> & { archive?: ArchivePlace };

export type AppendOutcomeLabel = 'written' | 'conflict' | 'too-large' | 'unknown' | 'unavailable' | 'overloaded';

/**
 * What Prometheus may ask a process: what it has done itself (requests, appends), and how the storage stands, which is
 * the same whichever process is asked. docs/observability.md lists the names.
 */
export class Metrics {
  private readonly registry = new Registry();
  readonly requestSeconds = new Histogram({
    name: 'leadlog_http_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: LATENCIES,
    registers: [this.registry],
  });
  readonly appendSeconds = new Histogram({
    name: 'leadlog_event_log_append_duration_seconds',
    help: 'From asking the log to append to its durable answer, one or many events',
    labelNames: ['outcome'],
    buckets: LATENCIES,
    registers: [this.registry],
  });
  readonly appendedEvents = new Counter({
    name: 'leadlog_event_log_appended_events_total',
    help: 'Events written by this process; repeats are not',
    registers: [this.registry],
  });
  readonly commitSeconds = new Histogram({
    name: 'leadlog_projection_commit_duration_seconds',
    help: 'One commit of read models, of all generations that follow together',
    labelNames: ['outcome'],
    buckets: LATENCIES,
    registers: [this.registry],
  });
  readonly reactionSeconds = new Histogram({
    name: 'leadlog_reaction_duration_seconds',
    help: 'One reaction to one key',
    labelNames: ['reaction', 'outcome'],
    buckets: LATENCIES,
    registers: [this.registry],
  });
  readonly jobSeconds = new Histogram({
    name: 'leadlog_job_duration_seconds',
    help: 'One try of a job',
    labelNames: ['queue', 'outcome'],
    buckets: LATENCIES,
    registers: [this.registry],
  });
  private readonly drops = new Counter({
    name: 'leadlog_event_log_subscription_drops_total',
    help: 'Live subscriptions that the server dropped in a burst and that were taken up again at once; routine',
    registers: [this.registry],
  });
  private readonly up = this.gauge('leadlog_storage_up', '1 when the storage answers this process', ['storage']);
  private readonly head = this.gauge('leadlog_log_head_position', 'Position of the last event', []);
  private readonly lag = this.gauge(
    'leadlog_projection_lag_positions',
    'Positions between the checkpoint of a generation and the head of the log',
    GENERATION,
  );
  private readonly rate = this.gauge('leadlog_projection_events_per_second', 'Events folded per second just now', GENERATION);
  private readonly parked = this.gauge('leadlog_projection_parked_keys', 'Keys that wait for a repair', GENERATION);
  private readonly generations = this.gauge('leadlog_projection_generations', 'Generations of a projection by their state', [
    'projection',
    'state',
  ]);
  private readonly jobs = this.gauge(
    'leadlog_jobs',
    'Jobs by queue and state; delayed ones wait until they are due, dead ones for a redrive',
    ['queue', 'state'],
  );
  private readonly archivePositions = this.gauge(
    'leadlog_archive_lag_positions',
    'Positions between what is archived and the head of the log',
    [],
  );
  private readonly archiveSeconds = this.gauge(
    'leadlog_archive_lag_seconds',
    'How long ago the oldest event was recorded that is not archived; 0 when all are',
    [],
  );
  private readonly archiveFailed = this.gauge('leadlog_archive_failed', '1 while the archive cannot be written', []);

  /** Of an API: how many streams of changes are open. */
  liveStreams: (() => number) | undefined;

  constructor() {
    const { registry } = this;
    const streams = (): number => this.liveStreams?.() ?? 0;
    new Gauge({
      name: 'leadlog_live_streams',
      help: 'Streams of changes (GET /v1/live) that are open',
      registers: [registry],
      collect() {
        this.set(streams());
      },
    });
    collectDefaultMetrics({ register: this.registry });
    this.forgetArchive();
  }

  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;

  /** Everything, in the text format of Prometheus; without a storage what the process says of itself. */
  async text(backends?: Watched): Promise<string> {
    if (backends) await this.look(backends);
    return this.registry.metrics();
  }

  private async look(backends: Watched): Promise<void> {
    const head = await answered(backends.log.head());
    const { archive, log } = backends;
    const [generations, jobs, behind] = await Promise.all([
      answered(generationFigures(backends.store, head ?? -1n)),
      answered(jobFigures(backends.jobs)),
      archive && head !== undefined ? answered(archiveLag(archive, log, head, Date.now())) : undefined,
    ]);
    const failed = archive && (await answered(Promise.resolve().then(() => archive.files.failure() !== undefined)));
    // Without a pause from here on, so that two scrapes at once do not see each other's half.
    for (const gauge of [this.head, this.lag, this.rate, this.parked, this.generations, this.jobs]) gauge.reset();
    this.forgetArchive();
    for (const [storage, answer] of Object.entries({ event_log: head, read_models: generations, jobs }))
      this.up.set({ storage }, answer === undefined ? 0 : 1);
    if (head !== undefined) this.head.set(Number(head));
    for (const { generation, lag, eventsPerSecond, parkedKeys } of generations ?? []) {
      const { projection, id, state } = generation;
      const labels = { projection, generation: id, state };
      if (head !== undefined) this.lag.set(labels, lag);
      this.rate.set(labels, eventsPerSecond);
      this.parked.set(labels, parkedKeys);
      this.generations.inc({ projection, state });
    }
    for (const [queue, { waiting, delayed, active, done, dead }] of jobs ?? [])
      for (const [state, count] of Object.entries({ waiting: waiting - delayed, delayed, active, done, dead }))
        this.jobs.set({ queue, state }, count);
    if (failed !== undefined) this.archiveFailed.set(failed ? 1 : 0);
    if (behind) {
      this.archivePositions.set(behind.positions);
      this.archiveSeconds.set(behind.seconds);
    }
    this.drops.reset();
    this.drops.inc(subscriptionDrops(backends.log) ?? 0);
  }

  /** A gauge without labels says 0 of itself; what is not known is not 0. */
  private forgetArchive(): void {
    for (const gauge of [this.archivePositions, this.archiveSeconds, this.archiveFailed]) gauge.remove();
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}

/** Undefined when it fails or takes too long. */
async function answered<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), PATIENCE_MS)));
  try {
    return await Promise.race([answer, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
