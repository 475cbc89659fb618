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
import { ErasePersonHandler, FORGETS, GetErasureHandler } from './erasure/erasure.handlers';
import { LeadSearch } from './lead-search';
import { GetNamesHandler } from './personal-data/names.handlers';
import { GetPersonHandler, GetToldOfPersonHandler } from './personal-data/personal-data.handlers';

/** Answers questions about leads and accounts, and takes requests to forget people. The app provides what is global: the event log, the read models and CqrsModule.forRoot(). */
@Module({})
export class LeadModule {
  static for({ timezone, forgets }: { timezone: string; forgets: boolean }): DynamicModule {
    return {
      module: LeadModule,
      providers: [
        { provide: TIMEZONE, useValue: timezone },
        { provide: FORGETS, useValue: forgets },
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
        GetNamesHandler,
        ErasePersonHandler,
        GetErasureHandler,
      ],
    };
  }
}
