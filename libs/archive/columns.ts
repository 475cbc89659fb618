/**
 * The columns of an archived event. What reports and models filter and sum by has a column of its own; everything else is in `data`.
 * One row an event, `data` in the form of today's catalogue, so that SQL need not know older schema versions.
 */

export type ColumnType = 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'UUID' | 'TIMESTAMPTZ' | 'DATE' | 'VARCHAR[]';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** What it holds, in one line. */
  readonly says: string;
}

/** A column that comes out of `data`: the member of that path, as it is. */
export interface DataColumn extends Column {
  readonly path: string;
}

/** What every event has. */
export const ENVELOPE: readonly Column[] = [
  { name: 'position', type: 'BIGINT', says: 'place in the whole log; grows in the order of recording' },
  { name: 'recorded_at', type: 'TIMESTAMPTZ', says: 'when it was recorded' },
  { name: 'occurred_at', type: 'TIMESTAMPTZ', says: 'when it happened, as the sender says; may be long before it was recorded' },
  { name: 'day', type: 'DATE', says: 'day on which it happened, where the tenant is' },
  { name: 'type', type: 'VARCHAR', says: 'name in the catalogue of events' },
  { name: 'stream', type: 'VARCHAR', says: 'stream it is recorded in' },
  { name: 'revision', type: 'INTEGER', says: 'place in its stream, from 0' },
  { name: 'event_id', type: 'UUID', says: 'id of the event' },
  { name: 'lead', type: 'VARCHAR', says: 'lead it concerns, as it was recorded' },
  { name: 'initiator', type: 'VARCHAR', says: 'customer or seller' },
  { name: 'actor_kind', type: 'VARCHAR', says: 'person, rep, system or integration' },
  { name: 'actor', type: 'VARCHAR', says: 'who did it' },
  { name: 'team', type: 'VARCHAR', says: 'team of who did it, as the event says' },
  { name: 'source', type: 'VARCHAR', says: 'system it came from' },
];

const id = (name: string, path: string, says: string): DataColumn => ({ name, path, type: 'VARCHAR', says });
const word = id;
const number = (name: string, path: string, says: string): DataColumn => ({ name, path, type: 'DOUBLE', says });
const moment = (name: string, path: string, says: string): DataColumn => ({ name, path, type: 'TIMESTAMPTZ', says });

/** What some types have in `data`; null for the others. */
export const DATA_COLUMNS: readonly DataColumn[] = [
  id('account', 'accountId', 'company'),
  id('rep', 'repId', 'representative whom the event names'),
  { name: 'reps', path: 'repIds', type: 'VARCHAR[]', says: 'representatives at a meeting' },
  id('call', 'callId', 'call'),
  id('appointment', 'appointmentId', 'appointment'),
  id('source_call', 'sourceCallId', 'call in which an appointment was won'),
  id('meeting', 'meetingId', 'meeting'),
  id('deal', 'dealId', 'deal'),
  id('quote', 'quoteId', 'quote'),
  id('handoff', 'handoffId', 'handoff'),
  id('run', 'runId', 'run of the lead'),
  id('card', 'cardId', 'business card'),
  id('mailing', 'mailingId', 'mailing'),
  id('message', 'messageId', 'one mail to one person'),
  id('asset', 'assetId', 'content that was downloaded'),
  id('webinar', 'webinarId', 'webinar'),
  id('campaign', 'campaignId', 'campaign'),
  id('survivor', 'survivorId', 'lead into which another was merged'),
  id('merged', 'mergedId', 'lead that was merged'),
  id('target_event', 'targetEventId', 'event that is voided'),
  id('merge_event', 'mergeEventId', 'merge that is taken back'),
  word('channel', 'channel', 'way in which a lead came; or what a consent is for'),
  word('origin', 'origin', "where a lead came from, in the sender's own words"),
  word('kind', 'kind', 'kind of content, inquiry, proposal or insight'),
  word('category', 'category', 'kind of web page'),
  word('url', 'url', 'web page'),
  word('outcome', 'outcome', 'of a call'),
  word('status', 'status', 'of an appointment or a consent'),
  word('reason', 'reason', 'why: of a loss, a rejection, a return …'),
  word('mode', 'mode', 'onsite or remote; of a model: retroactive or prospective'),
  word('place', 'place', 'onsite or online, of a business card'),
  word('method', 'method', 'how a lead was assigned or a visitor identified'),
  word('answer', 'answer', 'of the customer to a closing'),
  word('declared_by', 'declaredBy', 'customer or rep, of a loss'),
  word('step', 'step', 'accept or contact, of a breached deadline'),
  word('before', 'from', 'tier or stage before'),
  word('after', 'to', 'tier or stage after'),
  id('model', 'modelId', 'scoring model'),
  word('version', 'version', 'of the scoring model or process'),
  number('seconds', 'seconds', 'length of a call'),
  number('minutes', 'minutes', 'length of a meeting or of attendance'),
  number('dwell_ms', 'dwellMs', 'time on a web page'),
  number('quote_revision', 'revision', 'of a quote; 1 is the first'),
  number('amount', 'amount.value', 'money, in units of its currency'),
  word('currency', 'amount.currency', 'ISO 4217'),
  number('likelihood', 'machineLikelihood', 'that a machine opened the mail, 0 to 1'),
  { name: 'products', path: 'productIds', type: 'VARCHAR[]', says: 'products proposed' },
  moment('started_at', 'startedAt', 'start of a call or meeting'),
  moment('scheduled_at', 'scheduledAt', 'agreed time of an appointment'),
  moment('new_at', 'newAt', 'new time of an appointment'),
  moment('signed_at', 'signedAt', 'signature of a contract'),
  moment('accept_by', 'acceptBy', 'deadline to accept a handoff'),
  moment('contact_by', 'contactBy', 'deadline of the first contact'),
  moment('due_at', 'dueAt', 'deadline'),
];

/** Days are kept, since working them out of moments takes a query longer than all the rest. */
export const STARTED_DAY: Column = { name: 'started_day', type: 'DATE', says: 'day of started_at, where the tenant is' };

/** The texts as recorded, so that nothing is lost. */
export const TEXTS: readonly Column[] = [
  { name: 'data', type: 'VARCHAR', says: "the event's data as JSON, in the form of today's catalogue" },
  { name: 'recorded_data', type: 'VARCHAR', says: 'the data as recorded, where an older schema version differs from today’s; else null' },
  { name: 'metadata', type: 'VARCHAR', says: "the event's metadata as JSON" },
];

export const COLUMNS: readonly Column[] = [...ENVELOPE, ...DATA_COLUMNS, STARTED_DAY, ...TEXTS];
