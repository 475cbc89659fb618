/** What a question is about: the first part of the key of each query. Commands say by it what they change, live updates what has changed. */
export type Read =
  | 'account'
  | 'audit'
  | 'board'
  | 'cards'
  | 'check'
  | 'day'
  | 'inbox'
  | 'jobs'
  | 'keys'
  | 'kpis'
  | 'lead'
  | 'leads'
  | 'models'
  | 'organisation'
  | 'people'
  | 'policy'
  | 'process'
  | 'projections'
  | 'reports'
  | 'reps'
  | 'schema'
  | 'session'
  | 'sql'
  | 'targets'
  | 'trials';

export type QueryKey = readonly [Read, ...(readonly unknown[])];

/** What is otherwise once something was done with a lead: answered, recorded, given up or back. */
export const LEAD_CHANGES: readonly Read[] = ['lead', 'leads', 'account', 'inbox', 'day', 'cards', 'board', 'kpis'];
