export { InvalidKpiQuery, kpiNames, kpis, kpiTable } from './kpis';
export type { KpiBy, KpiDefinition, KpiPeriod, KpiQuery, KpiRow, KpiTable } from './kpis';
export { SharedDeals } from './shared-deals';
export type { KpiViews } from './shared-deals';
export { dealLeads } from './deal-leads';
export { salesKpis } from './sales-facts';
export { DEFAULT_WINDOWS } from './fact-shapes';
export type { SalesKpiOptions } from './sales-facts';
export type { KpiWindows, SalesFacts } from './fact-shapes';
