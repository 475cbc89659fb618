export { addFingerprint, canonicalText, partOf, SeenParts, spansOf } from './changed-parts';
export { ControlRefused, ProjectionControl, UnknownProjection } from './control';
export type { ParkedKey } from './control';
export { Families } from './families';
export { ProjectionEngine } from './engine';
export type { EngineOptions } from './engine';
export { Leases } from './leases';
export { LiveReadModels, type Readable } from './live-read-models';
export { progressOf } from './progress';
export type { GenerationProgress } from './progress';
export { defineProjection, tableOfNames } from './projection';
export type { Correction, Corrections, Projection } from './projection';
export { fromCode } from './projection-source';
export type { AsOf, ProjectionSource } from './projection-source';
export type { Reaction } from './reaction';
export { ReactionLoop } from './reaction-loop';
export type { ReactionLoopOptions } from './reaction-loop';
export { NotBuiltYet, NotReached, READ_MODELS } from './read-models';
export type { ReadModels, ReadModelView } from './read-models';
export { Retry } from './retry';
export { Diverged, ENGINE_GENERATION, Fenced, READ_MODEL_STORE, StoreUnavailable } from './store';
export type {
  GenerationCommit,
  GenerationRecord,
  GenerationState,
  ListEntry,
  ListRange,
  ReadModelStore,
  Registry,
} from './store';
export { supersededAmong } from './tellings';
export type { Telling, Tellings } from './tellings';
