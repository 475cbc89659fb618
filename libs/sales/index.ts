export { dealOf, dealsProjection, listDeals } from './deals';
export type { DealState, DealSummary, DealViews } from './deals';
export { UNTOLD } from './deal-parties';
export { sharedDealReaction } from './shared-deal-reaction';
