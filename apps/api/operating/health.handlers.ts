import { Inject, Optional } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ArchivePlace } from '@leadlog/archive';
import { EVENT_LOG, type EventLog, type Position } from '@leadlog/event-log';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { NotBuiltYet, READ_MODEL_STORE, READ_MODELS, type ReadModels, type ReadModelStore } from '@leadlog/projections';
import { isBeside } from '@leadlog/scoring';
import { Metrics } from '../../operating/metrics';
import { backendsReady, failedArchive } from '../../operating/readiness';
import { WrittenStorage } from '../../operating/written-storage';

/** Injection token of the archive's place. */
export const ARCHIVE = 'Archive';

/** Injection token of what tells what was published and cannot be read by this program. */
export const UNREADABLE = 'Unreadable';

/** Whether this API can answer; `reasons`: why not. */
export class GetReadiness extends Query<{ position: Position; projections: number; warnings: string[] } | { reasons: string[] }> {}

@QueryHandler(GetReadiness)
export class GetReadinessHandler implements IQueryHandler<GetReadiness> {
  constructor(
    @Inject(EVENT_LOG) readonly log: EventLog,
    @Inject(READ_MODEL_STORE) readonly store: ReadModelStore,
    @Inject(JOBS) readonly jobs: Jobs,
    @Inject(READ_MODELS) readonly readModels: ReadModels,
    @Optional() readonly written?: WrittenStorage,
    @Optional() @Inject(ARCHIVE) readonly archive?: ArchivePlace,
    @Optional() @Inject(UNREADABLE) readonly unreadable?: () => string[],
  ) {}

  async execute() {
    const { reasons } = await backendsReady(this);
    if (reasons.length > 0) return { reasons: [...reasons] };
    const position = await this.log.head();
    const { generations } = await this.store.registry();
    const names = [...new Set(generations.map(({ projection }) => projection))];
    if (names.length === 0) return { reasons: ['no projection has been started yet; is the worker running?'] };
    // A model published beside the main one is built while everything else goes on.
    const building = await Promise.all(
      names
        .filter((name) => !isBeside(name))
        .sort()
        .map((name) => this.notBuilt(name)),
    );
    if (building.some(Boolean)) return { reasons: building.flatMap((reason) => reason ?? []) };
    const failure = this.archive?.files.failure();
    // Said, but no reason to take events and questions elsewhere: what is not archived is read from the log, and every api reads the same
    // archive.
    return {
      position,
      projections: names.length,
      warnings: [...(failure ? [failedArchive(failure)] : []), ...(this.unreadable?.() ?? [])],
    };
  }

  private async notBuilt(projection: string): Promise<string | undefined> {
    try {
      await this.readModels.view(projection);
      return undefined;
    } catch (error) {
      if (error instanceof NotBuiltYet) return error.message;
      throw error;
    }
  }
}

/** In the text format of Prometheus. */
export class GetMetrics extends Query<{ contentType: string; text: string }> {}

@QueryHandler(GetMetrics)
export class GetMetricsHandler implements IQueryHandler<GetMetrics> {
  constructor(
    private readonly metrics: Metrics,
    @Inject(EVENT_LOG) readonly log: EventLog,
    @Inject(READ_MODEL_STORE) readonly store: ReadModelStore,
    @Inject(JOBS) readonly jobs: Jobs,
    @Optional() @Inject(ARCHIVE) readonly archive?: ArchivePlace,
  ) {}

  async execute() {
    return { contentType: this.metrics.contentType, text: await this.metrics.text(this) };
  }
}
