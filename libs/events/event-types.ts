import type { RecordedEvent } from '@leadlog/event-log';
import * as access from './types/access';
import * as card from './types/card';
import * as content from './types/content';
import * as handoff from './types/handoff';
import * as identity from './types/identity';
import * as mail from './types/mail';
import * as model from './types/model';
import * as organisation from './types/organisation';
import * as policy from './types/policy';
import * as process from './types/process';
import * as sales from './types/sales';
import * as tier from './types/tier';
import * as web from './types/web';

/** Name → class of its data. The keys are the names on the wire: never taken from `Class.name`. */
export const eventClasses = {
  LeadCaptured: identity.LeadCaptured,
  ProfileUpdated: identity.ProfileUpdated,
  VisitorIdentified: identity.VisitorIdentified,
  IdentityClaimed: identity.IdentityClaimed,
  IdentityShared: identity.IdentityShared,
  LeadLinkedToAccount: identity.LeadLinkedToAccount,
  LeadsMerged: identity.LeadsMerged,
  MergeReverted: identity.MergeReverted,
  LeadsKeptApart: identity.LeadsKeptApart,
  IdentityKeptApart: identity.IdentityKeptApart,
  ConsentChanged: identity.ConsentChanged,
  PersonalDataErasureRequested: identity.PersonalDataErasureRequested,
  PersonalDataErased: identity.PersonalDataErased,
  PersonalDataErasureCompleted: identity.PersonalDataErasureCompleted,
  BusinessCardExchanged: card.BusinessCardExchanged,
  BusinessCardHandedToMarketing: card.BusinessCardHandedToMarketing,
  EmailDelivered: mail.EmailDelivered,
  EmailOpened: mail.EmailOpened,
  EmailLinkClicked: mail.EmailLinkClicked,
  EmailUnsubscribed: mail.EmailUnsubscribed,
  EmailBounced: mail.EmailBounced,
  WebPageViewed: web.WebPageViewed,
  ContentDownloaded: web.ContentDownloaded,
  WebinarRegistered: web.WebinarRegistered,
  WebinarAttended: web.WebinarAttended,
  SurveyAnswered: web.SurveyAnswered,
  InquiryReceived: web.InquiryReceived,
  TouchpointInvalidated: web.TouchpointInvalidated,
  ScoringModelDrafted: model.ScoringModelDrafted,
  ScoringModelPublished: model.ScoringModelPublished,
  ScoringModelRetired: model.ScoringModelRetired,
  WithheldHandoffsReleased: model.WithheldHandoffsReleased,
  LeadTierChanged: tier.LeadTierChanged,
  OrganisationDrafted: organisation.OrganisationDrafted,
  OrganisationPublished: organisation.OrganisationPublished,
  HandoffPolicyDrafted: policy.HandoffPolicyDrafted,
  HandoffPolicyPublished: policy.HandoffPolicyPublished,
  LeadHandedOff: handoff.LeadHandedOff,
  LeadAssigned: handoff.LeadAssigned,
  HandoffAccepted: handoff.HandoffAccepted,
  HandoffRejected: handoff.HandoffRejected,
  HandoffReleased: handoff.HandoffReleased,
  HandoffReserved: handoff.HandoffReserved,
  HandoffSlaBreached: handoff.HandoffSlaBreached,
  InsightExchanged: handoff.InsightExchanged,
  LeadReturned: handoff.LeadReturned,
  LeadDisqualified: handoff.LeadDisqualified,
  SalesProcessDrafted: process.SalesProcessDrafted,
  LeadRequalified: handoff.LeadRequalified,
  SalesProcessPublished: process.SalesProcessPublished,
  KpiTargetSet: process.KpiTargetSet,
  NextActionPlanned: process.NextActionPlanned,
  NextActionCompleted: process.NextActionCompleted,
  CallCompleted: sales.CallCompleted,
  AppointmentBooked: sales.AppointmentBooked,
  AppointmentChanged: sales.AppointmentChanged,
  AppointmentRelayed: sales.AppointmentRelayed,
  RelayAccepted: sales.RelayAccepted,
  RelayRejected: sales.RelayRejected,
  MeetingHeld: sales.MeetingHeld,
  DealOpened: sales.DealOpened,
  DealStageChanged: sales.DealStageChanged,
  ProductProposed: sales.ProductProposed,
  QuoteSubmitted: sales.QuoteSubmitted,
  ClosingAnswered: sales.ClosingAnswered,
  DealWon: sales.DealWon,
  DealLost: sales.DealLost,
  DealShared: sales.DealShared,
  DealFactVoided: sales.DealFactVoided,
  NoticeAccepted: sales.NoticeAccepted,
  ContentDraftGenerated: content.ContentDraftGenerated,
  AccessKeyCreated: access.AccessKeyCreated,
  AccessKeyRotated: access.AccessKeyRotated,
  AccessKeyRevoked: access.AccessKeyRevoked,
  RequestAudited: access.RequestAudited,
  PersonAdded: access.PersonAdded,
  PersonChanged: access.PersonChanged,
  PersonDisabled: access.PersonDisabled,
  PersonEnabled: access.PersonEnabled,
  PersonSignedOut: access.PersonSignedOut,
  SignInLinkMade: access.SignInLinkMade,
  SessionStarted: access.SessionStarted,
  SessionEnded: access.SessionEnded,
} as const;

export type EventType = keyof typeof eventClasses;
/** Name → data as recorded. */
export type EventData = { [Type in EventType]: InstanceType<(typeof eventClasses)[Type]> };
/** Discriminated by `type`: a switch narrows `data`. */
export type LeadlogEvent = { [Type in EventType]: RecordedEvent<Type, EventData[Type]> }[EventType];
export type EventOf<Type extends EventType> = RecordedEvent<Type, EventData[Type]>;
