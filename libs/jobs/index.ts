export { GiveUp, JOBS, JobsUnavailable, TryLater } from './jobs';
export type { Job, JobCounts, JobRecord, JobRequest, Jobs, JobState, JobWorker, QueuePolicy } from './jobs';
