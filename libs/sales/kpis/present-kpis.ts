import { type ReadModels } from '@leadlog/projections';
import { type Clock } from '@leadlog/time';
import type { KpiWindows } from './fact-shapes';
import type { KpiQuery, KpiTeam } from './kpi-query';
import { kpiTable, type KpiTable } from './table/kpi-table';
import { SharedDeals, type KpiViews } from './shared-deals';

export interface KpiCalendar {
  /** Of the tenant (IANA name), the one the projections were made with. */
  timezone: string;
  /** Month with which a fiscal year begins, 1 to 12. */
  fiscalYearStart: number;
  /** Of the settings, for what is asked of the archive; others have their defaults. */
  windows?: Partial<KpiWindows>;
}

/** In the order of KpiViews. */
export const KPI_READ_MODELS = ['sales-kpis', 'handoff-kpis', 'leads', 'deal-leads', 'mail-kpis'] as const;

/** KPIs of now. One for a process: it keeps what leads share deals. */
export class PresentKpis {
  private readonly shared = new SharedDeals();

  constructor(
    private readonly readModels: ReadModels,
    private readonly clock: Clock,
    readonly calendar: KpiCalendar,
    /** Of the organisation as it is now. */
    private readonly teams: () => readonly KpiTeam[] = () => [],
    /** Of the sales process as it is now. */
    private readonly required: () => readonly string[] = () => [],
  ) {}

  get now(): number {
    return this.clock();
  }

  /** Rejects with InvalidKpiQuery, NotBuiltYet. */
  async table(query: Omit<KpiQuery, 'timezone' | 'fiscalYearStart' | 'teams' | 'required' | 'now'>): Promise<KpiTable> {
    const known = { ...this.calendar, teams: this.teams(), required: this.required(), now: this.now };
    return kpiTable(await this.views(), { ...query, ...known }, this.shared);
  }

  /** Reads which leads share deals before the first query. */
  async prepare(): Promise<void> {
    await this.shared.with(await this.views(), () => Promise.resolve());
  }

  private async views(): Promise<KpiViews> {
    const [sales, handoffs, leads, dealLeads, mails] = await Promise.all(KPI_READ_MODELS.map((name) => this.readModels.view(name)));
    return { sales: sales!, handoffs: handoffs!, leads: leads!, dealLeads: dealLeads!, mails: mails! };
  }
}
