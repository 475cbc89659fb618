import { Module } from '@nestjs/common';
import { GetDossierHandler, GetInboxHandler, MergeLeadHandler, ReturnLeadHandler, TellLeadHandler } from './handoff.handlers';

/** Commands on a lead's life, and what sales reads. EVENT_LOG, READ_MODELS and CLOCK come from the app. */
@Module({ providers: [TellLeadHandler, ReturnLeadHandler, MergeLeadHandler, GetInboxHandler, GetDossierHandler] })
export class HandoffModule {}
