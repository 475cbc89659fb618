export { GetKpis, GetKpisHandler, KPI_TIMEZONE } from './kpi.handlers';
export { KpiModule } from './kpi.module';
export { InvalidKpiQuery, kpiNames, kpis, kpiTable } from './kpis';
export type { KpiBy, KpiDefinition, KpiPeriod, KpiQuery, KpiRow, KpiTable, KpiViews } from './kpis';
export { DEFAULT_WINDOWS, salesKpis } from './sales-facts';
export type { KpiWindows, SalesFacts, SalesKpiOptions } from './sales-facts';
