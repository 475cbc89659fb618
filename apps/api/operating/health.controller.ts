import { Controller, Get, Inject, Optional } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ArchivePlace } from '@leadlog/archive';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { NotBuiltYet, READ_MODEL_STORE, READ_MODELS, type ReadModels, type ReadModelStore } from '@leadlog/projections';
import { isBeside } from '@leadlog/scoring';
import { backendsReady, failedArchive } from '../../operating/readiness';
import { WrittenStorage } from '../../operating/written-storage';
import { RequestRefused } from '../problem-details';
import { Answers } from '../answer-schemas';
import { ARCHIVE } from './metrics.controller';
import { Live, Ready } from './operating.answers';

@ApiTags('operation')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(EVENT_LOG) readonly log: EventLog,
    @Inject(READ_MODEL_STORE) readonly store: ReadModelStore,
    @Inject(JOBS) readonly jobs: Jobs,
    @Inject(READ_MODELS) readonly readModels: ReadModels,
    @Optional() readonly written?: WrittenStorage,
    @Optional() @Inject(ARCHIVE) readonly archive?: ArchivePlace,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'The process is running' })
  @Answers(Live)
  live(): Live {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Storage answers and takes writes, and every projection has a live generation that this program reads' })
  @Answers(Ready)
  async ready(): Promise<Ready> {
    const { reasons } = await backendsReady(this);
    if (reasons.length > 0) throw new RequestRefused(503, reasons.join('; '));
    const position = await this.log.head();
    const { generations } = await this.store.registry();
    const names = [...new Set(generations.map(({ projection }) => projection))];
    // A model published beside the main one is built while everything else goes on.
    const building = await Promise.all(names.filter((name) => !isBeside(name)).sort().map((name) => this.notBuilt(name)));
    if (names.length === 0) throw new RequestRefused(503, 'no projection has been started yet; is the worker running?');
    if (building.some(Boolean)) throw new RequestRefused(503, building.filter(Boolean).join('; '));
    const failure = this.archive?.files.failure();
    // Said, but no reason to take events and questions elsewhere: what is not archived is read from the log, and every api reads the same archive.
    return { status: 'ready', position: String(position), projections: names.length, ...(failure && { warnings: [failedArchive(failure)] }) };
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
