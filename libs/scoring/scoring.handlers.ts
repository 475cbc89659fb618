import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { CLOCK, type Clock, type Tier } from '@leadlog/lead';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { leadsByTier, scoresNow, why, type LeadScore } from './score-queries';
import type { Explanation } from './why';

/** Score, tier and cooling of leads now, in the order of the ids. */
export class GetScores extends Query<(LeadScore | undefined)[]> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

@QueryHandler(GetScores)
export class GetScoresHandler implements IQueryHandler<GetScores> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels, @Inject(CLOCK) private readonly clock: Clock) {}

  async execute({ leadIds }: GetScores) {
    return scoresNow(await this.readModels.view('scores'), leadIds, this.clock());
  }
}

/** Contributions that sum to the score; `at` in ms for a past time. */
export class ExplainScore extends Query<Explanation | undefined> {
  constructor(readonly leadId: string, readonly at?: number) {
    super();
  }
}

@QueryHandler(ExplainScore)
export class ExplainScoreHandler implements IQueryHandler<ExplainScore> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId, at }: ExplainScore) {
    return why(await this.readModels.view('scores'), this.log, leadId, this.clock(), at);
  }
}

/** Leads of one tier, or of all from hot to cold, by their score now. */
export class ListByTier extends Query<LeadScore[]> {
  constructor(readonly options: { tier?: Tier; limit: number }) {
    super();
  }
}

@QueryHandler(ListByTier)
export class ListByTierHandler implements IQueryHandler<ListByTier> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels, @Inject(CLOCK) private readonly clock: Clock) {}

  async execute({ options }: ListByTier) {
    return leadsByTier(await this.readModels.view('scores'), this.clock(), options);
  }
}
