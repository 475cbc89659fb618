import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { addDays, CLOCK, localDay, type Clock } from '@leadlog/time';
import { DEFAULT_WINDOWS } from './kpis/fact-shapes';
import { kpiTable, type KpiQuery, type KpiTable } from './kpis/kpis';
import { SharedDeals, type KpiViews } from './kpis/shared-deals';

/** Injection token of the tenant's time zone (IANA name), the one the projections were made with. */
export const KPI_TIMEZONE = 'KpiTimezone';

/** Days from `from` to before `to`, by default the thirty up to today. */
export type KpisAsked = Omit<KpiQuery, 'timezone' | 'now' | 'from' | 'to'> & { from?: string; to?: string };

export type KpisAnswered = KpiTable & { from: string; to: string; timezone: string };

/** Rejects with InvalidKpiQuery, NotBuiltYet. */
export class GetKpis extends Query<KpisAnswered> {
  constructor(readonly query: KpisAsked) {
    super();
  }
}

@QueryHandler(GetKpis)
export class GetKpisHandler implements IQueryHandler<GetKpis>, OnApplicationBootstrap {
  private readonly shared = new SharedDeals();

  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KPI_TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query }: GetKpis) {
    const { timezone } = this;
    const now = this.clock();
    const span = spanOf(query, localDay(now, timezone));
    return { ...span, timezone, ...(await kpiTable(await this.views(), { ...query, ...span, timezone, now }, this.shared)) };
  }

  /** Reads which leads share deals before the first query; a query reports errors that occur here. */
  onApplicationBootstrap(): void {
    void this.views()
      .then((views) => this.shared.with(views, this.timezone, DEFAULT_WINDOWS, () => Promise.resolve()))
      .catch(() => undefined);
  }

  private async views(): Promise<KpiViews> {
    const [sales, leads, dealLeads] = await Promise.all(['sales-kpis', 'leads', 'deal-leads'].map((name) => this.readModels.view(name)));
    return { sales: sales!, leads: leads!, dealLeads: dealLeads! };
  }
}

export function spanOf({ from, to }: KpisAsked, today: string): { from: string; to: string } {
  const end = to ?? addDays(today, 1);
  return { from: from ?? addDays(end, -30), to: end };
}
