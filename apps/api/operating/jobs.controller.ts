import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { JOBS, type JobRecord, type Jobs, type JobState } from '@leadlog/jobs';
import { limitOf, oneOf } from '../paging';
import { notKnown, refused } from '../problem-details';
import { Answers } from '../answer-schemas';
import { RedriveBody } from './jobs.dto';
import { JobList, QueueList, Redriven } from './operating.answers';

const STATES = ['waiting', 'active', 'done', 'dead'] as const satisfies readonly JobState[];
/** Redriven with one request at most; asking again goes on. */
const REDRIVEN_AT_ONCE = 1_000;

/** What happens outside the log, such as deliveries of webhooks: what waits, what is dead, and another try for it. */
@ApiTags('operation')
@Controller('v1/jobs')
export class JobsController {
  constructor(@Inject(JOBS) private readonly jobs: Jobs) {}

  @Get()
  @ApiOperation({ summary: 'List queues, with the number of jobs in each state; of the waiting ones, `delayed` are not due yet' })
  @Answers(QueueList)
  async queues(): Promise<QueueList> {
    const names = await this.jobs.queues();
    return { items: await Promise.all(names.map(async (queue) => ({ queue, ...(await this.jobs.counts(queue)) }))) };
  }

  @Get(':queue')
  @ApiOperation({ summary: 'List the jobs of a queue in one state, newest first, with their last error but without their payload' })
  @ApiQuery({ name: 'state', required: false, enum: STATES, description: 'dead by default' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @Answers(JobList)
  async list(@Param('queue') queue: string, @Query('state') state: string = 'dead', @Query('limit') limit?: string): Promise<JobList> {
    const wanted = oneOf('state', state, STATES)!;
    const count = limitOf(limit);
    await this.known(queue);
    return { items: (await this.jobs.list(queue, wanted, count)).map(asJson) };
  }

  @Post(':queue/redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Retry dead jobs; their attempts are counted from the start' })
  @Answers(Redriven)
  async redrive(@Param('queue') queue: string, @Body() body?: RedriveBody): Promise<Redriven> {
    await this.known(queue);
    const id = body?.id;
    if (id !== undefined && !(await this.jobs.redrive(queue, id))) {
      const found = await this.jobs.get(queue, id);
      if (!found) throw notKnown('/id', `a job of queue ${queue}`, id);
      throw refused(409, '/id', 'a dead job', `${JSON.stringify(id)}, which is ${found.state}`);
    }
    const redriven: string[] = id === undefined ? [] : [id];
    if (id === undefined) for (const dead of await this.jobs.list(queue, 'dead', REDRIVEN_AT_ONCE)) if (await this.jobs.redrive(queue, dead.id)) redriven.push(dead.id);
    return { queue, redriven, dead: (await this.jobs.counts(queue)).dead };
  }

  private async known(queue: string): Promise<void> {
    const names = await this.jobs.queues();
    if (!names.includes(queue)) throw notKnown('/queue', `a queue; there ${names.length === 0 ? 'is none yet' : `are ${names.join(', ')}`}`, queue);
  }
}

function asJson({ id, state, attempts, dueAt, lastError, finishedAt }: JobRecord) {
  return { id, state, attempts, dueAt: new Date(dueAt).toISOString(), lastError, ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }) };
}
