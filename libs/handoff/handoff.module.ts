import { Module, type DynamicModule } from '@nestjs/common';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { AssignHandoffHandler, HandOverHandler } from './assignment/assignment.handlers';
import { HandOverCardsHandler, ListCardsHandler, SummariseCardsHandler } from './cards/cards.handlers';
import { ListQuestionsHandler, ListRevisitsHandler } from './marketing.handlers';
import { ListRelaysHandler, SummariseRelaysHandler, TellRelayHandler } from './relays/relays.handlers';
import { PreviewRetentionHandler, RunRetentionHandler } from './retention/retention.handlers';
import { ListToldOutsideHandler } from './webhooks/told-outside.handlers';
import {
  AnswerHandoffHandler,
  DisqualifyLeadHandler,
  GetDisqualifiedHandler,
  GetLeadsOfHandler,
  GetLivesHandler,
  GetDossierHandler,
  GetInboxHandler,
  GetWaitingHandler,
  RequalifyLeadHandler,
  ReturnLeadHandler,
  RevertMergeHandler,
  TellWhoIsOneHandler,
} from './handoff.handlers';

const commands = [
  AnswerHandoffHandler,
  AssignHandoffHandler,
  HandOverHandler,
  DisqualifyLeadHandler,
  RequalifyLeadHandler,
  ReturnLeadHandler,
  TellWhoIsOneHandler,
  RevertMergeHandler,
];
const queries = [
  GetInboxHandler,
  GetWaitingHandler,
  GetLivesHandler,
  GetLeadsOfHandler,
  GetDisqualifiedHandler,
  GetDossierHandler,
  ListToldOutsideHandler,
];
const marketing = [ListRevisitsHandler, ListQuestionsHandler];
const relays = [TellRelayHandler, ListRelaysHandler, SummariseRelaysHandler];
const retention = [PreviewRetentionHandler, RunRetentionHandler];
const cards = [ListCardsHandler, SummariseCardsHandler, HandOverCardsHandler];

/**
 * Commands on a lead's life, and what sales reads. EVENT_LOG, READ_MODELS, CLOCK, MergeDecisions, ORGANISATION and TEAM_OF
 * come from the app.
 */
@Module({})
export class HandoffModule {
  static for({ timezone }: { timezone: string }): DynamicModule {
    return {
      module: HandoffModule,
      providers: [{ provide: TIMEZONE, useValue: timezone }, ...commands, ...queries, ...marketing, ...cards, ...relays, ...retention],
    };
  }
}
