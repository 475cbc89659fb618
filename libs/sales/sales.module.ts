import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, FISCAL_YEAR_START, type Clock } from '@leadlog/time';
import { PresentKpis, type KpiCalendar } from './kpis/present-kpis';
import { GetBoardHandler, GetKpisHandler, KPI_CALENDAR, ListTargetsHandler, SetTargetHandler, WORKING_DAYS } from './sales.handlers';
import { weekdays, type WorkingDays } from './targets/progress';

export interface SalesModuleOptions {
  timezone: string;
  /** Default: April. */
  fiscalYearStart?: number;
  /** Of the company. Default: Monday to Friday. */
  workingDays?: WorkingDays;
}

/** Needs EVENT_LOG, READ_MODELS and CLOCK from a global module. */
@Module({})
export class SalesModule {
  static for({ timezone, fiscalYearStart = FISCAL_YEAR_START, workingDays = weekdays }: SalesModuleOptions): DynamicModule {
    const calendar: KpiCalendar = { timezone, fiscalYearStart };
    return {
      module: SalesModule,
      imports: [CqrsModule],
      providers: [
        { provide: KPI_CALENDAR, useValue: calendar },
        { provide: WORKING_DAYS, useValue: workingDays },
        {
          provide: PresentKpis,
          useFactory: (readModels: ReadModels, clock: Clock) => new PresentKpis(readModels, clock, calendar),
          inject: [READ_MODELS, CLOCK],
        },
        GetKpisHandler,
        ListTargetsHandler,
        SetTargetHandler,
        GetBoardHandler,
      ],
      exports: [KPI_CALENDAR],
    };
  }
}
