import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { MainModel } from './published/live-model';
import {
  CancelTrialHandler,
  CheckModelHandler,
  DraftModelHandler,
  ExplainScoreHandler,
  GetScoreCurveHandler,
  GetModelDocumentHandler,
  GetScoresHandler,
  GetTrialHandler,
  ListByTierHandler,
  ListModelsHandler,
  ListTrialsHandler,
  MAIN_MODEL,
  MODEL_READER,
  PublishModelHandler,
  RetireModelHandler,
  RollBackModelHandler,
  ScoreAccountHandler,
  SCORING_TIMEZONE,
  StartTrialHandler,
  TRIALS_TIMEZONE,
  type ModelReader,
} from './scoring.handlers';
import { TrialFiles } from './trials/trial-files';

const scores = [GetScoresHandler, ScoreAccountHandler, ExplainScoreHandler, GetScoreCurveHandler, ListByTierHandler];
const models = [
  ListModelsHandler,
  GetModelDocumentHandler,
  CheckModelHandler,
  DraftModelHandler,
  PublishModelHandler,
  RollBackModelHandler,
  RetireModelHandler,
];
const trials = [StartTrialHandler, ListTrialsHandler, GetTrialHandler, CancelTrialHandler];

export interface ScoringParts {
  /** IANA name of the tenant's time zone. */
  timezone: string;
  /** For commands and queries about models, which need what the settings say. */
  models?: { main: MainModel; reader: Type<ModelReader> };
  /** For trials, which need a worker with the archive. */
  trials?: TrialFiles;
}

/** Scores, models and their trials. EVENT_LOG, READ_MODELS, JOBS and CLOCK come from the app. */
@Module({})
export class ScoringModule {
  static for(parts: ScoringParts): DynamicModule {
    const ofModels = parts.models && [
      { provide: MAIN_MODEL, useValue: parts.models.main },
      { provide: MODEL_READER, useClass: parts.models.reader },
      ...models,
    ];
    const ofTrials = parts.trials && [
      { provide: TrialFiles, useValue: parts.trials },
      { provide: TRIALS_TIMEZONE, useValue: parts.timezone },
      ...trials,
    ];
    return {
      module: ScoringModule,
      providers: [{ provide: SCORING_TIMEZONE, useValue: parts.timezone }, ...scores, ...(ofModels ?? []), ...(ofTrials ?? [])],
    };
  }
}
