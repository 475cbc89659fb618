import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { eventTypes, isTimezone, nearestEventType, type FieldError } from '@leadlog/lead';
import type { CloudEvent } from '@leadlog/simulation';
import { localDate, localDatetime } from './local-time';
import { CommandFailed } from './terminal';

/** Where a field comes from; exactly one of column, template, constant. */
interface FieldSource {
  column?: string;
  template?: string;
  constant?: unknown;
  number?: boolean;
  /** The column holds a local day or time: becomes RFC 3339. */
  format?: 'date' | 'datetime';
  /** Left out when empty; otherwise an empty field rejects the row. */
  optional?: boolean;
}

interface EventMapping {
  type: string;
  /** Of the event within the source; a template: the same row gives the same id, so repeating an import is safe. */
  id: string;
  time: { column: string; format: 'date' | 'datetime' };
  subject?: string;
  /** Only rows in which this column is not empty. */
  when?: string;
  /** Dots in names nest: `amount.value`. */
  data: Record<string, FieldSource>;
}

export interface ImportMapping {
  timezone: string;
  source: string;
  encoding?: string;
  delimiter?: string;
  events: EventMapping[];
}

export type MappedEvent = { ok: true; event: CloudEvent } | { ok: false; errors: FieldError[] };

const KEYS = {
  mapping: ['timezone', 'source', 'encoding', 'delimiter', 'events'],
  event: ['type', 'id', 'time', 'subject', 'when', 'data'],
  time: ['column', 'format'],
  field: ['column', 'template', 'constant', 'number', 'format', 'optional'],
} as const;
const FORMATS = { date: localDate, datetime: localDatetime };

/** Throws CommandFailed that names the place in the mapping, what was expected and what came. */
export function readMapping(text: string): ImportMapping {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new CommandFailed(`the mapping is no YAML: ${(error as Error).message}`);
  }
  const mapping = objectAt(value, 'mapping', KEYS.mapping);
  textAt(mapping.source, 'source');
  const timezone = textAt(mapping.timezone, 'timezone');
  if (!isTimezone(timezone)) wrong('timezone', 'a time zone like Asia/Tokyo', timezone);
  if (mapping.encoding !== undefined) encodingAt(textAt(mapping.encoding, 'encoding'));
  if (!Array.isArray(mapping.events) || mapping.events.length === 0) wrong('events', 'a list of events for each row', mapping.events);
  for (const [index, one] of (mapping.events as unknown[]).entries()) checkEvent(one, `events[${index}]`);
  return mapping as unknown as ImportMapping;
}

/** Answers what turns a row into events. Throws CommandFailed if the mapping names columns that the file does not have. */
export function rowMapper(mapping: ImportMapping, header: readonly string[]): (values: readonly string[]) => MappedEvent[] {
  for (const column of columnsOf(mapping)) {
    if (header.includes(column)) continue;
    throw new CommandFailed(`the file has no column ${JSON.stringify(column)}; the nearest is ${JSON.stringify(closest(column, header))}. Columns: ${header.join(', ')}`);
  }
  const index = new Map(header.map((name, at) => [name, at]));
  return (values) => {
    if (values.length !== header.length) return [{ ok: false, errors: [{ pointer: '', expected: `${header.length} columns`, got: String(values.length) }] }];
    const cell = (column: string): string => values[index.get(column)!]!.trim();
    return mapping.events.filter(({ when }) => when === undefined || cell(when) !== '').map((event) => mapped(event, mapping, cell));
  };
}

