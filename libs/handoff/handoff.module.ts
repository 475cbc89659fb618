import { Module, type DynamicModule } from '@nestjs/common';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { GetDisqualifiedHandler, GetDossierHandler, GetInboxHandler, GetLifeHandler, TellWhoIsOneHandler, ReturnLeadHandler, TellLeadHandler } from './handoff.handlers';

/** Commands on a lead's life, and what sales reads. EVENT_LOG, READ_MODELS and CLOCK come from the app. */
@Module({})
export class HandoffModule {
  static for({ timezone }: { timezone: string }): DynamicModule {
    return {
      module: HandoffModule,
      providers: [{ provide: TIMEZONE, useValue: timezone }, TellLeadHandler, ReturnLeadHandler, TellWhoIsOneHandler, GetInboxHandler, GetLifeHandler, GetDisqualifiedHandler, GetDossierHandler],
    };
  }
}
