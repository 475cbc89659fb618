import { Body, Controller, Get, Inject, Put, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KPI_READ_MODELS, type KpiCalendar } from '@leadlog/sales';
import { GetBoard, KPI_CALENDAR, ListTargets, SetTarget } from '@leadlog/sales/sales.handlers';
import { daysOfPeriod } from '@leadlog/time';
import { Answers } from '../answer-schemas';
import { refusedFor, type RequestRefused } from '../problem-details';
import { limitOf, oneOf, wrong } from '../query-parameters';
import { actorOf } from '../requests/actor-of';
import { Reads } from '../wait-for-position';
import { Board, Targets, TargetSet } from './targets.answers';
import { COMPANY, TARGET_SCOPES, TargetBody } from './targets.dto';

@ApiTags('targets')
@Controller('v1')
@Reads('targets', ...KPI_READ_MODELS)
export class TargetsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    @Inject(KPI_CALENDAR) private readonly calendar: KpiCalendar,
  ) {}

  @Get('targets')
  @ApiOperation({ summary: 'List targets with what was reached and the pace, by period and whose they are' })
  @ApiQuery({ name: 'period', required: false, description: 'a month, a quarter, or the year in which a fiscal year begins' })
  @ApiQuery({ name: 'scope', required: false, enum: TARGET_SCOPES })
  @ApiQuery({ name: 'scopeId', required: false })
  @ApiQuery({ name: 'kpi', required: false })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Targets)
  async list(
    @Query('period') period?: string,
    @Query('scope') scope?: string,
    @Query('scopeId') scopeId?: string,
    @Query('kpi') kpi?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Targets> {
    if (period !== undefined && !daysOfPeriod(period)) throw wrongPeriod(period);
    const query = { period, scope: oneOf('scope', scope, TARGET_SCOPES), scopeId, kpi, limit: limitOf(limit), cursor };
    const { items, cursor: nextCursor, through } = await this.queries.execute(new ListTargets(query));
    return {
      items: items.map(({ position: _, setAt, ...one }) => ({ ...one, setAt: new Date(setAt).toISOString() })),
      nextCursor,
      position: String(through),
    };
  }

  @Put('targets')
  @ApiOperation({ summary: 'Set a target; the last one counts' })
  @Answers(TargetSet)
  async set(
    @Body() { id, scopeId, ...target }: TargetBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TargetSet> {
    const of = scopeId ?? (target.scope === 'joint' ? COMPANY : undefined);
    const answer = await this.commands.execute(new SetTarget({ target: stated({ ...target, scopeId: of }), actor: actorOf(request), id }));
    if (!answer.ok) throw refusedFor(422, answer.invalid);
    void reply.header('Leadlog-Position', String(answer.position));
    return { position: String(answer.position), repeated: answer.repeated };
  }

  @Get('board')
  @ApiOperation({ summary: 'The steps of marketing and sales in one funnel, with joint targets, pace and conversion' })
  @ApiQuery({
    name: 'period',
    required: false,
    description: 'a month (2026-11), a quarter (2026-Q4), or a fiscal year by the year in which it begins (2026); this month by default',
  })
  @Answers(Board)
  async board(@Query('period') period?: string): Promise<Board> {
    const found = await this.queries.execute(new GetBoard(period));
    if (!found) throw wrongPeriod(period!);
    return { ...found.board, timezone: this.calendar.timezone, position: String(found.through) };
  }
}

const wrongPeriod = (got: string): RequestRefused => wrong('period', 'a month (2026-11), a quarter (2026-Q4) or a fiscal year (2026)', got);

/** Without the members that nobody gave; what is missing is told by the checks of the event. */
const stated = <Given extends object>(given: Given): SetTargetData =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as SetTargetData;
type SetTargetData = SetTarget['setting']['target'];
