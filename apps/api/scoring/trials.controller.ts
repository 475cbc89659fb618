import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Trial, TrialResult } from '@leadlog/scoring';
import { CancelTrial, GetTrial, ListTrials, StartTrial } from '@leadlog/scoring/scoring.handlers';
import { isCalendarDate } from '@leadlog/time';
import { notKnown, refused } from '../problem-details';
import { Answers } from '../answer-schemas';
import { TrialBody } from './trials.dto';
import { StartedTrial, TrialList, TrialWithResult } from './models.answers';

/** What a model would do, and what it would have done. Each trial is a job of a worker with the archive. */
@ApiTags('models')
@Controller('v1')
export class TrialsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('models/:id/trials')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a preview, a backtest or a suggestion; GET /v1/trials/{trial} gives its progress and result' })
  @Answers(StartedTrial, { status: 202 })
  async start(
    @Param('id') modelId: string,
    @Body() { kind, version, document, mode, rollback = false, against = [], ...options }: TrialBody,
  ) {
    if (version !== undefined && document !== undefined) throw refused(422, '', 'either a version or a document', 'both');
    if (rollback && (kind !== 'preview' || version !== undefined || document !== undefined || mode !== undefined))
      throw refused(
        422,
        '/rollback',
        'it with a preview, and without version, document and mode',
        `it with a ${kind}${kind === 'preview' ? ' and others' : ''}`,
      );
    if (mode !== undefined && kind !== 'preview') throw refused(422, '/mode', 'it with a preview only', `it with a ${kind}`);
    for (const name of ['from', 'to'] as const) {
      const day = options[name];
      if (day !== undefined && !isCalendarDate(day)) throw refused(400, `/${name}`, 'a day as YYYY-MM-DD', JSON.stringify(day));
    }
    const of = rollback ? 'rollback' : document === undefined ? { version } : { text: document };
    const trial = await this.commands.execute(new StartTrial(modelId, { kind, of, prospective: mode === 'prospective', against, options }));
    if ('refused' in trial) throw refused(409, '/rollback', trial.refused.expected, trial.refused.got);
    return trial;
  }

  @Get('models/:id/trials')
  @ApiOperation({ summary: 'List the trials of a model, newest first, with their main figures side by side' })
  @Answers(TrialList)
  async list(@Param('id') modelId: string) {
    return { items: await this.queries.execute(new ListTrials(modelId)) };
  }

  @Get('trials/:trial')
  @ApiOperation({ summary: 'Progress and result of a trial' })
  @Answers(TrialWithResult)
  async one(@Param('trial') id: string): Promise<Trial & { result?: TrialResult }> {
    return there(id, await this.queries.execute(new GetTrial(id)));
  }

  @Delete('trials/:trial')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a trial; a finished one is kept' })
  @Answers(TrialWithResult)
  async cancel(@Param('trial') id: string): Promise<Trial> {
    return there(id, await this.commands.execute(new CancelTrial(id)));
  }
}

function there<Found extends Trial>(id: string, trial: Found | undefined): Found {
  if (!trial) throw notKnown('/trial', 'a trial (GET /v1/models/{id}/trials lists those of a model)', id);
  return trial;
}
