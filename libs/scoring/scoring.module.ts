import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ExplainScoreHandler, GetScoresHandler, ListByTierHandler, ScoreAccountHandler, SCORING_TIMEZONE } from './scoring.handlers';

/** Queries about scores. EVENT_LOG, READ_MODELS and CLOCK come from the app. */
@Module({})
export class ScoringModule {
  /** `timezone`: that of the tenant. */
  static in(timezone: string): DynamicModule {
    return { module: ScoringModule, imports: [CqrsModule], providers: [{ provide: SCORING_TIMEZONE, useValue: timezone }, GetScoresHandler, ScoreAccountHandler, ExplainScoreHandler, ListByTierHandler] };
  }
}
