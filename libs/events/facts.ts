import { catalogue, type EventDefinition } from './catalogue';
import { leadCorrections } from './folding/corrections';
import type { EventType } from './event-types';

/** Events about a lead that say what customers and sellers did; Leadlog's own decisions and the corrections are none. */
export const leadFacts: readonly EventDefinition[] = [...catalogue.values()].filter(({ decision, type, jsonSchema }) => !decision && !leadCorrections.types.includes(type) && 'leadId' in (jsonSchema['properties'] as object));

/** What a person does by himself, so that it arms a lead again that sales has given back; an opened mail may be a machine. */
export const CUSTOMER_ACTS = ['EmailLinkClicked', 'WebPageViewed', 'ContentDownloaded', 'WebinarRegistered', 'WebinarAttended', 'SurveyAnswered', 'InquiryReceived'] as const satisfies readonly EventType[];
