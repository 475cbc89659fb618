import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { randomUUID } from 'node:crypto';
import { EVENT_LOG, type EventLog, type NewEvent } from '@leadlog/event-log';
import { catalogue, eventIdOf, leadStream, parseEmail, shown, validateData, type EventType } from '@leadlog/events';
import { GetDossier, GetInbox, ReturnLead, TellLead, TellWhoIsOne } from '@leadlog/handoff/handoff.handlers';
import { handoffLead, type LeadDecided } from '@leadlog/lead';
import { READ_MODELS, type ListEntry, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { Reads } from '../wait-for-position';
import { decodeCursor, encodeCursor, limitOf, oneOf } from '../paging';
import { notKnown, refused, refusedFor, unknownLead } from '../problem-details';
import { Answers } from '../answer-schemas';
import { IdentityAnswer, LeadAnswer } from '../leads/leads.answers';
import { AcceptBody, DisqualifyBody, IdentityApartBody, InsightBody, KeepApartBody, MergeBody, RejectBody, ReturnBody } from './handoffs.dto';
import { Dossiers, Inbox } from './handoffs.answers';

const OPEN_STATES = ['handed-off', 'accepted', 'in-deal'] as const;

/** What sales reads and answers, and the commands on a lead's life. */
@ApiTags('handoff')
@Controller('v1')
@Reads('handoffs', 'leads')
export class HandoffsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('inbox')
  @ApiOperation({ summary: 'List leads that are with sales, hottest first, then latest handed off' })
  @ApiQuery({ name: 'rep', required: false })
  @ApiQuery({ name: 'team', required: false })
  @ApiQuery({ name: 'state', required: false, enum: OPEN_STATES })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Inbox)
  async inbox(@Query('rep') rep?: string, @Query('team') team?: string, @Query('state') state?: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<Inbox> {
    const wanted = oneOf('state', state, OPEN_STATES);
    const { items, next, through } = await this.queries.execute(new GetInbox({ rep, team, state: wanted, limit: limitOf(limit), after: decodeCursor(cursor, isEntry) }));
    return { items, nextCursor: next && encodeCursor(next), position: String(through) };
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
  @ApiOperation({ summary: 'Accept a handoff as the representative who has it, or as another with takeOver, which moves it to them and their team' })
  @Answers(LeadAnswer)
  accept(@Param('id') handoffId: string, @Body() { id, repId, teamId, takeOver }: AcceptBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.tell(leadOfHandoff(handoffId), 'HandoffAccepted', { handoffId, repId, teamId, takeOver }, id, repId, reply);
  }

  @Post('handoffs/:id/reject')
  @HttpCode(200)
  @ApiOperation({ summary: 'Reject a handoff at once, with a reason' })
  @Answers(LeadAnswer)
  reject(@Param('id') handoffId: string, @Body() { id, repId, reason, note, takeOver }: RejectBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.tell(leadOfHandoff(handoffId), 'HandoffRejected', { handoffId, repId, reason, note, takeOver }, id, repId, reply);
  }

  @Post('handoffs/:id/insight')
  @HttpCode(200)
  @ApiOperation({ summary: 'Record a question of sales to marketing, or its answer' })
  @Answers(LeadAnswer)
  insight(@Param('id') handoffId: string, @Body() { id, kind, text, repId }: InsightBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.tell(leadOfHandoff(handoffId), 'InsightExchanged', { handoffId, kind, text }, id, repId, reply);
  }

  @Post('leads/:id/return')
  @HttpCode(200)
  @ApiOperation({ summary: 'Return the lead to nurturing, which ends its run' })
  @Answers(LeadAnswer)
  async return(@Param('id') named: string, @Body() { id, reason, revisitOn, note, repId, handoffId, takeOver }: ReturnBody, @Res({ passthrough: true }) reply: FastifyReply) {
    const leadId = await this.survivor(named);
    const event = this.event('LeadReturned', { leadId, runId: 'run-0', handoffId, reason, revisitOn, note, takeOver }, id, repId);
    const answer = await this.commands.execute(new ReturnLead(leadId, { repId, handoffId }, (of) => ({ ...event, data: { ...event.data, leadId: of.leadId, runId: of.runId } })));
    return answered(leadId, answer, reply);
  }

  @Post('leads/:id/disqualify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disqualify the lead: nobody works on it any more, and it is never handed off' })
  @Answers(LeadAnswer)
  async disqualify(@Param('id') named: string, @Body() { id, reason, repId }: DisqualifyBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.tell(await this.survivor(named), 'LeadDisqualified', { reason }, id, repId, reply);
  }

  @Post('leads/:id/merge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Merge: the history of `mergedId` becomes part of this lead' })
  @Answers(LeadAnswer)
  async merge(@Param('id') survivorId: string, @Body() { id, mergedId }: MergeBody, @Res({ passthrough: true }) reply: FastifyReply) {
    const event = this.event('LeadsMerged', { leadId: mergedId, survivorId, mergedId }, id);
    return answered(survivorId, await this.commands.execute(new TellWhoIsOne(event)), reply);
  }

  @Post('leads/:id/unmerge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revert the merge by which `mergedId` became part of this lead' })
  @Answers(LeadAnswer)
  async unmerge(@Param('id') survivorId: string, @Body() { id, mergedId }: MergeBody, @Res({ passthrough: true }) reply: FastifyReply) {
    let mergeEventId: string | undefined;
    for await (const page of this.log.readStream(leadStream(mergedId), { direction: 'backwards' })) {
      mergeEventId = page.find(({ type }) => type === 'LeadsMerged')?.id;
      if (mergeEventId !== undefined) break;
    }
    if (mergeEventId === undefined) throw refused(409, '/mergedId', `a lead that is merged into ${survivorId}`, `${shown(mergedId)}, which has never been merged`);
    const event = this.event('MergeReverted', { leadId: mergedId, mergeEventId }, id);
    return answered(mergedId, await this.commands.execute(new TellWhoIsOne(event)), reply);
  }

  @Post('leads/:id/keep-apart')
  @HttpCode(200)
  @ApiOperation({ summary: 'Record that this lead and `otherId` are two people: never merged by the engine, and not listed as duplicates' })
  @Answers(LeadAnswer)
  async keepApart(@Param('id') leadId: string, @Body() { id, otherId, reason, repId }: KeepApartBody, @Res({ passthrough: true }) reply: FastifyReply) {
    const event = this.event('LeadsKeptApart', { leadId, otherId, reason }, id, repId);
    return answered(leadId, await this.commands.execute(new TellWhoIsOne(event)), reply);
  }

  @Post('leads/duplicates/keep-apart')
  @HttpCode(200)
  @ApiOperation({ summary: 'Record that all leads that give this identity, now and later, are different people: never merged by the engine because of it, and not listed as duplicates' })
  @Answers(IdentityAnswer)
  async keepIdentityApart(@Body() { id, identity, reason, repId }: IdentityApartBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<IdentityAnswer> {
    const { email } = identity;
    const normal = typeof email === 'string' ? { ...identity, email: parseEmail(email) ?? email } : identity;
    const event = this.event('IdentityKeptApart', { identity: normal, reason }, id, repId);
    const { position, repeated } = decided(await this.commands.execute(new TellWhoIsOne(event)), '', reply);
    return { identity: normal, position, repeated };
  }

  private async tell(leadId: string, type: EventType, data: object, id: string | undefined, repId: string | undefined, reply: FastifyReply) {
    const event = this.event(type, { leadId, ...data }, id, repId);
    return answered(leadId, await this.commands.execute(new TellLead(leadId, event)), reply);
  }

  private event(type: EventType, given: Record<string, unknown>, id: string | undefined, repId?: string): NewEvent {
    const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const errors = validateData(type, data);
    if (errors.length > 0) throw refusedFor(422, errors.map((error) => ({ ...error, pointer: inBody(error.pointer) })), `the body cannot become a ${type}; `);
    const definition = catalogue.get(type)!;
    const sourceId = id ?? randomUUID();
    return {
      id: eventIdOf('leadlog/api', `${type} ${sourceId}`),
      type,
      data,
      metadata: {
        occurredAt: new Date(this.clock()).toISOString(),
        source: 'leadlog/api',
        sourceId,
        initiator: definition.initiator,
        actor: repId === undefined ? { kind: 'person', id: 'api' } : { kind: 'rep', id: repId },
        schemaVersion: definition.schemaVersion,
      },
    };
  }

  private async survivor(leadId: string): Promise<string> {
    return (await this.readModels.view('leads')).resolve(leadId);
  }
}

function leadOfHandoff(handoffId: string): string {
  const leadId = handoffLead(handoffId);
  if (leadId === '') throw notKnown('/id', 'the id of a handoff, as the inbox and LeadHandedOff have it', handoffId);
  return leadId;
}

function answered(leadId: string, answer: LeadDecided, reply: FastifyReply): LeadAnswer {
  return { leadId, ...decided(answer, `lead ${leadId}: `, reply) };
}

/** The data of an event are the body of a command. */
const inBody = (pointer: string): string => pointer.replace(/^\/data/, '');

/** `of`: what a refusal begins with. */
function decided(answer: LeadDecided, of: string, reply: FastifyReply): { position: string; repeated: boolean } {
  if (!answer.ok) {
    const { pointer = '', expected, got } = answer;
    throw refusedFor(409, [{ pointer: inBody(pointer), expected, got }], of);
  }
  void reply.header('Leadlog-Position', String(answer.position));
  return { position: String(answer.position), repeated: answer.repeated };
}

function isEntry(value: unknown): value is ListEntry {
  return typeof value === 'object' && value !== null && typeof (value as ListEntry).key === 'string' && typeof (value as ListEntry).rank === 'number';
}
