import { SpanKind } from '@opentelemetry/api';
import { isFinal } from '@leadlog/errors';
import {
  type Job,
  type JobCounts,
  type JobRecord,
  type JobRequest,
  type Jobs,
  type JobState,
  type JobWorker,
  type QueuePolicy,
} from '@leadlog/jobs';
import type { Metrics } from './metrics';
import { inSpan, traceparent } from './spans';

/** The jobs, with every try measured, and traced as a part of the work that enqueued it. */
export class ObservedJobs implements Jobs {
  constructor(
    private readonly jobs: Jobs,
    private readonly metrics?: Metrics,
  ) {}

  enqueue(requests: readonly JobRequest[]): Promise<boolean[]> {
    const trace = traceparent();
    return this.jobs.enqueue(trace === undefined ? requests : requests.map((request) => ({ ...request, trace })));
  }

  work<Payload>(queue: string, handler: (job: Job<Payload>) => Promise<void>, policy?: QueuePolicy): JobWorker {
    const observed = (job: Job<Payload>): Promise<void> =>
      inSpan(
        'job',
        {
          kind: SpanKind.CONSUMER,
          parent: job.trace,
          attributes: { 'leadlog.queue': queue, 'leadlog.job': job.id, 'leadlog.attempt': job.attempt },
        },
        async () => {
          const ended = this.metrics?.jobSeconds.startTimer({ queue });
          try {
            await handler(job);
            ended?.({ outcome: 'done' });
          } catch (error) {
            ended?.({ outcome: isFinal(error) ? 'given-up' : 'failed' });
            throw error;
          }
        },
      );
    return this.jobs.work(queue, observed, policy);
  }

  get(queue: string, id: string): Promise<JobRecord | undefined> {
    return this.jobs.get(queue, id);
  }

  list(queue: string, state: JobState, limit?: number): Promise<JobRecord[]> {
    return this.jobs.list(queue, state, limit);
  }

  rewrite(change: (payload: unknown) => unknown): Promise<number> {
    return this.jobs.rewrite(change);
  }

  scrub(): Promise<boolean> {
    return this.jobs.scrub();
  }

  counts(queue: string): Promise<JobCounts> {
    return this.jobs.counts(queue);
  }

  queues(): Promise<string[]> {
    return this.jobs.queues();
  }

  redrive(queue: string, id: string): Promise<boolean> {
    return this.jobs.redrive(queue, id);
  }

  close(): Promise<void> {
    return this.jobs.close();
  }
}
