import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { JobRecord, JobState } from '@leadlog/jobs';
import { limitOf, oneOf } from '../query-parameters';
import { notKnown, refused } from '../problem-details';
import { Answers } from '../answer-schemas';
import { RedriveBody } from './jobs.dto';
import { ListJobs, ListQueues, RedriveJobs } from './jobs.handlers';
import { JobList, QueueList, Redriven } from './operating.answers';

const STATES = ['waiting', 'active', 'done', 'dead'] as const satisfies readonly JobState[];

/** What happens outside the log, such as deliveries of webhooks: what waits, what is dead, and another try for it. */
@ApiTags('operation')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List queues, with the number of jobs in each state; of the waiting ones, `delayed` are not due yet' })
  @Answers(QueueList)
  async queues(): Promise<QueueList> {
    return { items: await this.queries.execute(new ListQueues()) };
  }

  @Get(':queue')
  @ApiOperation({ summary: 'List the jobs of a queue in one state, newest first, with their last error but without their payload' })
  @ApiQuery({ name: 'state', required: false, enum: STATES, description: 'dead by default' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @Answers(JobList)
  async list(@Param('queue') queue: string, @Query('state') state: string = 'dead', @Query('limit') limit?: string): Promise<JobList> {
    const wanted = oneOf('state', state, STATES)!;
    const found = await this.queries.execute(new ListJobs(queue, wanted, limitOf(limit)));
    if ('queues' in found) throw unknownQueue(queue, found.queues);
    return { items: found.map(asJson) };
  }

  @Post(':queue/redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Retry dead jobs; their attempts are counted from the start' })
  @Answers(Redriven)
  async redrive(@Param('queue') queue: string, @Body() body?: RedriveBody): Promise<Redriven> {
    const id = body?.id;
    const done = await this.commands.execute(new RedriveJobs(queue, id));
    if ('queues' in done) throw unknownQueue(queue, done.queues);
    if (!('isNot' in done)) return { queue, ...done };
    if (done.state === undefined) throw notKnown('/id', `a job of queue ${queue}`, id!);
    throw refused(409, '/id', 'a dead job', `${JSON.stringify(id)}, which is ${done.state}`);
  }
}

const unknownQueue = (queue: string, names: readonly string[]): Error =>
  notKnown('/queue', `a queue; there ${names.length === 0 ? 'is none yet' : `are ${names.join(', ')}`}`, queue);

function asJson({ id, state, attempts, dueAt, lastError, finishedAt }: JobRecord) {
  return {
    id,
    state,
    attempts,
    dueAt: new Date(dueAt).toISOString(),
    lastError,
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }),
  };
}
