export { GetKpis, GetKpisHandler, KPI_TIMEZONE } from './kpi.handlers';
export { KpiModule } from './kpi.module';
export { InvalidKpiQuery, kpiNames, kpis, kpiTable } from './kpis';
export type { KpiBy, KpiDefinition, KpiPeriod, KpiQuery, KpiRow, KpiTable, KpiViews } from './kpis';
export { salesKpis } from './sales-facts';
export { DEFAULT_WINDOWS } from './fact-shapes';
export type { SalesKpiOptions } from './sales-facts';
export type { KpiWindows, SalesFacts } from './fact-shapes';
