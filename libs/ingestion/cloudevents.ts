import type { Actor, EventMetadata } from '@leadlog/event-log';
import { exceeds, MOST_FIELDS, shown, unstorable, type FieldError, type Imported } from '@leadlog/events';
import { isTimestamp, isTooLate, NOT_TOO_LATE } from '@leadlog/time';

/** One event from outside, in any form, before validation by the catalogue. */
export interface IncomingEvent {
  /** CloudEvents `id` and `source`: events with equal values are the same event. */
  id: string;
  source: string;
  /** Without the prefix: `com.example.WebPageViewed` is `WebPageViewed`. */
  type: string;
  /** RFC 3339 with an offset. */
  time: string;
  subject?: string;
  data: object;
  initiator?: 'customer' | 'seller';
  actor?: Actor;
  correlationId?: string;
  causationId?: string;
  schemaVersion?: number;
  /** What may follow from it, if it is imported. */
  decisions?: EventMetadata['decisions'];
}

export type ParsedEvent = { ok: true; event: IncomingEvent } | { ok: false; id?: string; errors: readonly FieldError[] };

type Attributes = Readonly<Record<string, unknown>>;

/** One line of NDJSON, or the text of one event in structured mode. */
export function parseLine(text: string): ParsedEvent {
  if (exceeds(text, { fields: MOST_FIELDS }))
    return { ok: false, errors: [{ pointer: '', expected: `at most ${MOST_FIELDS} fields and list entries in total`, got: 'more' }] };
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch (error) {
    return { ok: false, errors: [{ pointer: '', expected: 'one CloudEvent as JSON', got: `malformed JSON: ${(error as Error).message}` }] };
  }
  return parseStructured(value);
}

/** Spreadsheets and Windows tools write a byte order mark before a text; RFC 8259 lets a reader ignore it. */
export const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** Structured mode: attributes and `data` in one object. */
export function parseStructured(value: unknown): ParsedEvent {
  if (!isObject(value)) return { ok: false, errors: [{ pointer: '', expected: 'a CloudEvent (an object)', got: shown(value) }] };
  return parseAttributes(value, value['data']);
}

/** Batch mode: a list whose items are validated separately. Undefined if it is not a list. */
export function parseBatch(value: unknown): ParsedEvent[] | undefined {
  return Array.isArray(value) ? value.map(parseStructured) : undefined;
}

/** Binary mode: attributes in `ce-…` headers (percent-encoded, lower-case names), `data` is the body. */
export function parseBinary(headers: Readonly<Record<string, string | string[] | undefined>>, data: unknown): ParsedEvent {
  const attributes: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || typeof value !== 'string') continue;
    try {
      attributes[name.slice(3)] = decodeURIComponent(value);
    } catch {
      errors.push({ pointer: `/${name.slice(3)}`, expected: 'percent-encoded UTF-8', got: shown(value) });
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  return parseAttributes(attributes, data);
}

/** Whether a request is in binary mode. */
export const isBinaryMode = (headers: Readonly<Record<string, unknown>>): boolean =>
  'ce-specversion' in headers || 'ce-id' in headers || 'ce-type' in headers;

const RFC3339 = 'a time in RFC 3339 with a time-zone offset, such as 2026-06-04T10:12:00+09:00';
const JSON_CONTENT = /^application\/(json|[\w.+-]+\+json)\s*(;.*)?$/i;
const ACTOR_KINDS: readonly unknown[] = ['person', 'rep', 'system', 'integration'];

/**
 * Supported extensions: `initiator`, `actorkind` with `actorid` and `actorteam`, `correlationid`, `causationid`,
 * `schemaversion`. Others are accepted and dropped, as CloudEvents requires of a receiver.
 */
