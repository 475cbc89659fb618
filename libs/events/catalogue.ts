import { eventClasses, type EventType } from './event-types';
import { personalPathsOf, type FieldPath } from './personal-fields';
import { examples } from './types/examples';
import { jsonSchemaOf, type JsonSchema } from './validation/json-schema';

export type EventGroup = 'identity' | 'card' | 'mail' | 'web' | 'model' | 'tier' | 'handoff' | 'process' | 'sales' | 'content' | 'access';
export type StreamKind =
  'activity' | 'lead' | 'deal' | 'account' | 'identity' | 'model' | 'policy' | 'organisation' | 'process' | 'rep' | 'access' | 'audit';

export interface FactId {
  readonly fields: readonly string[];
  readonly holds: 'first' | 'last';
}

export interface EventDefinition {
  readonly type: EventType;
  readonly group: EventGroup;
  /** Made and recorded by the engine, so that a replay never makes it again; not accepted from outside. */
  readonly decision: boolean;
  readonly stream: StreamKind;
  /**
   * The field of data that names the stream: `${stream}-${data[subject]}`. Undefined if data does not hold it (identity streams are named
   * by a hash; there is one stream of the organisation; for keys, people and sessions see streams.ts).
   */
  readonly subject: string | undefined;
  /** Who usually does it; the metadata of an event may differ. */
  readonly initiator: 'customer' | 'seller';
  /** The current version; older ones are upcast when read. */
  readonly schemaVersion: number;
  /**
   * The fields of data that identify the reported fact, and which of several reports holds; undefined if each event is a fact of its own.
   */
  readonly fact: FactId | undefined;
  /** The fields of data that tell who a person is, or what somebody said or wrote, as their classes say. */
  readonly personal: readonly FieldPath[];
  readonly dataClass: new () => object;
  /** Draft 2020-12, of `data`. */
  readonly jsonSchema: JsonSchema;
  readonly example: object;
}

type Row = [
  type: EventType,
  group: EventGroup,
  stream: StreamKind,
  subject: string | undefined,
  initiator: 'customer' | 'seller',
  options?: { decision?: true; schemaVersion?: number; fact?: FactId },
];

/** Reported again under these ids, the fact is corrected: the report with the latest time holds. */
const corrected = (...fields: string[]): FactId => ({ fields, holds: 'last' });
/** Reported again under these ids, it is the same fact: the report with the earliest time holds. */
const once = (...fields: string[]): FactId => ({ fields, holds: 'first' });

