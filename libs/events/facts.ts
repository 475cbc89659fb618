import { catalogue, type EventDefinition } from './catalogue';
import { leadCorrections } from './folding/corrections';
import type { EventType } from './event-types';

/** Events about a lead that report what customers and sellers did; decisions of Leadlog and corrections are not facts. */
export const leadFacts: readonly EventDefinition[] = [...catalogue.values()].filter(
  ({ decision, type, jsonSchema }) =>
    !decision && !leadCorrections.types.includes(type) && 'leadId' in (jsonSchema['properties'] as object),
);

/**
 * Deliberate acts of a person, which arm a lead again after sales has returned it; an opened mail is not one, because a machine may have
 * opened it.
 */
export const CUSTOMER_ACTS = [
  'EmailLinkClicked',
  'WebPageViewed',
  'ContentDownloaded',
  'WebinarRegistered',
  'WebinarAttended',
  'SurveyAnswered',
  'InquiryReceived',
] as const satisfies readonly EventType[];

/** A person of ours did something with or for the lead; mailings and book-keeping are none. */
export const SELLER_ACTS = [
  'BusinessCardExchanged',
  'BusinessCardHandedToMarketing',
  'HandoffAccepted',
  'HandoffRejected',
  'InsightExchanged',
  'LeadReturned',
  'LeadDisqualified',
  'NextActionCompleted',
  'CallCompleted',
  'AppointmentBooked',
  'AppointmentRelayed',
  'RelayAccepted',
  'RelayRejected',
  'MeetingHeld',
  'DealOpened',
  'DealStageChanged',
  'ProductProposed',
  'QuoteSubmitted',
  'DealWon',
  'DealLost',
] as const satisfies readonly EventType[];
