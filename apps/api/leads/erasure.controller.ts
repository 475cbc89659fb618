import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErasePerson, GetErasure } from '@leadlog/lead/erasure/erasure.handlers';
import { Answers } from '../answer-schemas';
import { unknownLead } from '../problem-details';
import { actorOf } from '../requests/actor-of';
import { Reads } from '../wait-for-position';
import { Erasure, ErasureAsked } from './erasure.answers';
import { ErasureBody } from './erasure.dto';

@ApiTags('leads')
@Controller('v1/leads')
@Reads('leads')
export class ErasureController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Post(':id/erase')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Forget a person: the lead, and all that were merged into it. It cannot be undone; asked again, it is the same request',
  })
  @Answers(ErasureAsked, { status: 202 })
  async erase(
    @Param('id') id: string,
    @Body() { requestId }: ErasureBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ErasureAsked> {
    const asked = await this.commands.execute(new ErasePerson(id, { requestId, actor: actorOf(request) }));
    if (!asked) throw unknownLead(id);
    const { leadId, position, repeated } = asked;
    void reply.header('Leadlog-Position', String(position));
    return { leadId, position: String(position), repeated };
  }

  @Get(':id/erasure')
  @ApiOperation({ summary: 'How far the erasure of a person is' })
  @Answers(Erasure)
  async erasure(@Param('id') id: string): Promise<Erasure> {
    const progress = await this.queries.execute(new GetErasure(id));
    if (!progress) throw unknownLead(id);
    const { requestedAt, completedAt, through, ...rest } = progress;
    const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
    return { ...rest, requestedAt: time(requestedAt), completedAt: time(completedAt), position: String(through) };
  }
}
