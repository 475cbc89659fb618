export { possibleDuplicates, SHAREABLE, sharedIdentities } from './duplicates';
export type { DuplicatesPage, DuplicatesQuery, PossibleDuplicate, SharedIdentity, Shareable } from './duplicates';
export { accountOf, accountsProjection, NEEDED_ROLES, peopleOfAccount } from './accounts';
export type { AccountDetail, AccountPerson, AccountState } from './accounts';
export { catalogue, eventTypes } from './catalogue';
export type { EventDefinition, EventGroup, FactId, StreamKind } from './catalogue';
export { isBinaryMode, parseBatch, parseBinary, parseLine, parseStructured, withoutMark } from './cloudevents';
export type { IncomingEvent, ParsedEvent } from './cloudevents';
export { CLOCK } from './clock';
export type { Clock } from './clock';
export { counted } from './counted';
export { leadCorrections, Voided } from './corrections';
export { factIds, holdingOf, leadTellings, tellingOf } from './tellings';
export { decode, nearestEventType, UndecodableEvent, UnknownEventType } from './decode';
export { DECISION_NAMESPACE, decisionId, EVENT_NAMESPACE, eventIdOf } from './event-ids';
export type { EventData, EventOf, EventType, LeadlogEvent } from './event-types';
export {
  addDays,
  clockChanges,
  isTimezone,
  localClock,
  localDay,
  localHour,
  localMinuteOfDay,
  localMoments,
  localMonth,
  localWeekday,
  startOfDayAfter,
  startOfLocalDay,
} from './calendar';
export { isCalendarDate, isTimestamp } from './calendar-text';
export type { BusinessCardExchanged, BusinessCardHandedToMarketing } from './events/card';
export type { ContentDraftGenerated } from './events/content';
export { ASSIGNMENT_METHODS, REJECTION_REASONS } from './events/handoff';
export type {
  HandoffAccepted,
  HandoffRejected,
  HandoffReleased,
  HandoffSlaBreached,
  InsightExchanged,
  LeadAssigned,
  LeadDisqualified,
  LeadHandedOff,
  LeadReturned,
} from './events/handoff';
export { ACCOUNT_ROLES, CAPTURE_CHANNELS } from './events/identity';
export type {
  ConsentChanged,
  IdentityClaimed,
  IdentityKeptApart,
  IdentityShared,
  LeadCaptured,
  LeadLinkedToAccount,
  LeadsKeptApart,
  LeadsMerged,
  MergeReverted,
  PersonalDataErased,
  Profile,
  ProfileUpdated,
  VisitorIdentified,
} from './events/identity';
export type { ForeignId, LeadIdentity } from './events/lead-reference';
export type { EmailBounced, EmailDelivered, EmailLinkClicked, EmailOpened, EmailUnsubscribed } from './events/mail';
export { HANDOFFS_AT_SWITCH, MOST_A_DAY, PUBLISH_MODES } from './events/model';
export type { ScoringModelDrafted, ScoringModelPublished, ScoringModelRetired, WithheldHandoffsReleased } from './events/model';
export { minorDigits } from './events/money-digits';
export type { KpiTargetSet, NextActionCompleted, NextActionPlanned, SalesProcessPublished, Stage } from './events/process';
export { CALL_OUTCOMES } from './events/sales';
export type {
  Amount,
  AppointmentBooked,
  AppointmentChanged,
  CallCompleted,
  CallOutcome,
  ClosingAnswered,
  DealLost,
  DealOpened,
  DealShared,
  DealStageChanged,
  DealWon,
  MeetingHeld,
  ProductProposed,
  QuoteSubmitted,
} from './events/sales';
export { TIERS } from './events/tier';
export type { Cause, LeadTierChanged, Tier, WithheldHandoff } from './events/tier';
export type {
  ContentDownloaded,
  InquiryReceived,
  SurveyAnswered,
  TouchpointInvalidated,
  WebinarAttended,
  WebinarRegistered,
  WebPageViewed,
} from './events/web';
export { CUSTOMER_ACTS, leadFacts } from './facts';
export { errorsText, unknownField, type FieldError } from './field-errors';
export { identityHash, identityOf, Identities, leadIdOf } from './identity';
export { normalEmail, parseEmail } from './email-address';
export { parseSubject } from './subject';
export { admit } from './incoming';
export type { Identity } from './identity';
export { Ingestion, IngestionUnavailable } from './ingestion';
export type { IngestionOptions, IngestResult, ResolvedEvents } from './ingestion';
export type { JsonSchema } from './json-schema';
export { exceeds } from './json-size';
export type { JsonLimits } from './json-size';
export { addLayer, earliest, happened, isAfter, latest, merged, see } from './latest';
export type { Happened, Layer, Seen } from './latest';
export { LANES, laneOf } from './lanes';
export type { Lane } from './lanes';
export { leadStreamsOf, supersededIn, voidedIn } from './lead-streams';
export type { IndexedEvent } from './lead-streams';
export { LeadSearch } from './lead-search';
export { InvalidCursor, leadOf, listLeads, summaryOf } from './lead-queries';
export type { LeadDetail, LeadListQuery, LeadOrder, LeadPage, LeadSummary } from './lead-queries';
export { countedTypes, countsOf, DEALS_TOLD, peopleOf, leadEventTypes, leadsProjection, originTallies } from './leads';
export type { Capture, CountedType, DealOutcome, LeadRole, LeadState } from './leads';
export { MergeDecisions } from './lifecycle';
export type { Lifecycle, LifecycleAnswer } from './lifecycle';
export { MAX_LINE_BYTES, NdjsonLines } from './ndjson';
export type { NdjsonLine } from './ndjson';
export { nearest } from './nearest';
export { newestFirst } from './newest-first';
export type { Moment } from './newest-first';
export { ownEvent } from './own-event';
export type { OwnEvent } from './own-event';
export { shown } from './shown';
export { sortedBy } from './sorted-by';
export type { SortedBy } from './sorted-by';
export {
  accountStream,
  activityStream,
  dealStream,
  identityStream,
  leadKey,
  leadOfStream,
  leadStream,
  leadStreams,
  modelStream,
  processStream,
} from './streams';
export { MOST_FIELDS, unstorable } from './storable';
export { momentCursor, momentOf, timelineOf } from './timeline';
export type { TimelineEntry, TimelinePage, TimelineQuery } from './timeline';
export { summaryOfEvent } from './timeline-words';
export type { Words } from './timeline-words';
export { described, validateData } from './validate-data';
export { asImported, decisionsOf, DECISIONS } from './imported';
export type { Decisions, Imported } from './imported';
export { commandLifecycle, evolveLead, handoffIdOf, handoffLead, initialLead, proposeOnLead, refusalOf, runIdOf, runLead, runNumber, withTeam } from './lead';
export type { LeadFact, TeamOf, LeadLifecycle, Proposal, Refusal } from './lead';
