import { START, type Position } from '@leadlog/event-log';
import { leadCorrections, leadKey, leadOfStream, leadStreams, leadTellings, modelStream, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection, type ProjectionSource } from '@leadlog/projections';
import { compile, type CompiledModel } from '../model/compile';
import { undoneBy } from '../published/lineage';
import { knownAs, type LiveModel } from '../published/live-model';
import { versionOf } from '../model/model';
import { foldLead, owedChange } from './rolled-back';
import { initialScore, PROFILE_EVENTS, type ScoreState } from './score-state';
import { tierOf } from './tiers';

/** Increased when the fold itself changes, so that documents of older code are rebuilt. */
const FOLD = 6;

export const DUE_LIST = 'tier-due';

/** The read model of the main model, which decides handoffs. */
export const MAIN_SCORES = 'scores';
const BESIDE = `${MAIN_SCORES}.`;
/** The read model of a model other than the main one. */
export const scoresBeside = (modelId: string): string => `${BESIDE}${modelId}`;
export const isBeside = (projection: string): boolean => projection.startsWith(BESIDE);
export const scoresOf = (modelId: string, mainModel: string): string => (modelId === mainModel ? MAIN_SCORES : scoresBeside(modelId));

/**
 * Read model `scores`, by lead, under one model (`scores.<modelId>` under one beside the main one).
 * Lists: `tier:<tier>` (by last act of the customer), `tier-due` (by the time at which the decided tier will be wrong).
 */
export function scoresProjection(model: CompiledModel | LiveModel, name = MAIN_SCORES): Projection<ScoreState> {
  const compiled = compiledOf(model);
  return defineProjection<ScoreState>({
    name,
    version: `${FOLD}-${compiled.version}${zoneOf(compiled)}${withoutOf(compiled)}`,
    handles: [...new Set([...compiled.byType.keys(), ...PROFILE_EVENTS, 'LeadTierChanged'])],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    tellings: leadTellings,
    initial: initialScore,
    evolve: (state, event) => foldLead(compiled, state, event as LeadlogEvent),
    lists: (state): Record<string, number> => {
      const due = owedChange(compiled, state);
      const tier = `tier:${tierOf(state)}`;
      return due ? { [tier]: state.l, [DUE_LIST]: due.at } : { [tier]: state.l };
    },
  });
}

/** What a setting says is part of what was folded, where it makes a difference: another one asks for another generation. */
function zoneOf({ model, timezone, byType }: CompiledModel): string {
  const countsDays = [...byType.values()].flat().some(({ rule: { cap } }) => cap?.per && 'days' in cap.per);
  return model.timezone === undefined && countsDays ? `-${timezone}` : '';
}

/**
 * Of a version that was rolled back itself and counts again, the documents from before hold its decisions of then; those of any other
 * version that was followed before have only heard what still counts, and need only catch up.
 */
function withoutOf({ model, version }: CompiledModel): string {
  const last = (model as LiveModel).rolledBack?.publications.findLast((one) => one.version === version && one.back);
  return last ? `-without-${last.position}` : '';
}

export interface ScoresSource {
  name?: string;
  /** Of the publication; START where the model comes from a file. */
  asOf?: Position;
  retired?: boolean;
}

/** The projection as run by the engine: the model is stored with each generation, so an older one is updated with its own model. */
export function scoresSource(model: LiveModel, { name = MAIN_SCORES, asOf = START, retired }: ScoresSource = {}): ProjectionSource {
  return {
    name,
    retired,
    current: () => ({
      projection: scoresProjection(model, name) as Projection,
      spec: model,
      asOf: { stream: modelStream(model.model), position: asOf },
    }),
    earlier: (spec) => scoresProjection(spec as LiveModel, name) as Projection,
  };
}

const compiledModels = new WeakMap<LiveModel, CompiledModel>();
const compiledByName = new Map<string, CompiledModel>();

/** Compiled once for each meaning under each name; a cache of a pure function. */
export function compiledOf(model: CompiledModel | LiveModel): CompiledModel {
  if ('byType' in model) return model;
  const known = compiledModels.get(model);
  if (known) return known;
  const version = knownAs(model);
  const name = `${versionOf(model)} ${version}`;
  const compiled = compiledByName.get(name) ?? {
    ...compile(model, model.tenantZone),
    version,
    ...(model.rolledBack && { undone: undoneBy(model.rolledBack) }),
  };
  compiledByName.set(name, compiled);
  compiledModels.set(model, compiled);
  return compiled;
}
