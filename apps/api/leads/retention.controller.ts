import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PreviewRetention, RunRetention } from '@leadlog/handoff/retention/retention.handlers';
import { Answers } from '../answer-schemas';
import { refused } from '../problem-details';
import { limitOf, wholeNumber } from '../query-parameters';
import { actorOf } from '../requests/actor-of';
import { Reads } from '../wait-for-position';
import { RetentionPreview, RetentionRun } from './retention.answers';
import { MOST_MONTHS, RetentionRunBody } from './retention.dto';

/** People of whom nothing was heard for long. Nobody is forgotten unless somebody asks for it. */
@ApiTags('leads')
@Controller('v1/retention')
@Reads('leads', 'handoffs')
export class RetentionController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Get('preview')
  @ApiOperation({
    summary: 'List people without any act for so many months, and what keeps some of them',
    description: 'A page may be short and still have a nextCursor.',
  })
  @ApiQuery({ name: 'months', required: true, type: 'integer', description: `1 to ${MOST_MONTHS}` })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(RetentionPreview)
  async preview(
    @Query('months') months?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<RetentionPreview> {
    const page = { limit: limitOf(limit), cursor };
    if (months === undefined) throw refused(400, '/months', `a whole number from 1 to ${MOST_MONTHS}`, 'nothing');
    const query = { months: wholeNumber('months', months, 1, 1, MOST_MONTHS), ...page };
    const { before, items, cursor: nextCursor, through } = await this.queries.execute(new PreviewRetention(query));
    return {
      before,
      items: items.map(({ lastActAt, ...one }) => ({ ...one, lastActAt: new Date(lastActAt).toISOString() })),
      nextCursor,
      position: String(through),
    };
  }

  @Post('run')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Forget the people without any act for so many months whom nothing keeps. It cannot be undone',
  })
  @Answers(RetentionRun, { status: 202 })
  async run(
    @Body() { months, limit = 100 }: RetentionRunBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RetentionRun> {
    const { position, ...run } = await this.commands.execute(new RunRetention({ months, limit, actor: actorOf(request) }));
    void reply.header('Leadlog-Position', String(position));
    return { ...run, position: String(position) };
  }
}
