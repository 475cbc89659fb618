import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ExplainScoreHandler, GetScoresHandler, ListByTierHandler, ScoreAccountHandler } from './scoring.handlers';

/** Queries about scores. EVENT_LOG, READ_MODELS and CLOCK come from the app. */
@Module({ imports: [CqrsModule], providers: [GetScoresHandler, ScoreAccountHandler, ExplainScoreHandler, ListByTierHandler] })
export class ScoringModule {}
