import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Jobs, JobWorker, QueuePolicy } from '@leadlog/jobs';
import type { AnswerFile, SqlQuestion } from '@leadlog/sql';
import { dueTimes } from './due-times';
import { parametersOf, type Report, type ReportFiles } from './report-files';
import type { ReportResults } from './report-results';

export const REPORTS_QUEUE = 'reports';

/**
 * Some twenty minutes of retries, because a dependency may be unavailable for a while. One at a time, because one report may take 2 GiB.
 */
const POLICY = { attempts: 8, backoff: { firstMs: 10_000, maxMs: 600_000 }, concurrency: 1 } as const satisfies QueuePolicy;
/** Files are read again after this long, and the clock may have been set. */
const LONGEST_REST_MS = 60_000;
const AFTER_FAULT_MS = 5_000;
const MOST_UNDER_WAY = 1_000;

export interface DueReport {
  report: string;
  /** RFC 3339, UTC. */
  dueAt: string;
}

export interface ScheduledReportsOptions {
  jobs: Jobs;
  files: ReportFiles;
  results: ReportResults;
  /** IANA name; schedules are on its clock. */
  timezone: string;
  clock: () => number;
  ask(question: SqlQuestion, options: { signal: AbortSignal }): Promise<AnswerFile>;
  policy?: QueuePolicy;
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * Runs reports with a schedule and keeps their results. Any number of workers may do this: due times follow from the files and the
 * clock, the id of a job from report and due time, and the result is what was known at that time, whichever worker computes it and however
 * late.
 * If due times were missed while no worker ran, the last one is made up for.
 */
export class ScheduledReports {
  private readonly stopping = new AbortController();
  /** The last notice about a report, so that it is not repeated every minute. */
  private readonly said = new Map<string, string>();
  private worker: JobWorker | undefined;
  private looking: Promise<void> | undefined;

  constructor(private readonly options: ScheduledReportsOptions) {}

  start(): void {
    const { jobs, policy } = this.options;
    this.worker = jobs.work<DueReport>(REPORTS_QUEUE, (job) => this.make(job), { ...POLICY, ...policy });
    this.looking = this.lookOnAndOn();
  }

  async stop(graceMs?: number): Promise<void> {
    this.stopping.abort();
    await this.looking;
    await this.worker?.stop(graceMs);
  }

  private async lookOnAndOn(): Promise<void> {
    const { signal } = this.stopping;
    const { clock, onWarning } = this.options;
    while (!signal.aborted) {
      let rest: number;
      try {
        const next = await this.enqueueDue();
        rest = Math.min(LONGEST_REST_MS, Math.max(1, next - clock()));
      } catch (error) {
        onWarning?.('the schedules of reports will be read again', error);
        rest = AFTER_FAULT_MS;
      }
      await sleep(rest, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns when the next one is due. */
  private async enqueueDue(): Promise<number> {
    const { files, results, jobs, timezone, clock } = this.options;
    let next = Infinity;
    for (const name of files.names()) {
      const report = this.readable(name);
      if (report?.schedule === undefined) continue;
      const times = dueTimes(report.schedule, timezone);
      const now = clock();
      const since = await results.seenSince(name, `${report.schedule} ${timezone}`, now);
      const due = times.latest(now);
      next = Math.min(next, times.next(now));
      const dueAt = new Date(due).toISOString();
      if (due <= since || results.hasScheduled(name, dueAt) || (await this.isUnderWay(name))) continue;
      await jobs.enqueue([
        { id: jobIdOf({ report: name, dueAt }), queue: REPORTS_QUEUE, payload: { report: name, dueAt } satisfies DueReport },
      ]);
    }
    return next;
  }

  /** Runs that take longer than the interval must not pile up. */
  private async isUnderWay(name: string): Promise<boolean> {
    const { jobs } = this.options;
    const found = await Promise.all((['waiting', 'active'] as const).map((state) => jobs.list(REPORTS_QUEUE, state, MOST_UNDER_WAY)));
    return found.flat().some(({ payload }) => (payload as DueReport).report === name);
  }

  /** A wrong file does not delay other reports. */
  private readable(name: string): Report | undefined {
    try {
      const report = this.options.files.get(name);
      this.said.delete(name);
      return report;
    } catch (error) {
      const { message } = error as Error;
      if (this.said.get(name) !== message) this.options.onWarning?.(message);
      this.said.set(name, message);
      return undefined;
    }
  }

  private async make({ payload: { report: name, dueAt }, signal }: Job<DueReport>): Promise<void> {
    const { files, results, ask, clock } = this.options;
    // After a crash between keeping the result and the end of the job.
    if (results.hasScheduled(name, dueAt)) return;
    const report = files.get(name);
    const parameters = parametersOf(report, {});
    const answer = await ask(
      { sql: report.sql, parameters, format: 'json', limit: 10_000, timeoutMs: 600_000, asOf: Date.parse(dueAt) },
      { signal },
    );
    await results.keep({ report: name, madeAt: new Date(clock()).toISOString(), dueAt, parameters, asOf: dueAt }, answer.file);
  }
}

const jobIdOf = ({ report, dueAt }: DueReport): string => `${report} ${dueAt}`;
