import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Act } from '@leadlog/handoff';
import { RELAY_GROUPS, RELAY_STATES } from '@leadlog/handoff';
import type { ActAnswer } from '@leadlog/handoff/handoff.handlers';
import { ListRelays, SummariseRelays, TellRelay } from '@leadlog/handoff/relays/relays.handlers';
import type { RelayFactType } from '@leadlog/lead';
import { Answers } from '../answer-schemas';
import { LeadAnswer } from '../leads/leads.answers';
import { notKnown } from '../problem-details';
import { dayOf, limitOf, oneOf } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { actorOf } from '../requests/actor-of';
import { answered } from './lead-decisions';
import { Relays, RelaySummaries } from './relays.answers';
import { AcceptRelayBody, RejectRelayBody, RelayBody } from './relays.dto';

/** Appointments that inside sales gives to field sales. */
@ApiTags('relays')
@Controller('v1')
@Reads('relays', 'leads')
export class RelaysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('relays')
  @ApiOperation({
    summary: 'List relayed appointments, the latest first',
    description: 'Where few relays match, a page may be short and still have a nextCursor.',
  })
  @ApiQuery({ name: 'rep', required: false, description: 'from or to this representative' })
  @ApiQuery({ name: 'state', required: false, enum: RELAY_STATES })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Relays)
  async list(
    @Query('rep') rep?: string,
    @Query('state') state?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Relays> {
    const page = await this.queries.execute(
      new ListRelays({ rep, state: oneOf('state', state, RELAY_STATES), limit: limitOf(limit), cursor }),
    );
    const items = page.items.map(({ eventId: _, at, answeredAt, scheduledAt, held, deal, ...relay }) => ({
      ...relay,
      relayedAt: time(at),
      ...(answeredAt !== undefined && { answeredAt: time(answeredAt) }),
      ...(scheduledAt !== undefined && { scheduledAt: time(scheduledAt) }),
      ...(held && { held: { ...held, at: time(held.at) } }),
      ...(deal && { deal: { ...deal, at: time(deal.at) } }),
    }));
    return { items, nextCursor: page.cursor, position: String(page.through) };
  }

  @Get('relays/summary')
  @ApiOperation({ summary: 'Appointments relayed, held and won in a span (the last 90 days), by inside rep, field rep or pair' })
  @ApiQuery({ name: 'by', required: false, enum: RELAY_GROUPS })
  @ApiQuery({ name: 'from', required: false, description: 'First day (YYYY-MM-DD); 90 days before `to` by default' })
  @ApiQuery({ name: 'to', required: false, description: 'The day after the last; tomorrow by default' })
  @Answers(RelaySummaries)
  async summary(@Query('by') by?: string, @Query('from') from?: string, @Query('to') to?: string): Promise<RelaySummaries> {
    const query = { by: oneOf('by', by, RELAY_GROUPS) ?? 'none', from: dayOf('from', from), to: dayOf('to', to) };
    const { items, through, ...span } = await this.queries.execute(new SummariseRelays(query));
    const rows = items.map((row) => ({
      ...row,
      heldRate: row.relayed === 0 ? null : row.held / row.relayed,
      wonRate: row.held === 0 ? null : row.won / row.held,
    }));
    return { ...span, items: rows, position: String(through) };
  }

  @Post('appointments/:id/relay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Relay an appointment to another representative, who accepts or rejects it' })
  @Answers(LeadAnswer)
  relay(
    @Param('id') appointmentId: string,
    @Body() { id, fromRepId, toRepId, note }: RelayBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tell(
      request,
      appointmentId,
      { type: 'AppointmentRelayed', data: { fromRepId, toRepId, note }, id, actor: actorOf(request, fromRepId) },
      reply,
    );
  }

  @Post('appointments/:id/relay/accept')
  @HttpCode(200)
  @ApiOperation({ summary: 'Accept a relayed appointment: the meeting and the win are of the one who does' })
  @Answers(LeadAnswer)
  accept(
    @Param('id') appointmentId: string,
    @Body() { id, repId, takeOver }: AcceptRelayBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tell(
      request,
      appointmentId,
      { type: 'RelayAccepted', data: { repId, takeOver }, id, actor: actorOf(request, repId) },
      reply,
    );
  }

  @Post('appointments/:id/relay/reject')
  @HttpCode(200)
  @ApiOperation({ summary: 'Reject a relayed appointment: it stays with the one who relayed it' })
  @Answers(LeadAnswer)
  reject(
    @Param('id') appointmentId: string,
    @Body() { id, repId, reason, takeOver }: RejectRelayBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tell(
      request,
      appointmentId,
      { type: 'RelayRejected', data: { repId, reason, takeOver }, id, actor: actorOf(request, repId) },
      reply,
    );
  }

  private async tell(
    { access }: FastifyRequest,
    appointmentId: string,
    act: Act & { type: RelayFactType },
    reply: FastifyReply,
  ): Promise<LeadAnswer> {
    const answer = await this.commands.execute(new TellRelay(appointmentId, act));
    if (access!.repId !== undefined && isOfOthers(answer))
      throw notKnown('/id', 'an appointment that you have, or that was relayed to you and waits for your answer', appointmentId);
    if (!answer) throw notKnown('/id', 'an appointment that has been booked', appointmentId);
    return answered(answer, reply);
  }
}

/** To a representative, what is refused would tell who has the appointment; whom they name themselves does not. */
const isOfOthers = (answer: ActAnswer | undefined): boolean =>
  !answer || (!('invalid' in answer) && !answer.ok && answer.pointer !== '/data/toRepId');

const time = (ms: number): string => new Date(ms).toISOString();