const rows: readonly Row[] = [
  ['LeadCaptured', 'identity', 'activity', 'leadId', 'customer'],
  ['ProfileUpdated', 'identity', 'activity', 'leadId', 'seller'],
  ['VisitorIdentified', 'identity', 'activity', 'leadId', 'customer'],
  ['IdentityClaimed', 'identity', 'identity', undefined, 'seller', { decision: true }],
  ['IdentityShared', 'identity', 'identity', undefined, 'seller', { decision: true }],
  ['LeadLinkedToAccount', 'identity', 'activity', 'leadId', 'seller'],
  ['LeadsMerged', 'identity', 'lead', 'mergedId', 'seller'],
  ['MergeReverted', 'identity', 'lead', 'leadId', 'seller'],
  ['LeadsKeptApart', 'identity', 'lead', 'leadId', 'seller'],
  ['IdentityKeptApart', 'identity', 'identity', undefined, 'seller'],
  ['ConsentChanged', 'identity', 'activity', 'leadId', 'customer'],
  ['PersonalDataErasureRequested', 'identity', 'lead', 'leadId', 'seller', { decision: true }],
  ['PersonalDataErased', 'identity', 'activity', 'leadId', 'seller', { decision: true }],
  ['PersonalDataErasureCompleted', 'identity', 'lead', 'leadId', 'seller', { decision: true }],

  ['BusinessCardExchanged', 'card', 'activity', 'leadId', 'seller', { fact: once('cardId') }],
  ['BusinessCardHandedToMarketing', 'card', 'activity', 'leadId', 'seller'],

  ['EmailDelivered', 'mail', 'activity', 'leadId', 'seller'],
  ['EmailOpened', 'mail', 'activity', 'leadId', 'customer'],
  ['EmailLinkClicked', 'mail', 'activity', 'leadId', 'customer'],
  ['EmailUnsubscribed', 'mail', 'activity', 'leadId', 'customer'],
  // Caused by the mail server: never an act of the customer.
  ['EmailBounced', 'mail', 'activity', 'leadId', 'seller'],

  ['WebPageViewed', 'web', 'activity', 'leadId', 'customer'],
  ['ContentDownloaded', 'web', 'activity', 'leadId', 'customer', { schemaVersion: 2 }],
  ['WebinarRegistered', 'web', 'activity', 'leadId', 'customer'],
  ['WebinarAttended', 'web', 'activity', 'leadId', 'customer'],
  ['SurveyAnswered', 'web', 'activity', 'leadId', 'customer'],
  ['InquiryReceived', 'web', 'activity', 'leadId', 'customer'],
  ['TouchpointInvalidated', 'web', 'activity', 'leadId', 'seller'],

  // Drafted and published by people, but only through commands that check the document.
  ['ScoringModelDrafted', 'model', 'model', 'modelId', 'seller', { decision: true }],
  ['ScoringModelPublished', 'model', 'model', 'modelId', 'seller', { decision: true }],
  ['ScoringModelRetired', 'model', 'model', 'modelId', 'seller', { decision: true }],
  ['WithheldHandoffsReleased', 'model', 'model', 'modelId', 'seller', { decision: true }],

  ['LeadTierChanged', 'tier', 'lead', 'leadId', 'seller', { decision: true }],

  ['OrganisationDrafted', 'handoff', 'organisation', undefined, 'seller', { decision: true }],
  ['OrganisationPublished', 'handoff', 'organisation', undefined, 'seller', { decision: true }],
  ['HandoffPolicyDrafted', 'handoff', 'policy', 'policyId', 'seller', { decision: true }],
  ['HandoffPolicyPublished', 'handoff', 'policy', 'policyId', 'seller', { decision: true }],
  ['LeadHandedOff', 'handoff', 'lead', 'leadId', 'seller', { decision: true }],
  ['LeadAssigned', 'handoff', 'lead', 'leadId', 'seller', { decision: true }],
  ['HandoffReserved', 'handoff', 'rep', 'repId', 'seller', { decision: true }],
  ['HandoffAccepted', 'handoff', 'lead', 'leadId', 'seller'],
  ['HandoffRejected', 'handoff', 'lead', 'leadId', 'seller'],
  ['HandoffReleased', 'handoff', 'lead', 'leadId', 'seller', { decision: true }],
  ['HandoffSlaBreached', 'handoff', 'lead', 'leadId', 'seller', { decision: true }],
  ['InsightExchanged', 'handoff', 'lead', 'leadId', 'seller'],
  ['LeadReturned', 'handoff', 'lead', 'leadId', 'seller'],
  ['LeadDisqualified', 'handoff', 'lead', 'leadId', 'seller'],
  ['LeadRequalified', 'handoff', 'lead', 'leadId', 'seller'],

  ['SalesProcessDrafted', 'process', 'process', 'processId', 'seller', { decision: true }],
  ['SalesProcessPublished', 'process', 'process', 'processId', 'seller', { decision: true }],
  ['KpiTargetSet', 'process', 'process', 'scopeId', 'seller'],
  ['NextActionPlanned', 'process', 'activity', 'leadId', 'seller', { fact: corrected('actionId') }],
  ['NextActionCompleted', 'process', 'activity', 'leadId', 'seller', { fact: corrected('actionId') }],

  ['CallCompleted', 'sales', 'activity', 'leadId', 'seller', { schemaVersion: 2, fact: corrected('callId') }],
  ['AppointmentBooked', 'sales', 'activity', 'leadId', 'seller', { fact: once('appointmentId') }],
  ['AppointmentChanged', 'sales', 'activity', 'leadId', 'seller'],
  ['AppointmentRelayed', 'sales', 'lead', 'leadId', 'seller'],
  ['RelayAccepted', 'sales', 'lead', 'leadId', 'seller'],
  ['RelayRejected', 'sales', 'lead', 'leadId', 'seller'],
  ['MeetingHeld', 'sales', 'activity', 'leadId', 'seller', { fact: corrected('meetingId') }],
  ['DealOpened', 'sales', 'deal', 'dealId', 'seller', { fact: once('dealId') }],
  ['DealStageChanged', 'sales', 'deal', 'dealId', 'seller'],
  ['ProductProposed', 'sales', 'deal', 'dealId', 'seller'],
  ['QuoteSubmitted', 'sales', 'deal', 'dealId', 'seller', { fact: once('dealId', 'quoteId', 'revision') }],
  ['ClosingAnswered', 'sales', 'deal', 'dealId', 'customer'],
  ['DealWon', 'sales', 'deal', 'dealId', 'seller', { fact: corrected('dealId') }],
  ['DealLost', 'sales', 'deal', 'dealId', 'seller', { fact: corrected('dealId') }],
  ['DealShared', 'sales', 'lead', 'leadId', 'seller', { decision: true }],
  ['DealFactVoided', 'sales', 'deal', 'dealId', 'seller', { decision: true }],
  // Accepted by people, but only by a command that knows the notice.
  ['NoticeAccepted', 'sales', 'lead', 'leadId', 'seller', { decision: true }],

  ['ContentDraftGenerated', 'content', 'process', 'draftRef', 'seller'],

  // Keys in one stream and people in another, since a process reads all there are when it starts; sessions in one a day, of which it reads the last.
  ['AccessKeyCreated', 'access', 'access', undefined, 'seller', { decision: true }],
  ['AccessKeyRotated', 'access', 'access', undefined, 'seller', { decision: true }],
  ['AccessKeyRevoked', 'access', 'access', undefined, 'seller', { decision: true }],
  ['RequestAudited', 'access', 'audit', undefined, 'seller', { decision: true }],
  ['PersonAdded', 'access', 'access', undefined, 'seller', { decision: true }],
  ['PersonChanged', 'access', 'access', undefined, 'seller', { decision: true }],
  ['PersonDisabled', 'access', 'access', undefined, 'seller', { decision: true }],
  ['PersonEnabled', 'access', 'access', undefined, 'seller', { decision: true }],
  ['PersonSignedOut', 'access', 'access', undefined, 'seller', { decision: true }],
  ['SignInLinkMade', 'access', 'access', undefined, 'seller', { decision: true }],
  ['SessionStarted', 'access', 'access', undefined, 'seller', { decision: true }],
  ['SessionEnded', 'access', 'access', undefined, 'seller', { decision: true }],
];

export const catalogue: ReadonlyMap<string, EventDefinition> = new Map(
  rows.map(([type, group, stream, subject, initiator, options]) => {
    const dataClass: new () => object = eventClasses[type];
    const jsonSchema = jsonSchemaOf(dataClass, type);
    const definition: EventDefinition = {
      type,
      group,
      decision: options?.decision ?? false,
      stream,
      subject,
      initiator,
      schemaVersion: options?.schemaVersion ?? 1,
      fact: options?.fact,
      personal: personalPathsOf(jsonSchema),
      dataClass,
      jsonSchema,
      example: examples[type],
    };
    return [type, definition] as const;
  }),
);

export const eventTypes = rows.map(([type]) => type);
