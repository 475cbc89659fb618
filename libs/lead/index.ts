export { accountOf, accountsProjection, NEEDED_ROLES, peopleOfAccount } from './accounts.projection';
export type { AccountDetail, AccountPerson, AccountState } from './accounts.projection';
export { ATTRIBUTE_TYPES, attributesOf, evolveAttributes, LEAD_ATTRIBUTES, noAttributeFacts } from './lead-attributes';
export type { AttributeFacts, LeadAttributes } from './lead-attributes';
export {
  evolveLead,
  handoffIdOf,
  handoffLead,
  initialLead,
  leadConcerned,
  proposeOnLead,
  readLead,
  refusalOf,
  runIdOf,
  runLead,
  runNumber,
  tellLead,
  withTeam,
} from './lead';
export type { LeadDecided, LeadFact, LeadLifecycle, Proposal, Refusal, TeamOf } from './lead';
export { erasureReaction } from './erasure/erasure-reaction';
export { holderOfIdentity } from './erasure/holder-of-identity';
export { cellAdder, nameInCell } from './kpi-cells/cell-adder';
export type { AddCell, Facets } from './kpi-cells/cell-adder';
export { mailKpis } from './kpi-cells/mail-kpis.projection';
export { leadOf, listLeads, newerFirst, summaryOf } from './lead-queries';
export { answeredRelays, isRelayFact, evolveRelay, relayConcerned, tellRelay } from './relays';
export type { MembersOf, RelayFact, RelayFactType, RelayState } from './relays';
export type { LeadDetail, LeadListQuery, LeadOrder, LeadPage, LeadSummary } from './lead-queries';
export { LeadSearch } from './lead-search';
export { leadStreamsOf, supersededIn, voidedIn } from './lead-streams';
export type { IndexedEvent } from './lead-streams';
export {
  countedTypes,
  countsOf,
  DEALS_TOLD,
  leadEventTypes,
  leadsProjection,
  originTallies,
  peopleOf,
  timezoneOfLeads,
} from './leads.projection';
export type { Capture, CountedType, DealOutcome, LeadRole, LeadState } from './leads.projection';
export { momentCursor, momentOf, timelineOf } from './timeline';
export type { TimelineEntry, TimelinePage, TimelineQuery } from './timeline';
export { summaryOfEvent } from './timeline-words';
export type { Words } from './timeline-words';
export { possibleDuplicates, SHAREABLE, sharedIdentities } from './who-is-who/duplicates';
export type { DuplicatesPage, DuplicatesQuery, PossibleDuplicate, Shareable, SharedIdentity } from './who-is-who/duplicates';
export {
  IDENTITY_NAMES,
  cardIdentity,
  emailIdentity,
  identityHash,
  identityOf,
  identityStreams,
  leadIdOf,
  namesByKey,
  namesInClear,
  visitorIdentity,
} from './who-is-who/identity';
export type { Identity, IdentityNames } from './who-is-who/identity';
export { KeptApartIdentities, survivorOf } from './who-is-who/kept-apart';
export { MergeDecisions, saysWhoIsOne } from './who-is-who/merges';
