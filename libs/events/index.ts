export { catalogue, eventTypes } from './catalogue';
export type { EventDefinition, EventGroup, FactId, StreamKind } from './catalogue';
export { decode, nearestEventType, UndecodableEvent, UnknownEventType } from './decode';
export { DECISION_NAMESPACE, decisionId, EVENT_NAMESPACE, eventIdOf } from './event-ids';
export type { EventData, EventOf, EventType, LeadlogEvent } from './event-types';
export { CUSTOMER_ACTS, leadFacts, SELLER_ACTS } from './facts';
export { leadCorrections, Voided, voidIn } from './folding/corrections';
export type { Void } from './folding/corrections';
export { addLayer, earliest, happened, isAfter, latest, merged, see, sightings } from './folding/latest';
export type { Happened, Layer, Seen } from './folding/latest';
export { newestFirst } from './folding/newest-first';
export type { Moment } from './folding/newest-first';
export { sortedBy } from './folding/sorted-by';
export type { SortedBy } from './folding/sorted-by';
export { factIds, holdingOf, leadTellings, tellingOf } from './folding/tellings';
export { DECISIONS, decisionsOf } from './imported';
export type { Decisions, Imported } from './imported';
export { laneOf, LANES } from './lanes';
export type { Lane } from './lanes';
export { BY_IDENTITY, ownEvent } from './own-event';
export type { OwnEvent } from './own-event';
export { traitsOf, withTraits } from './profile-traits';
export { personalPartOf } from './personal-fields';
export type { FieldPath } from './personal-fields';
export {
  ACCESS_STREAM,
  PEOPLE_STREAM,
  sessionsStream,
  accountStream,
  activityStream,
  AUDIT_STREAMS,
  auditStream,
  dealStream,
  identityStream,
  leadKey,
  leadOfStream,
  leadStream,
  leadStreams,
  modelStream,
  processStream,
  repStream,
} from './streams';
export { AUDITED_KINDS, PERSON_ROLES, ROLES } from './types/access';
export type { AccessKeyCreated, AuditedKind, PersonAdded, PersonRole, RequestAudited, Role, SignInWay } from './types/access';
export type { BusinessCardExchanged, BusinessCardHandedToMarketing } from './types/card';
export type { ContentDraftGenerated } from './types/content';
export { formerForms, looksLikeEmail, normalEmail, parseEmail } from './types/email-address';
export { isId } from './types/fields';
export { ASSIGNMENT_METHODS, REJECTION_REASONS, BUSINESS, SIDES } from './types/handoff';
export type {
  HandoffAccepted,
  HandoffRejected,
  HandoffReleased,
  HandoffReserved,
  HandoffSlaBreached,
  InsightExchanged,
  LeadAssigned,
  LeadDisqualified,
  LeadHandedOff,
  LeadRequalified,
  LeadReturned,
} from './types/handoff';
export { ACCOUNT_ROLES, CAPTURE_CHANNELS, NOT_REWRITTEN, PERSONAL_OF_PROFILE } from './types/identity';
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
  PersonalDataErasureCompleted,
  PersonalDataErasureRequested,
  Profile,
  ProfileTraits,
  ProfileUpdated,
  VisitorIdentified,
} from './types/identity';
export type { ForeignId, LeadIdentity } from './types/lead-reference';
export type { EmailBounced, EmailDelivered, EmailLinkClicked, EmailOpened, EmailUnsubscribed } from './types/mail';
export { HANDOFFS_AT_SWITCH, MOST_A_DAY, PUBLISH_MODES } from './types/model';
export type { ScoringModelDrafted, ScoringModelPublished, ScoringModelRetired, WithheldHandoffsReleased } from './types/model';
export { minorDigits } from './types/money-digits';
export type { OrganisationDrafted, OrganisationPublished } from './types/organisation';
export type { HandoffPolicyDrafted, HandoffPolicyPublished } from './types/policy';
export type {
  KpiTargetSet,
  NextActionCompleted,
  NextActionPlanned,
  SalesProcessDrafted,
  SalesProcessPublished,
  Stage,
} from './types/process';
export { CALL_OUTCOMES } from './types/sales';
export type {
  Amount,
  AppointmentBooked,
  AppointmentChanged,
  AppointmentRelayed,
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
  RelayAccepted,
  RelayRejected,
} from './types/sales';
export { TIERS } from './types/tier';
export type { Cause, LeadTierChanged, Tier, WithheldHandoff } from './types/tier';
export type {
  ContentDownloaded,
  InquiryReceived,
  SurveyAnswered,
  TouchpointInvalidated,
  WebinarAttended,
  WebinarRegistered,
  WebPageViewed,
} from './types/web';
export { counted } from './validation/counted-nouns';
export { errorsText, unknownField } from './validation/field-errors';
export type { FieldError } from './validation/field-errors';
export type { JsonSchema } from './validation/json-schema';
export { exceeds } from './validation/json-size';
export type { JsonLimits } from './validation/json-size';
export { nearest } from './validation/nearest-name';
export { ID_PATTERN } from './types/fields';
export { MOST_FIELDS, unstorable } from './validation/storable';
export { described, schemaErrors, validateData } from './validation/validate-data';
export { shown } from './validation/value-in-message';
