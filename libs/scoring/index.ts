export { compile } from './model/compile';
export type { CompiledModel } from './model/compile';
export { versionOf } from './model/model';
export type { ScoringModel } from './model/model';
export { MODEL_SCHEMA } from './model/model-schema';
export { readDocument } from './model/model-text';
export type { ModelDocumentText } from './model/model-text';
export { parseModel } from './model/parse-model';
export { prospective } from './model/prospective';
export type { Histories, History } from './past-scores/histories';
export { afterRollback, fromNowOn, inZoneOf, knownAs, liveModel, modelOfVersion, refusedSize } from './published/live-model';
export type { LiveModel, MainModel } from './published/live-model';
export { modelsProjection } from './published/models.projection';
export { PublishedModels } from './published/published-models';
export type { PublishedModel } from './published/published-models';
export { draft, livePublication, ModelHistory, proposeOnModel, publish, retire, rollback } from './published/stored-model';
export type { ModelAnswer, ModelDecision, ModelRefusal, Publication, StoredModel } from './published/stored-model';
export { accountScore } from './scores/account-score';
export type { AccountScore } from './scores/account-score';
export type { Counterfactual } from './scores/counterfactual';
export { HotLeads } from './scores/hot-leads';
export { leadsByTier, scoresNow, scoresUnder, UnknownModel, why, whyUnder } from './scores/score-queries';
export type { LeadScore, TierQuery, WhyQuery } from './scores/score-queries';
export type { ScoreCurve } from './scores/score-curve';
export type { ScoreState } from './scores/score-state';
export {
  compiledOf,
  DUE_LIST,
  isBeside,
  MAIN_SCORES,
  scoresBeside,
  scoresOf,
  scoresProjection,
  scoresSource,
} from './scores/scores.projection';
export { tierReaction } from './scores/tier-reaction';
export { nextChange, scoreAt, tierOf } from './scores/tiers';
export type { Scores, TierChange } from './scores/tiers';
export { explain } from './scores/why';
export type { AxisExplanation, Contribution, Explanation } from './scores/why';
export { backtest } from './trials/backtest';
export type { Backtest, BacktestRequest } from './trials/backtest';
export { OUTCOME_NAMES, TooLittleHistory } from './trials/past-months';
export type { Outcome } from './trials/past-months';
export { preview } from './trials/preview';
export type { Preview, PreviewRequest, TierMove } from './trials/preview';
export { SHAKY, suggest } from './trials/suggest';
export type { Suggestion, SuggestRequest } from './trials/suggest';
export { TrialFiles } from './trials/trial-files';
export type { Trial, TrialState } from './trials/trial-files';
export { performTrial, TRIAL_KINDS, TRIALS_QUEUE } from './trials/trials';
export type { TrialKind, TrialOptions, TrialRequest, TrialResult } from './trials/trials';
