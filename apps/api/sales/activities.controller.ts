import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestResult } from '@leadlog/ingestion';
import { RecordAllOrNone } from '@leadlog/ingestion/ingestion.handlers';
import { GetLead } from '@leadlog/lead/lead.handlers';
import { v4 as uuid } from 'uuid';
import { Answers } from '../answer-schemas';
import { toldTo } from '../events/key-limits';
import { refusedFor, unknownLead, type RequestRefused } from '../problem-details';
import { actorOf } from '../requests/actor-of';
import { RecordedActivities } from './activities.answers';
import { ActivitiesBody } from './activities.dto';
import { eventsOfActivities } from './activity-events';

/** What a representative did, told by themselves. */
@ApiTags('sales')
@Controller('v1')
export class ActivitiesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('leads/:id/activities')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Record what a representative did with a lead: calls, appointments, meetings, deals, plans; safe to repeat',
    description: 'Each becomes an event of its type. If one of them is refused, none is recorded.',
  })
  @Answers(RecordedActivities)
  async record(
    @Param('id') leadId: string,
    @Body() { id = uuid(), repId, activities }: ActivitiesBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedActivities> {
    // An event that names a lead would make one.
    if (!(await this.queries.execute(new GetLead(leadId)))) throw unknownLead(leadId);
    const { events, errors } = eventsOfActivities(activities, { id, leadId, repId, actor: actorOf(request, repId) });
    if (errors.length > 0) throw refusedFor(422, errors, 'Nothing is recorded. ');
    const tell = toldTo(request.access!);
    const done = await this.commands.execute(new RecordAllOrNone(events));
    if ('refused' in done) throw refusedAt(new Map([...done.refused].map(([place, one]) => [place, tell(one)])), 'Nothing is recorded. ');
    const told = done.recorded.map(tell);
    // Another with the same ids was quicker, or the log takes less than its limit.
    if (told.some((one) => 'errors' in one)) throw refusedAt(new Map(told.entries()), 'Others of them may be recorded. ');
    const positions = told.flatMap((one) => ('position' in one ? [one.position] : []));
    const position = String(positions.reduce((last, one) => (one > last ? one : last)));
    void reply.header('Leadlog-Position', position);
    const notices = told.flatMap((one) => ('notices' in one ? (one.notices ?? []) : []));
    return {
      leadId,
      eventIds: told.flatMap((one) => ('eventId' in one ? [one.eventId] : [])),
      repeated: told.every(({ result }) => result === 'duplicate'),
      notices: [...new Set(notices)],
      position,
    };
  }
}

function refusedAt(results: ReadonlyMap<number, IngestResult>, before?: string): RequestRefused {
  const errors = [...results].flatMap(([place, one]) =>
    'errors' in one ? one.errors.map((error) => ({ ...error, pointer: `/activities/${place}${error.pointer}` })) : [],
  );
  return refusedFor([...results.values()].some(({ result }) => result === 'conflict') ? 409 : 422, errors, before);
}
