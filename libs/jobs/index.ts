export { GiveUp, JOBS } from './jobs';
export type { Job, JobRecord, JobRequest, Jobs, JobState, JobWorker, QueuePolicy } from './jobs';
