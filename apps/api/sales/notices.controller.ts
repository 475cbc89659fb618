import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NOTICE_KINDS } from '@leadlog/sales';
import { AcceptNotice, ListNotices } from '@leadlog/sales/notices/notices.handlers';
import { Answers } from '../answer-schemas';
import { LeadAnswer } from '../leads/leads.answers';
import { notKnown } from '../problem-details';
import { limitOf, oneOf } from '../query-parameters';
import { actorOf } from '../requests/actor-of';
import { Reads } from '../wait-for-position';
import { Notices } from './notices.answers';
import { AcceptNoticeBody } from './notices.dto';

/** Facts that contradict each other, until they are corrected or somebody accepts them. */
@ApiTags('sales')
@Controller('v1/notices')
@Reads('notices')
export class NoticesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List facts that contradict each other and that nobody has corrected or accepted, the latest first' })
  @ApiQuery({ name: 'kind', required: false, enum: NOTICE_KINDS })
  @ApiQuery({ name: 'lead', required: false })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Notices)
  async list(
    @Query('kind') kind?: string,
    @Query('lead') lead?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Notices> {
    const page = await this.queries.execute(
      new ListNotices({ kind: oneOf('kind', kind, NOTICE_KINDS), lead, limit: limitOf(limit), cursor }),
    );
    const items = page.items.map((item) => ({ ...item, at: new Date(item.at).toISOString() }));
    return { items, nextCursor: page.cursor, position: String(page.through) };
  }

  @Post(':id/accept')
  @HttpCode(200)
  @ApiOperation({ summary: 'Accept a contradiction as it is; it leaves the list until other facts contradict' })
  @Answers(LeadAnswer)
  async accept(
    @Param('id') noticeId: string,
    @Body() { reason, repId }: AcceptNoticeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LeadAnswer> {
    const answer = await this.commands.execute(new AcceptNotice(noticeId, { reason, actor: actorOf(request, repId) }));
    if (!answer) throw notKnown('/id', 'a notice, as GET /v1/notices lists it', noticeId);
    const position = String(answer.position);
    void reply.header('Leadlog-Position', position);
    return { ...answer, position };
  }
}