function mapped(event: EventMapping, { source, timezone }: ImportMapping, cell: (column: string) => string): MappedEvent {
  const errors: FieldError[] = [];
  const valueOf = (field: FieldSource): unknown => {
    if (field.constant !== undefined) return field.constant;
    if (field.template !== undefined) return filled(field.template);
    const column = field.column!;
    const text = cell(column);
    if (text === '') {
      if (!field.optional) errors.push({ pointer: column, expected: 'a value', got: 'an empty field' });
      return undefined;
    }
    if (field.format) return timeOf(column, field.format);
    if (!field.number) return text;
    const number = Number(text.replaceAll(',', ''));
    if (Number.isFinite(number)) return number;
    errors.push({ pointer: column, expected: 'a number', got: JSON.stringify(text) });
    return undefined;
  };
  const timeOf = (column: string, format: 'date' | 'datetime'): string => {
    const ms = FORMATS[format](cell(column), timezone);
    if (ms !== undefined) return new Date(ms).toISOString();
    errors.push({ pointer: column, expected: format === 'date' ? 'a day as YYYY-MM-DD' : 'a local time as YYYY-MM-DD hh:mm:ss', got: JSON.stringify(cell(column)) });
    return '';
  };
  // An id with a hole in it would be shared by many rows: all but the first would pass for duplicates.
  const filled = (template: string): string =>
    template.replace(/\{([^{}]+)\}/g, (_, column: string) => {
      const text = cell(column);
      if (text === '') errors.push({ pointer: column, expected: `a value (for ${template})`, got: 'an empty field' });
      return text;
    });

  const data: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(event.data)) {
    const value = valueOf(field);
    if (value !== undefined) put(data, name.split('.'), value);
  }
  const id = filled(event.id);
  const time = timeOf(event.time.column, event.time.format);
  const subject = event.subject === undefined ? {} : { subject: filled(event.subject) };
  return errors.length > 0 ? { ok: false, errors } : { ok: true, event: { specversion: '1.0', id, source, type: event.type, time, ...subject, data } };
}

function put(target: Record<string, unknown>, [name, ...rest]: string[], value: unknown): void {
  if (rest.length === 0) target[name!] = value;
  else put((target[name!] ??= {}) as Record<string, unknown>, rest, value);
}

function columnsOf({ events }: ImportMapping): Set<string> {
  const inTemplate = (template = ''): string[] => [...template.matchAll(/\{([^{}]+)\}/g)].map((found) => found[1]!);
  return new Set(
    events.flatMap(({ id, time, subject, when, data }) => [
      ...inTemplate(id), time.column, ...inTemplate(subject), ...(when === undefined ? [] : [when]),
      ...Object.values(data).flatMap((field) => (field.column === undefined ? inTemplate(field.template) : [field.column])),
    ]),
  );
}

function checkEvent(value: unknown, at: string): void {
  const event = objectAt(value, at, KEYS.event);
  const type = textAt(event.type, `${at}.type`);
  if (!(eventTypes as readonly string[]).includes(type)) wrong(`${at}.type`, `an event of the catalogue; the nearest is ${nearestEventType(type)}`, type);
  if (!/\{[^{}]+\}/.test(textAt(event.id, `${at}.id`))) wrong(`${at}.id`, 'a template with a column, like {order_id}', event.id);
  const time = objectAt(event.time, `${at}.time`, KEYS.time);
  textAt(time.column, `${at}.time.column`);
  formatAt(time.format, `${at}.time.format`);
  if (event.subject !== undefined) textAt(event.subject, `${at}.subject`);
  if (event.when !== undefined) textAt(event.when, `${at}.when`);
  for (const [name, one] of Object.entries(objectAt(event.data, `${at}.data`))) {
    const field = objectAt(one, `${at}.data.${name}`, KEYS.field);
    const given = (['column', 'template', 'constant'] as const).filter((key) => field[key] !== undefined);
    if (given.length !== 1) wrong(`${at}.data.${name}`, 'exactly one of column, template, constant', given.join(' and ') || 'none');
    if (given[0] !== 'constant') textAt(field[given[0]!], `${at}.data.${name}.${given[0]}`);
    if (field.format !== undefined) formatAt(field.format, `${at}.data.${name}.format`);
  }
}

function objectAt(value: unknown, at: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(at, 'names with values', value);
  const unknown = keys && Object.keys(value as object).find((key) => !keys.includes(key));
  if (unknown !== undefined) wrong(at, `only ${keys!.join(', ')} (nearest: ${closest(unknown, [...keys!])})`, unknown);
  return value as Record<string, unknown>;
}

function textAt(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') wrong(at, 'a text', value);
  return value as string;
}

function formatAt(value: unknown, at: string): void {
  if (value !== 'date' && value !== 'datetime') wrong(at, 'date or datetime', value);
}

function encodingAt(name: string): void {
  try {
    new TextDecoder(name);
  } catch {
    wrong('encoding', 'an encoding like utf-8 or shift_jis', name);
  }
}

function wrong(at: string, expected: string, got: unknown): never {
  throw new CommandFailed(`mapping, ${at}: expected ${expected}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}`);
}
