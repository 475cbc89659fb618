import { leadCorrections, leadKey, leadOfStream, leadStreams, type LeadlogEvent } from '@leadlog/lead';
import { defineProjection, type Projection, type ProjectionSource } from '@leadlog/projections';
import { compile, type CompiledModel } from './compile';
import { versionOf, type ScoringModel } from './model';
import { foldScore, initialScore, PROFILE_EVENTS, type ScoreState } from './score-state';
import { nextChange, tierOf } from './tiers';

/** Counts up when the fold itself changes, so that documents of older code are built anew. */
const FOLD = 3;

export const DUE_LIST = 'tier-due';

/**
 * Read model `scores`, by lead, under one model.
 * Lists: `tier:<tier>` (by last act of the customer), `tier-due` (by the time at which the decided tier will be wrong).
 */
export function scoresProjection(model: CompiledModel | ScoringModel): Projection<ScoreState> {
  const compiled = compiledOf(model);
  return defineProjection<ScoreState>({
    name: 'scores',
    version: `${FOLD}-${compiled.version}`,
    handles: [...new Set([...compiled.byType.keys(), ...PROFILE_EVENTS, 'LeadTierChanged'])],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: initialScore,
    evolve: (state, event) => foldScore(compiled, state, event as LeadlogEvent),
    lists: (state): Record<string, number> => {
      const due = nextChange(compiled, state);
      const tier = `tier:${tierOf(state)}`;
      return due ? { [tier]: state.l, [DUE_LIST]: due.at } : { [tier]: state.l };
    },
  });
}

/** The projection as the engine runs it: the model is kept with each generation, so an older one is followed with its own. */
export function scoresSource(model: ScoringModel): ProjectionSource {
  return {
    name: 'scores',
    current: () => ({ projection: scoresProjection(model) as Projection, spec: model }),
    earlier: (spec) => scoresProjection(spec as ScoringModel) as Projection,
  };
}

const compiledByVersion = new Map<string, CompiledModel>();

/** Compiled once for each version; a cache of a pure function. */
export function compiledOf(model: CompiledModel | ScoringModel): CompiledModel {
  if ('byType' in model) return model;
  const version = versionOf(model);
  let compiled = compiledByVersion.get(version);
  if (!compiled) compiledByVersion.set(version, (compiled = compile(model)));
  return compiled;
}
