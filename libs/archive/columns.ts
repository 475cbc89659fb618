/**
 * The columns of an archived event. Fields by which reports and models filter and sum have their own column; everything else is in `data`.
 * One row per event, with `data` in the form of the current catalogue, so that SQL need not know older schema versions.
 */

export type ColumnType = 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'UUID' | 'TIMESTAMPTZ' | 'DATE' | 'VARCHAR[]';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Description of its contents, in one line. */
  readonly description: string;
}

/** A column taken from `data`: the member at that path, unchanged. */
export interface DataColumn extends Column {
  readonly path: string;
}

/** Columns that every event has. */
export const ENVELOPE: readonly Column[] = [
  { name: 'position', type: 'BIGINT', description: 'position in the whole log; increases in the order of recording' },
  { name: 'recorded_at', type: 'TIMESTAMPTZ', description: 'when it was recorded' },
  {
    name: 'occurred_at',
    type: 'TIMESTAMPTZ',
    description: 'when it happened, according to the sender; may be long before it was recorded',
  },
  { name: 'day', type: 'DATE', description: 'day on which it happened, in the time zone of the tenant' },
  { name: 'type', type: 'VARCHAR', description: 'event type, as named in the catalogue' },
  { name: 'stream', type: 'VARCHAR', description: 'stream in which it is recorded' },
  { name: 'revision', type: 'INTEGER', description: 'position in its stream, from 0' },
  { name: 'event_id', type: 'UUID', description: 'id of the event' },
  { name: 'lead', type: 'VARCHAR', description: 'lead that it concerns, as recorded' },
  { name: 'initiator', type: 'VARCHAR', description: 'customer or seller' },
  { name: 'actor_kind', type: 'VARCHAR', description: 'person, rep, system or integration' },
  { name: 'actor', type: 'VARCHAR', description: 'who did it' },
  { name: 'team', type: 'VARCHAR', description: 'team of the actor, as given by the event' },
  { name: 'source', type: 'VARCHAR', description: 'system that sent it' },
];

const id = (name: string, path: string, description: string): DataColumn => ({ name, path, type: 'VARCHAR', description });
const word = id;
const number = (name: string, path: string, description: string): DataColumn => ({ name, path, type: 'DOUBLE', description });
const moment = (name: string, path: string, description: string): DataColumn => ({ name, path, type: 'TIMESTAMPTZ', description });

/** Columns that some types have in `data`; null for the others. */
export const DATA_COLUMNS: readonly DataColumn[] = [
  id('account', 'accountId', 'company'),
  id('rep', 'repId', 'representative named by the event'),
  { name: 'reps', path: 'repIds', type: 'VARCHAR[]', description: 'representatives at a meeting' },
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
  id('merge_event', 'mergeEventId', 'merge that is reverted'),
  word('channel', 'channel', 'channel through which a lead came in; or channel that a consent covers'),
  word('origin', 'origin', "where a lead came from, in the sender's own words"),
  word('email_domain', 'traits.emailDomain', 'what follows the @ of an e-mail address in a profile'),
  word('kind', 'kind', 'kind of content, inquiry, proposal or insight'),
  word('category', 'category', 'kind of web page'),
  word('url', 'url', 'web page'),
  word('outcome', 'outcome', 'outcome of a call'),
  word('status', 'status', 'status of an appointment or a consent'),
  word(
    'reason',
    'reason',
    "reason chosen from a list, such as that of a rejection; empty if it was in somebody's own words, which are personal",
  ),
  word('mode', 'mode', 'onsite or remote; for a scoring model: retroactive or prospective'),
  word('place', 'place', 'where a business card was exchanged: onsite or online'),
  word('method', 'method', 'how a lead was assigned or a visitor identified'),
  word('answer', 'answer', "the customer's answer to a closing"),
  word('declared_by', 'declaredBy', 'who declared a loss: customer or rep'),
  word('step', 'step', 'which deadline was breached: accept or contact'),
  word('before', 'from', 'previous tier or stage'),
  word('after', 'to', 'new tier or stage'),
  id('model', 'modelId', 'scoring model'),
  word('version', 'version', 'version of the scoring model or process'),
  number('seconds', 'seconds', 'duration of a call, if it was measured'),
  number('minutes', 'minutes', 'duration of a meeting or of attendance'),
  number('dwell_ms', 'dwellMs', 'time spent on a web page'),
  number('quote_revision', 'revision', 'revision of a quote, from 1'),
  number('amount', 'amount.value', 'amount of money, in units of its currency'),
  word('currency', 'amount.currency', 'currency code (ISO 4217)'),
  number('likelihood', 'machineLikelihood', 'likelihood that a machine opened the mail, 0 to 1'),
  { name: 'products', path: 'productIds', type: 'VARCHAR[]', description: 'products proposed' },
  moment('started_at', 'startedAt', 'start of a call or meeting'),
  moment('scheduled_at', 'scheduledAt', 'agreed time of an appointment'),
  moment('new_at', 'newAt', 'new time of an appointment'),
  moment('signed_at', 'signedAt', 'when the contract was signed'),
  moment('accept_by', 'acceptBy', 'deadline for accepting a handoff'),
  moment('contact_by', 'contactBy', 'deadline for the first contact'),
  moment('due_at', 'dueAt', 'deadline'),
];

/** Days are stored, because computing them from moments takes a query longer than everything else. */
export const STARTED_DAY: Column = { name: 'started_day', type: 'DATE', description: 'day of started_at, in the time zone of the tenant' };

/** The JSON as recorded, so that nothing is lost. */
export const TEXTS: readonly Column[] = [
  {
    name: 'data',
    type: 'VARCHAR',
    description: 'data of the event as JSON, in the form of the current catalogue; what is personal is empty',
  },
  {
    name: 'recorded_data',
    type: 'VARCHAR',
    description: 'the data as recorded, if it has an older schema version with a different form; else null',
  },
  { name: 'metadata', type: 'VARCHAR', description: 'metadata of the event as JSON' },
];

export const COLUMNS: readonly Column[] = [...ENVELOPE, ...DATA_COLUMNS, STARTED_DAY, ...TEXTS];
