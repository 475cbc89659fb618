import type { LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import { evolveStoredModel, initialStoredModel, livePublication, type StoredModel } from './stored-model';

export const MODEL_TYPES = ['ScoringModelDrafted', 'ScoringModelPublished', 'ScoringModelRetired'] as const;

/**
 * Read model `models`, by model: drafts and publications; the documents stay in the log.
 * Lists: `models` (by the time of the last publication, 0 if only drafted), `trickling` (leads made hot by its live
 * publication are handed off a limited number a day; since when).
 */
export const modelsProjection: Projection<StoredModel> = defineProjection<StoredModel>({
  name: 'models',
  version: '2',
  handles: MODEL_TYPES,
  key: ({ data }) => (data as { modelId: string }).modelId,
  streams: (modelId) => [`model-${modelId}`],
  keyOfStream: (stream) => (stream.startsWith('model-') ? stream.slice(6) : null),
  initial: initialStoredModel,
  evolve: (state, event) => evolveStoredModel(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const live = livePublication(state);
    const models = { models: state.published.at(-1)?.at ?? 0 };
    return live?.handoffs === 'trickle' ? { ...models, trickling: live.at } : models;
  },
});
