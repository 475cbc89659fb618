import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { JOBS, type JobRecord, type Jobs, type JobState } from '@leadlog/jobs';

/** Redriven with one command at most; asking again goes on. */
const REDRIVEN_AT_ONCE = 1_000;

/** Of a queue that no job has ever been in: those that there are. */
export interface UnknownQueue {
  queues: string[];
}

type Counted = { queue: string } & Awaited<ReturnType<Jobs['counts']>>;

export class ListQueues extends Query<Counted[]> {}

@QueryHandler(ListQueues)
export class ListQueuesHandler implements IQueryHandler<ListQueues> {
  constructor(@Inject(JOBS) private readonly jobs: Jobs) {}

  async execute() {
    const names = await this.jobs.queues();
    return Promise.all(names.map(async (queue) => ({ queue, ...(await this.jobs.counts(queue)) })));
  }
}

/** Newest first. */
export class ListJobs extends Query<JobRecord[] | UnknownQueue> {
  constructor(
    readonly queue: string,
    readonly state: JobState,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListJobs)
export class ListJobsHandler implements IQueryHandler<ListJobs> {
  constructor(@Inject(JOBS) private readonly jobs: Jobs) {}

  async execute({ queue, state, limit }: ListJobs) {
    const queues = await this.jobs.queues();
    return queues.includes(queue) ? this.jobs.list(queue, state, limit) : { queues };
  }
}

/** Another try for one dead job, or for all of the queue. `isNot`: the state of the one that was named, undefined where there is none. */
export class RedriveJobs extends Command<{ redriven: string[]; dead: number } | { isNot: 'dead'; state?: JobState } | UnknownQueue> {
  constructor(
    readonly queue: string,
    readonly id?: string,
  ) {
    super();
  }
}

@CommandHandler(RedriveJobs)
export class RedriveJobsHandler implements ICommandHandler<RedriveJobs> {
  constructor(@Inject(JOBS) private readonly jobs: Jobs) {}

  async execute({ queue, id }: RedriveJobs) {
    const queues = await this.jobs.queues();
    if (!queues.includes(queue)) return { queues };
    const redriven: string[] = [];
    if (id === undefined) {
      for (const dead of await this.jobs.list(queue, 'dead', REDRIVEN_AT_ONCE))
        if (await this.jobs.redrive(queue, dead.id)) redriven.push(dead.id);
    } else if (await this.jobs.redrive(queue, id)) {
      redriven.push(id);
    } else {
      return { isNot: 'dead' as const, state: (await this.jobs.get(queue, id))?.state };
    }
    return { redriven, dead: (await this.jobs.counts(queue)).dead };
  }
}
