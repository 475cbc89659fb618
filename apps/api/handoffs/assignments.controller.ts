import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssignHandoff, HandOver } from '@leadlog/handoff/assignment/assignment.handlers';
import { Answers } from '../answer-schemas';
import { LeadAnswer } from '../leads/leads.answers';
import { notKnown, refusedFor } from '../problem-details';
import { actorOf } from '../requests/actor-of';
import { HandOverAnswer } from './handoffs.answers';
import { AssignBody, HandOverBody } from './handoffs.dto';
import { answered, leadOfHandoff } from './lead-decisions';

/** Who has a handoff, when that changes hands. */
@ApiTags('handoff')
@Controller('v1')
export class AssignmentsController {
  constructor(private readonly commands: CommandBus) {}

  @Post('handoffs/:id/assign')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give an open handoff to another representative; what was done for it stays with who did it' })
  @Answers(LeadAnswer)
  async assign(
    @Param('id') handoffId: string,
    @Body() { id, repId, reason }: AssignBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LeadAnswer> {
    leadOfHandoff(handoffId);
    return answered(await this.commands.execute(new AssignHandoff(handoffId, repId, { reason, id, actor: actorOf(request) })), reply);
  }

  @Post('reps/:id/hand-over')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Give all open handoffs of a representative to another, or without `to` to whoever is there, by weight, of the same team if there is anybody; an answer for each',
  })
  @Answers(HandOverAnswer)
  async handOver(
    @Param('id') repId: string,
    @Body() { id, to, reason }: HandOverBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HandOverAnswer> {
    const answer = await this.commands.execute(new HandOver(repId, to, { reason, id, actor: actorOf(request) }));
    if (!answer) throw notKnown('/id', 'a representative of the organisation, or one who has handoffs', repId);
    if ('invalid' in answer) throw refusedFor(422, [answer.invalid]);
    void reply.header('Leadlog-Position', String(answer.position));
    const items = answer.items.map((one) => {
      const { handoffId, leadId } = one;
      return one.ok
        ? { handoffId, leadId, repId: one.repId, teamId: one.teamId }
        : { handoffId, leadId, refused: { expected: one.expected, got: one.got } };
    });
    return { repId, items, position: String(answer.position) };
  }
}
