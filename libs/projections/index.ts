export { defineProjection } from './projection';
export type { Correction, Corrections, Projection } from './projection';
export type { Reaction } from './reaction';
export { NotBuiltYet, NotReached, READ_MODELS } from './read-models';
export type { ReadModels, ReadModelView } from './read-models';
export { Fenced, StoreUnavailable } from './store';
export type {
  GenerationCommit,
  GenerationRecord,
  GenerationState,
  ListEntry,
  ListRange,
  ReadModelStore,
  Registry,
} from './store';
