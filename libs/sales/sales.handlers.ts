import { type OnApplicationBootstrap } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { addDays, localDay } from '@leadlog/time';
import type { KpiQuery } from './kpis/kpi-query';
import type { KpiTable } from './kpis/table/kpi-table';
import { PresentKpis } from './kpis/present-kpis';

// The queries of sales: about targets and the board in the folder of these, about KPIs below.
export {
  GetBoard,
  GetBoardHandler,
  ListTargets,
  ListTargetsHandler,
  SetTarget,
  SetTargetHandler,
  WORKING_DAYS,
} from './targets/targets.handlers';
export type { TargetsQuery } from './targets/targets.handlers';

/** Injection token of KpiCalendar. */
export const KPI_CALENDAR = 'KpiCalendar';
/** Injection token of `() => readonly KpiTeam[]`: the teams of the organisation as it is now. */
export const KPI_TEAMS = 'KpiTeams';

/** Injection token of `() => readonly string[]`: the items that flows of the sales process require, as it is now. */
export const KPI_REQUIRED = 'KpiRequired';

/** Days from `from` to before `to`, by default the thirty up to today. */
export type KpisAsked = Omit<KpiQuery, 'timezone' | 'fiscalYearStart' | 'teams' | 'required' | 'now' | 'from' | 'to'> & {
  from?: string;
  to?: string;
};

export type KpisAnswered = KpiTable & { from: string; to: string; timezone: string };

/** Rejects with InvalidKpiQuery, NotBuiltYet. */
export class GetKpis extends Query<KpisAnswered> {
  constructor(readonly query: KpisAsked) {
    super();
  }
}

@QueryHandler(GetKpis)
export class GetKpisHandler implements IQueryHandler<GetKpis>, OnApplicationBootstrap {
  constructor(private readonly present: PresentKpis) {}

  async execute({ query }: GetKpis) {
    const { timezone } = this.present.calendar;
    const span = spanOf(query, localDay(this.present.now, timezone));
    return { ...span, timezone, ...(await this.present.table({ ...query, ...span })) };
  }

  /** A query reports errors that occur here. */
  onApplicationBootstrap(): void {
    void this.present.prepare().catch(() => undefined);
  }
}

export function spanOf({ from, to }: Pick<KpisAsked, 'from' | 'to'>, today: string): { from: string; to: string } {
  const end = to ?? addDays(today, 1);
  const before = addDays(end, -30);
  // Days before the year 0 begin with a sign, and are none that a store reads.
  return { from: from ?? (before.startsWith('-') ? end : before), to: end };
}
