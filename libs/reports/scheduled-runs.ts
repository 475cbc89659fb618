import type { JobRecord, Jobs } from '@leadlog/jobs';
import { dueTimes } from './due-times';
import type { Report } from './report-files';
import type { ReportResults } from './report-results';
import { REPORTS_QUEUE, type DueReport } from './scheduled-reports';

const MOST_LOOKED_AT = 1_000;

/** The state of a report's schedule; times in RFC 3339, UTC. */
export interface ScheduledRuns {
  nextAt: string;
  /** The last run whose result was kept. */
  last?: { result: string; dueAt: string; madeAt: string; position: string };
  /** The last failed run after that one. `dead`: it is not retried automatically. */
  failed?: { dueAt: string; error: string; state: 'waiting' | 'active' | 'dead'; attempts: number };
}

/** Of those among `reports` that have a schedule, by name. Rejects as the jobs do. */
export async function scheduledRuns(
  reports: readonly Report[],
  { jobs, results, timezone }: { jobs: Jobs; results: ReportResults; timezone: string },
  now: number,
): Promise<Map<string, ScheduledRuns>> {
  const scheduled = reports.filter((report) => report.schedule !== undefined);
  if (scheduled.length === 0) return new Map();
  const found = await Promise.all((['dead', 'waiting', 'active'] as const).map((state) => jobs.list(REPORTS_QUEUE, state, MOST_LOOKED_AT)));
  const failed = found.flat().filter((job) => job.lastError !== undefined);
  return new Map(
    scheduled.map(({ name, schedule }) => {
      const last = results.lastScheduled(name);
      const failure = failed
        .filter((job) => dueOf(job).report === name && dueOf(job).dueAt > (last?.dueAt ?? ''))
        .sort((a, b) => (dueOf(a).dueAt < dueOf(b).dueAt ? 1 : -1))[0];
      return [
        name,
        {
          nextAt: new Date(dueTimes(schedule!, timezone).next(now)).toISOString(),
          ...(last && { last: { result: last.id, dueAt: last.dueAt!, madeAt: last.madeAt, position: last.answer.position } }),
          ...(failure && {
            failed: {
              dueAt: dueOf(failure).dueAt,
              error: failure.lastError!,
              state: failure.state as 'waiting' | 'active' | 'dead',
              attempts: failure.attempts,
            },
          }),
        },
      ];
    }),
  );
}

const dueOf = (job: JobRecord): DueReport => job.payload as DueReport;
