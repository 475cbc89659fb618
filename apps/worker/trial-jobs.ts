import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { GiveUp, type Job, type Jobs, type JobWorker } from '@leadlog/jobs';
import { TRIALS_QUEUE, type TrialFiles, type TrialRequest, type TrialResult } from '@leadlog/scoring';
import type { FromTrialProcess } from '../trials/main';

const ATTEMPTS = 3;
/** How often it is looked whether somebody has taken a trial back. */
const LOOK_MS = 200;
/** Trying again is of no use: the history or the model says so. */
const FINAL = ['TooLittleHistory', 'InvalidModel'];

/** Performs trials of scoring models one after another, each in a process of its own, with what came of them in `files`. */
export function trialJobs(jobs: Jobs, files: TrialFiles, clock: () => number): JobWorker {
  const perform = async ({ id, attempt, signal }: Job): Promise<void> => {
    const request = files.requestOf(id);
    // Removed, or taken back before its turn.
    if (!request || files.isCancelled(id) || files.get(id)!.state === 'done') return;
    files.tell(id, { state: 'running', progress: 0 });
    try {
      const result = await performed(request, { signal, isCancelled: () => files.isCancelled(id), onProgress: (progress) => files.tell(id, { state: 'running', progress }) });
      if (result) files.tell(id, { state: 'done', progress: 1, finishedAt: new Date(clock()).toISOString(), result });
    } catch (error) {
      const { name, message } = error as Error;
      const isLast = FINAL.includes(name) || attempt >= ATTEMPTS;
      files.tell(id, isLast ? { state: 'failed', progress: 0, finishedAt: new Date(clock()).toISOString(), error: message } : { state: 'waiting', progress: 0, error: `${message} (it is tried again)` });
      if (FINAL.includes(name)) throw new GiveUp(message);
      throw error;
    }
  };
  return jobs.work(TRIALS_QUEUE, perform, { attempts: ATTEMPTS, concurrency: 1, backoff: { firstMs: 2_000, maxMs: 60_000 }, leaseMs: 10_000 });
}

interface Watched {
  signal: AbortSignal;
  isCancelled: () => boolean;
  onProgress: (part: number) => void;
}

/** Undefined when it was taken back. */
function performed(request: TrialRequest, { signal, isCancelled, onProgress }: Watched): Promise<TrialResult | undefined> {
  const child: ChildProcess = fork(join(__dirname, '../trials/main.js'), { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise<TrialResult | undefined>((done, failed) => {
    const look = setInterval(() => {
      if (!isCancelled()) return;
      child.kill('SIGKILL');
      done(undefined);
    }, LOOK_MS);
    const stop = (): void => {
      child.kill('SIGKILL');
      failed(new Error('the worker was stopped'));
    };
    signal.addEventListener('abort', stop);
    child.on('message', (message: FromTrialProcess) => {
      if ('progress' in message) onProgress(message.progress);
      else if ('result' in message) done(message.result);
      else failed(Object.assign(new Error(message.error.message), { name: message.error.name }));
    });
    child.once('exit', () => {
      clearInterval(look);
      signal.removeEventListener('abort', stop);
      failed(new Error('the process that performed the trial died, as one does that takes more memory than there is'));
    });
    child.send(request);
  });
}
