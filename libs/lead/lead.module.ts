import { Module, type DynamicModule } from '@nestjs/common';
import { GetAccountHandler, GetLeadHandler, GetTimelineHandler, ListLeadsHandler, TIMEZONE } from './lead.handlers';

/** Answers questions about leads and accounts. The app provides what is global: the event log, the read models and CqrsModule.forRoot(). */
@Module({})
export class LeadModule {
  static for({ timezone }: { timezone: string }): DynamicModule {
    return {
      module: LeadModule,
      providers: [{ provide: TIMEZONE, useValue: timezone }, GetLeadHandler, ListLeadsHandler, GetTimelineHandler, GetAccountHandler],
    };
  }
}
