import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import type { LeadRole } from '@leadlog/lead';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { addDays, CLOCK, startOfLocalDay, type Clock } from '@leadlog/time';
import type { AccountScore } from './scores/account-score';
import {
  accountScoreNow,
  leadsByTier,
  scoresNow,
  scoresUnder,
  whyUnder,
  type LeadScore,
  type TierQuery,
  type WhyQuery,
} from './scores/score-queries';
import { scoreCurve, type ScoreCurve } from './scores/score-curve';
import type { Explanation } from './scores/why';

// The commands and queries of scoring: about models and their trials in the folder of each, about scores below.
export {
  CheckModel,
  CheckModelHandler,
  DraftModel,
  DraftModelHandler,
  GetModelDocument,
  GetModelDocumentHandler,
  ListModels,
  ListModelsHandler,
  MAIN_MODEL,
  MODEL_READER,
  PublishModel,
  PublishModelHandler,
  RetireModel,
  RetireModelHandler,
  RollBackModel,
  RollBackModelHandler,
} from './published/models.handlers';
export type { ListedModel, ModelReader } from './published/models.handlers';
export {
  CancelTrial,
  CancelTrialHandler,
  GetTrial,
  GetTrialHandler,
  ListTrials,
  ListTrialsHandler,
  StartTrial,
  StartTrialHandler,
  TRIALS_TIMEZONE,
} from './trials/trials.handlers';

/** Injection token of the tenant's time zone. */
export const SCORING_TIMEZONE = 'ScoringTimezone';

/** Score, tier and cooling of leads now, in the order of the ids; under the main model by default. Throws UnknownModel. */
export class GetScores extends Query<(LeadScore | undefined)[]> {
  constructor(
    readonly leadIds: readonly string[],
    readonly modelId?: string,
  ) {
    super();
  }
}

@QueryHandler(GetScores)
export class GetScoresHandler implements IQueryHandler<GetScores> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadIds, modelId }: GetScores) {
    return scoresNow(await scoresUnder(this.readModels, modelId), leadIds, this.clock());
  }
}

/** The score of an account now, from its people, under the main model. */
export class ScoreAccount extends Query<AccountScore | undefined> {
  constructor(
    readonly accountId: string,
    /** Roles that are filled at the account. */
    readonly held: readonly LeadRole[],
    readonly needed: readonly LeadRole[],
  ) {
    super();
  }
}

@QueryHandler(ScoreAccount)
export class ScoreAccountHandler implements IQueryHandler<ScoreAccount> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ accountId, held, needed }: ScoreAccount) {
    return accountScoreNow(await scoresUnder(this.readModels), await this.readModels.view('leads'), accountId, held, needed, this.clock());
  }
}

/**
 * Contributions that sum to the score, by pages; `at`: ms, or a day (YYYY-MM-DD): as it was at its end, of today now. Throws UnknownModel,
 * InvalidCursor.
 */
export class ExplainScore extends Query<(Explanation & { cursor?: string }) | undefined> {
  constructor(readonly query: Omit<WhyQuery, 'at'> & { at?: number | string }) {
    super();
  }
}

@QueryHandler(ExplainScore)
export class ExplainScoreHandler implements IQueryHandler<ExplainScore> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SCORING_TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query }: ExplainScore) {
    const now = this.clock();
    const at = typeof query.at === 'string' ? this.endOf(query.at, now) : query.at;
    return whyUnder(this.readModels, this.log, { ...query, at }, now, this.timezone);
  }

  /** A day is asked for what it has brought. */
  private endOf(day: string, now: number): number {
    const [start, end] = [day, addDays(day, 1)].map((one) => startOfLocalDay(one, this.timezone)) as [number, number];
    return start <= now && now < end ? now : end - 1;
  }
}

/** The score of a lead over time, past and to come, under the main model by default. Throws UnknownModel. */
export class GetScoreCurve extends Query<ScoreCurve | undefined> {
  constructor(
    readonly leadId: string,
    readonly span: { days: number; ahead?: number; modelId?: string },
  ) {
    super();
  }
}

@QueryHandler(GetScoreCurve)
export class GetScoreCurveHandler implements IQueryHandler<GetScoreCurve> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId, span }: GetScoreCurve) {
    return scoreCurve(await scoresUnder(this.readModels, span.modelId), this.log, leadId, this.clock(), span);
  }
}

/** Leads of one tier, or of all from hot to cold, by their score now; under the main model by default. Throws UnknownModel. */
export class ListByTier extends Query<LeadScore[]> {
  constructor(readonly options: TierQuery & { modelId?: string }) {
    super();
  }
}

@QueryHandler(ListByTier)
export class ListByTierHandler implements IQueryHandler<ListByTier> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ options }: ListByTier) {
    return leadsByTier(await scoresUnder(this.readModels, options.modelId), this.clock(), options);
  }
}
