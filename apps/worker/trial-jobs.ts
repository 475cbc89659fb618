import { join } from 'node:path';
import { askChild, startChild } from '@leadlog/children';
import { isFinal } from '@leadlog/errors';
import { type Job, type Jobs, type JobWorker } from '@leadlog/jobs';
import { TRIALS_QUEUE, type TrialFiles, type TrialRequest, type TrialResult } from '@leadlog/scoring';

const ATTEMPTS = 3;
/** How often it is looked whether somebody has taken a trial back. */
const LOOK_MS = 200;

/** Performs trials of scoring models one after another, each in a process of its own, with what came of them in `files`. */
export function trialJobs(jobs: Jobs, files: TrialFiles, clock: () => number): JobWorker {
  const now = (): string => new Date(clock()).toISOString();
  const perform = async ({ id, attempt, signal }: Job): Promise<void> => {
    const request = files.requestOf(id);
    // Removed, or cancelled before its turn.
    if (!request || files.isCancelled(id) || files.get(id)?.state === 'done') return;
    // Aborted, the job is another worker's, or will be: what it says of the trial is not to be overwritten.
    const mine = (): void => signal.throwIfAborted();
    try {
      mine();
      files.tell(id, { state: 'running', progress: 0 });
      const result = await performed(request, {
        signal,
        isCancelled: () => files.isCancelled(id),
        onProgress: (progress) => files.tell(id, { state: 'running', progress }),
      });
      mine();
      if (result) files.finish(id, result, now());
    } catch (error) {
      mine();
      const { message } = error as Error;
      const isLast = isFinal(error) || attempt >= ATTEMPTS;
      files.tell(
        id,
        isLast
          ? { state: 'failed', progress: 0, finishedAt: now(), error: message }
          : { state: 'waiting', progress: 0, error: `${message} (it is tried again)` },
      );
      throw error;
    }
  };
  return jobs.work(TRIALS_QUEUE, perform, {
    attempts: ATTEMPTS,
    concurrency: 1,
    backoff: { firstMs: 2_000, maxMs: 60_000 },
    leaseMs: 10_000,
  });
}

interface Watched {
  signal: AbortSignal;
  isCancelled: () => boolean;
  onProgress: (part: number) => void;
}

/** Undefined if it was cancelled. Its process is gone in any case. */
async function performed(request: TrialRequest, { signal, isCancelled, onProgress }: Watched): Promise<TrialResult | undefined> {
  const child = startChild(join(__dirname, '../children/trial.js'));
  let look: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  try {
    const left = new Promise<undefined>((done, failed) => {
      look = setInterval(() => {
        try {
          if (isCancelled()) done(undefined);
        } catch (error) {
          failed(error as Error);
        }
      }, LOOK_MS);
      signal.addEventListener('abort', (stop = () => failed(new Error('the worker was stopped'))));
    });
    const died = () => new Error('the process that performed the trial died, as one does that takes more memory than there is');
    return await Promise.race([left, askChild<TrialRequest, TrialResult>(child, request, { onProgress, died })]);
  } finally {
    clearInterval(look);
    if (stop) signal.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}