function parseAttributes({ data: _, ...given }: Attributes, data: unknown): ParsedEvent {
  const attributes = withoutUnset(given);
  const { id, source, type, time, subject, specversion } = attributes;
  const broken = unstorable(attributes);
  if (broken.length > 0)
    return { ok: false, ...(isText(id, 256) && broken.every(({ pointer }) => pointer !== '/id') && { id }), errors: broken };
  const schemaVersion = attributes['schemaversion'] === undefined ? undefined : Number(attributes['schemaversion']);
  const errors: FieldError[] = [];
  const wrong = (name: string, expected: string, got: unknown = attributes[name]): void =>
    void errors.push({ pointer: `/${name}`, expected, got: shown(got) });

  if (specversion !== '1.0') wrong('specversion', '"1.0"');
  if (!isText(id, 256)) wrong('id', 'text of 1 to 256 characters that is unique within the source');
  if (!isText(source, 1024)) wrong('source', 'a URI reference of 1 to 1024 characters that names the sender');
  if (!isText(type, 256)) wrong('type', 'the name of an event, optionally with a prefix that ends in a dot');
  if (typeof time !== 'string') wrong('time', RFC3339);
  else if (isTooLate(time)) wrong('time', NOT_TOO_LATE);
  else if (!isTimestamp(time))
    wrong('time', isTimestamp(`${time}Z`) ? `${RFC3339}; a local time without a time zone is ambiguous by up to 26 hours` : RFC3339);
  if (subject !== undefined && !isText(subject, 512)) wrong('subject', 'text of 1 to 512 characters that names the lead');
  if (attributes['data_base64'] !== undefined) wrong('data_base64', 'JSON in `data` instead');
  const content = attributes['datacontenttype'];
  if (content !== undefined && !(typeof content === 'string' && JSON_CONTENT.test(content))) wrong('datacontenttype', 'application/json');
  if (!isObject(data)) wrong('data', 'an object', data);

  const initiator = attributes['initiator'];
  if (initiator !== undefined && initiator !== 'customer' && initiator !== 'seller') wrong('initiator', 'customer or seller');
  const actorKind = attributes['actorkind'];
  const actorId = attributes['actorid'];
  const actorTeam = attributes['actorteam'];
  if (actorKind !== undefined && !ACTOR_KINDS.includes(actorKind)) wrong('actorkind', `one of ${ACTOR_KINDS.join(', ')}`);
  if (actorKind !== undefined || actorId !== undefined) {
    if (!isText(actorId, 128)) wrong('actorid', 'text of 1 to 128 characters: who did it');
    if (actorKind === undefined) wrong('actorkind', `one of ${ACTOR_KINDS.join(', ')}`);
  }
  for (const name of ['actorteam', 'correlationid', 'causationid']) {
    if (attributes[name] !== undefined && !isText(attributes[name], 256)) wrong(name, 'text of 1 to 256 characters');
  }
  if (schemaVersion !== undefined && !(Number.isInteger(schemaVersion) && schemaVersion >= 1))
    wrong('schemaversion', 'a whole number of at least 1');

  if (errors.length === 0) errors.push(...unstorable(data, '/data'));
  if (errors.length > 0) return { ok: false, ...(isText(id, 256) && { id }), errors };
  const event: IncomingEvent = {
    id: id as string,
    source: source as string,
    type: (type as string).slice((type as string).lastIndexOf('.') + 1),
    time: time as string,
    data: data as object,
  };
  if (subject !== undefined) event.subject = subject as string;
  if (initiator !== undefined) event.initiator = initiator as 'customer' | 'seller';
  if (actorKind !== undefined) {
    event.actor = { kind: actorKind as Actor['kind'], id: actorId as string };
    if (actorTeam !== undefined) event.actor.teamId = actorTeam as string;
  }
  if (attributes['correlationid'] !== undefined) event.correlationId = attributes['correlationid'] as string;
  if (attributes['causationid'] !== undefined) event.causationId = attributes['causationid'] as string;
  if (schemaVersion !== undefined) event.schemaVersion = schemaVersion;
  return { ok: true, event };
}

/** In the JSON format of CloudEvents an attribute may be told to be unset by null. */
function withoutUnset(attributes: Attributes): Attributes {
  for (const name in attributes)
    if (attributes[name] === null) return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
  return attributes;
}

const isText = (value: unknown, max: number): value is string => typeof value === 'string' && value !== '' && value.length <= max;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Marks an event as part of an imported history, unless it happened after that history ends. */
export function asImported(parsed: ParsedEvent, imported: Imported | undefined): ParsedEvent {
  if (!parsed.ok || imported === undefined || Date.parse(parsed.event.time) >= (imported.before ?? Infinity)) return parsed;
  return { ok: true, event: { ...parsed.event, decisions: imported.decisions } };
}
