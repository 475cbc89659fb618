import { Module, type DynamicModule } from '@nestjs/common';
import {
  GetAccountHandler,
  GetLeadHandler,
  GetLeadSummariesHandler,
  GetTimelineHandler,
  ListDuplicatesHandler,
  ListLeadsHandler,
  SearchLeadsHandler,
  TIMEZONE,
} from './lead.handlers';
import { LeadSearch } from './lead-search';
import { GetPersonHandler, GetToldOfPersonHandler } from './personal-data/personal-data.handlers';

/** Answers questions about leads and accounts. The app provides what is global: the event log, the read models and CqrsModule.forRoot(). */
@Module({})
export class LeadModule {
  static for({ timezone }: { timezone: string }): DynamicModule {
    return {
      module: LeadModule,
      providers: [
        { provide: TIMEZONE, useValue: timezone },
        LeadSearch,
        GetLeadHandler,
        GetLeadSummariesHandler,
        ListLeadsHandler,
        ListDuplicatesHandler,
        SearchLeadsHandler,
        GetTimelineHandler,
        GetAccountHandler,
        GetPersonHandler,
        GetToldOfPersonHandler,
      ],
    };
  }
}
