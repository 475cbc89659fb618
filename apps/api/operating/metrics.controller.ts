import { Controller, Get, Inject, Optional, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ArchivePlace } from '@leadlog/archive';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { READ_MODEL_STORE, type ReadModelStore } from '@leadlog/projections';
import { Metrics } from '../../operating/metrics';

/** Injection token of the archive's place. */
export const ARCHIVE = 'Archive';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(EVENT_LOG) readonly log: EventLog,
    @Inject(READ_MODEL_STORE) readonly store: ReadModelStore,
    @Inject(JOBS) readonly jobs: Jobs,
    @Optional() @Inject(ARCHIVE) readonly archive?: ArchivePlace,
  ) {}

  @Get()
  async text(@Res() reply: FastifyReply) {
    await reply.header('content-type', this.metrics.contentType).send(await this.metrics.text(this));
  }
}
