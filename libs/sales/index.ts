export { dealOf, dealsProjection, listDeals } from './deals';
export type { DealState, DealSummary, DealViews } from './deals';
