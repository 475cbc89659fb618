import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BUSINESS, parseEmail, shown } from '@leadlog/events';
import type { Act } from '@leadlog/handoff';
import {
  AnswerHandoff,
  DisqualifyLead,
  GetDossier,
  GetInbox,
  GetWaiting,
  RequalifyLead,
  ReturnLead,
  RevertMerge,
  TellWhoIsOne,
} from '@leadlog/handoff/handoff.handlers';
import { Reads } from '../wait-for-position';
import { limitOf, oneOf } from '../query-parameters';
import { refused, unknownLead } from '../problem-details';
import { Answers } from '../answer-schemas';
import { IdentityAnswer, LeadAnswer } from '../leads/leads.answers';
import {
  AcceptBody,
  DisqualifyBody,
  IdentityApartBody,
  InsightBody,
  KeepApartBody,
  MergeBody,
  RejectBody,
  ReturnBody,
} from './handoffs.dto';
import { Dossiers, Inbox, Waiting } from './handoffs.answers';
import { actorOf } from '../requests/actor-of';
import { answered, decided, leadOfHandoff } from './lead-decisions';

const OPEN_STATES = ['handed-off', 'accepted', 'in-deal'] as const;

/** What sales reads and answers, and the commands on a lead's life. */
@ApiTags('handoff')
@Controller('v1')
@Reads('handoffs', 'leads')
export class HandoffsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('inbox')
  @ApiOperation({ summary: 'List leads that are with sales, hottest first, then latest handed off' })
  @ApiQuery({ name: 'rep', required: false })
  @ApiQuery({ name: 'team', required: false })
  @ApiQuery({ name: 'state', required: false, enum: OPEN_STATES })
  @ApiQuery({ name: 'business', required: false, enum: BUSINESS, description: 'existing: of people and companies that have bought before' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Inbox)
  async inbox(
    @Query('rep') rep?: string,
    @Query('team') team?: string,
    @Query('state') state?: string,
    @Query('business') business?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Inbox> {
    const wanted = oneOf('state', state, OPEN_STATES);
    const {
      items,
      cursor: nextCursor,
      through,
    } = await this.queries.execute(
      new GetInbox({ rep, team, state: wanted, business: oneOf('business', business, BUSINESS), limit: limitOf(limit), cursor }),
    );
    return { items, nextCursor, position: String(through) };
  }

  @Get('inbox/waiting')
  @ApiOperation({
    summary:
      'List leads that should be with sales and are not yet, the longest waiting first: nobody is at work or has room, a consent is withdrawn, or they were given back a short time ago',
  })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Waiting)
  async waiting(@Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<Waiting> {
    const { items, cursor: nextCursor, through } = await this.queries.execute(new GetWaiting({ limit: limitOf(limit), cursor }));
    return { items, nextCursor, position: String(through) };
  }

  @Get('leads/:id/dossier')
  @Reads('handoffs', 'leads', 'accounts')
  @ApiOperation({ summary: 'The dossier as frozen at each handoff (its hash is in the event), and as of now' })
  @Answers(Dossiers)
  async dossier(@Param('id') id: string): Promise<Dossiers> {
    const dossier = await this.queries.execute(new GetDossier(id));
    if (!dossier) throw unknownLead(id);
    const { through, ...rest } = dossier;
    return { ...rest, position: String(through) };
  }

  @Post('handoffs/:id/accept')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Accept a handoff as the representative who has it, or as another with takeOver, which moves it to them and their team',
  })
  @Answers(LeadAnswer)
  accept(
    @Param('id') handoffId: string,
    @Body() { id, repId, teamId, takeOver }: AcceptBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.answer(
      handoffId,
      { type: 'HandoffAccepted', data: { handoffId, repId, teamId, takeOver }, id, actor: actorOf(request, repId) },
      reply,
    );
  }

  @Post('handoffs/:id/reject')
  @HttpCode(200)
  @ApiOperation({ summary: 'Reject a handoff at once, with a reason' })
  @Answers(LeadAnswer)
  reject(
    @Param('id') handoffId: string,
    @Body() { id, repId, reason, note, takeOver }: RejectBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.answer(
      handoffId,
      { type: 'HandoffRejected', data: { handoffId, repId, reason, note, takeOver }, id, actor: actorOf(request, repId) },
      reply,
    );
  }

  @Post('handoffs/:id/insight')
  @HttpCode(200)
  @ApiOperation({ summary: 'Record a question of sales to marketing or of marketing to sales, or its answer' })
  @Answers(LeadAnswer)
  insight(
    @Param('id') handoffId: string,
    @Body() { id, kind, text, repId, side, questionId }: InsightBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.answer(
      handoffId,
      { type: 'InsightExchanged', data: { handoffId, kind, text, side, questionId }, id, actor: actorOf(request, repId) },
      reply,
    );
  }

  @Post('leads/:id/return')
  @HttpCode(200)
  @ApiOperation({ summary: 'Return the lead to nurturing, which ends its run' })
  @Answers(LeadAnswer)
  async return(
    @Param('id') leadId: string,
    @Body() { id, reason, revisitOn, note, repId, handoffId, takeOver }: ReturnBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answered(
      await this.commands.execute(
        new ReturnLead(leadId, handoffId, { data: { reason, revisitOn, note, takeOver }, id, actor: actorOf(request, repId) }),
      ),
      reply,
    );
  }

  @Post('leads/:id/disqualify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disqualify the lead: nobody works on it any more, and it is never handed off' })
  @Answers(LeadAnswer)
  async disqualify(
    @Param('id') leadId: string,
    @Body() { id, reason, repId }: DisqualifyBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answered(
      await this.commands.execute(new DisqualifyLead(leadId, { data: { reason }, id, actor: actorOf(request, repId) })),
      reply,
    );
  }

  @Post('leads/:id/requalify')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Revert the disqualification of the lead: it counts as if it had never happened, and whoever had the lead has it again',
  })
  @Answers(LeadAnswer)
  async requalify(
    @Param('id') leadId: string,
    @Body() { id, reason, repId }: DisqualifyBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answered(
      await this.commands.execute(new RequalifyLead(leadId, { data: { reason }, id, actor: actorOf(request, repId) })),
      reply,
    );
  }

  @Post('leads/:id/merge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Merge: the history of `mergedId` becomes part of this lead' })
  @Answers(LeadAnswer)
  async merge(
    @Param('id') survivorId: string,
    @Body() { id, mergedId }: MergeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(
      new TellWhoIsOne({ type: 'LeadsMerged', data: { leadId: mergedId, survivorId, mergedId }, id, actor: actorOf(request) }),
    );
    return answered({ leadId: survivorId, ...answer }, reply);
  }

  @Post('leads/:id/unmerge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revert the merge by which `mergedId` became part of this lead' })
  @Answers(LeadAnswer)
  async unmerge(
    @Param('id') survivorId: string,
    @Body() { id, mergedId }: MergeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(new RevertMerge(survivorId, mergedId, { id, actor: actorOf(request) }));
    if (answer === 'never merged')
      throw refused(409, '/mergedId', `a lead that is merged into ${survivorId}`, `${shown(mergedId)}, which has never been merged`);
    return answered({ leadId: mergedId, ...answer }, reply);
  }

  @Post('leads/:id/keep-apart')
  @HttpCode(200)
  @ApiOperation({ summary: 'Record that this lead and `otherId` are two people: never merged by the engine, and not listed as duplicates' })
  @Answers(LeadAnswer)
  async keepApart(
    @Param('id') leadId: string,
    @Body() { id, otherId, reason, repId }: KeepApartBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(
      new TellWhoIsOne({ type: 'LeadsKeptApart', data: { leadId, otherId, reason }, id, actor: actorOf(request, repId) }),
    );
    return answered({ leadId, ...answer }, reply);
  }

  @Post('leads/duplicates/keep-apart')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Record that all leads that give this identity, now and later, are different people: never merged by the engine because of it, and not listed as duplicates',
  })
  @Answers(IdentityAnswer)
  async keepIdentityApart(
    @Body() { id, identity, reason, repId }: IdentityApartBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityAnswer> {
    const { email } = identity;
    const normal = typeof email === 'string' ? { ...identity, email: parseEmail(email) ?? email } : identity;
    const answer = await this.commands.execute(
      new TellWhoIsOne({ type: 'IdentityKeptApart', data: { identity: normal, reason }, id, actor: actorOf(request, repId) }),
    );
    const { position, repeated } = decided(answer, '', reply);
    return { identity: normal, position, repeated };
  }

  private async answer(handoffId: string, act: Act, reply: FastifyReply): Promise<LeadAnswer> {
    return answered(await this.commands.execute(new AnswerHandoff(leadOfHandoff(handoffId), act)), reply);
  }
}
