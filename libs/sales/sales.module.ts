import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { businessTimeOf, isUnwritten, type Organisation } from '@leadlog/organisation';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, FISCAL_YEAR_START, type Clock } from '@leadlog/time';
import type { KpiWindows } from './kpis/fact-shapes';
import type { KpiTeam } from './kpis/kpi-query';
import { PresentKpis, type KpiCalendar } from './kpis/present-kpis';
import type { CompiledProcess } from './process/compiled-process';
import { requiredItems } from './process/process';
import {
  GetBoardHandler,
  GetKpisHandler,
  KPI_CALENDAR,
  KPI_REQUIRED,
  KPI_TEAMS,
  ListTargetsHandler,
  SetTargetHandler,
  WORKING_DAYS,
} from './sales.handlers';
import { AcceptNoticeHandler, ListNoticesHandler } from './notices/notices.handlers';
import { weekdays, type WorkingDays } from './targets/progress';
import type { Handoffs } from './next-actions/handed';
import {
  GetNextOfLeadHandler,
  GetRepDayHandler,
  ListOpenDealsHandler,
  SALES_KNOWLEDGE,
  WorkReader,
  type SalesKnowledge,
} from './next-actions/work.handlers';

const workQueries = [GetRepDayHandler, GetNextOfLeadHandler, ListOpenDealsHandler];

export interface SalesModuleOptions {
  timezone: string;
  /** Default: April. */
  fiscalYearStart?: number;
  /** Of the formulas of KPIs, as the projections have them. */
  kpiWindows?: Partial<KpiWindows>;
  /**
   * Its calendar has the working days, its teams their kind and employer. Where nobody has written one, Monday to Friday is worked, and teams
   * are of no kind.
   */
  organisation: () => Organisation;
  process: () => CompiledProcess;
  handoffs: Handoffs;
}

/** Needs EVENT_LOG, READ_MODELS and CLOCK from a global module. */
@Module({})
export class SalesModule {
  static for({
    timezone,
    fiscalYearStart = FISCAL_YEAR_START,
    kpiWindows,
    organisation,
    process,
    handoffs,
  }: SalesModuleOptions): DynamicModule {
    const calendar: KpiCalendar = { timezone, fiscalYearStart, windows: kpiWindows };
    const teams = (): readonly KpiTeam[] => (isUnwritten(organisation()) ? [] : organisation().teams);
    const required = (): readonly string[] => requiredItems(process().process);
    const workingDays: WorkingDays = (from, to) =>
      isUnwritten(organisation()) ? weekdays(from, to) : businessTimeOf(organisation()).workingDays(from, to);
    return {
      module: SalesModule,
      imports: [CqrsModule],
      providers: [
        { provide: KPI_CALENDAR, useValue: calendar },
        { provide: WORKING_DAYS, useValue: workingDays },
        { provide: KPI_TEAMS, useValue: teams },
        { provide: KPI_REQUIRED, useValue: required },
        {
          provide: PresentKpis,
          useFactory: (readModels: ReadModels, clock: Clock) => new PresentKpis(readModels, clock, calendar, teams, required),
          inject: [READ_MODELS, CLOCK],
        },
        GetKpisHandler,
        ListTargetsHandler,
        SetTargetHandler,
        GetBoardHandler,
        { provide: SALES_KNOWLEDGE, useValue: { timezone, process, organisation, handoffs } satisfies SalesKnowledge },
        WorkReader,
        ...workQueries,
        ListNoticesHandler,
        AcceptNoticeHandler,
      ],
      exports: [KPI_CALENDAR, KPI_TEAMS, KPI_REQUIRED],
    };
  }
}
