import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { isCalendarDate, isTimestamp, isTooLate, NOT_TOO_LATE } from '@leadlog/time';
import { catalogue } from '../catalogue';
import { UnknownEventType } from '../decode';
import { isCurrency } from '../types/money-digits';
import { counted } from './counted-nouns';
import { escaped, MOST_ERRORS, unknownField, type FieldError } from './field-errors';
import { outsized } from './outsized';
import { shown } from './value-in-message';
import { unstorable } from './storable';

const NONE: readonly FieldError[] = Object.freeze([]);

/**
 * The first 20 errors in the data of one event, by the schema derived from its class. Fields that the catalogue
 * does not know are refused, because a misspelt optional field would otherwise be lost unnoticed. Values that could not be
 * returned unchanged (storable.ts) are refused whatever the schema allows.
 * Throws UnknownEventType.
 */
export function validateData(type: string, data: unknown): readonly FieldError[] {
  const unkept = unstorable(data, '/data');
  return unkept.length > 0 ? unkept : schemaErrors(type, data);
}

/** The same for data that is known to be storable. */
export function schemaErrors(type: string, data: unknown): readonly FieldError[] {
  const validate = validators.get(type) ?? compile(type);
  const tooLarge = outsized(validate.schema as object, data);
  if (tooLarge.length > 0) return tooLarge;
  return validate(data) ? NONE : inPlainWords(validate, data);
}

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  strictRequired: false,
  strictTypes: false,
  // The spec proves that the schemas are valid; compiling the meta-schema would take longer than all of them.
  meta: false,
  validateSchema: false,
  multipleOfPrecision: 6,
  keywords: ['x-personal'],
  formats: { 'date-time': isTimestamp, date: isCalendarDate, 'iso-4217': isCurrency },
});
const validators = new Map<string, ValidateFunction>();

function compile(type: string): ValidateFunction {
  const definition = catalogue.get(type);
  if (definition === undefined) throw new UnknownEventType(type);
  const validate = ajv.compile(definition.jsonSchema);
  validators.set(type, validate);
  return validate;
}

function inPlainWords(validate: ValidateFunction, data: unknown): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of validate.errors ?? []) {
    // Errors in the branches of a `oneOf` or around an `if` are covered by the error about the whole.
    if (error.schemaPath.includes('/oneOf/') || error.keyword === 'if') continue;
    // Another error reports that it is not an object at all.
    if (error.keyword === 'oneOf' && !isObject(error.data)) continue;
    const field = fieldError(error, data);
    const key = `${field.pointer} ${field.expected}`;
    if (!found.has(key)) found.set(key, field);
    if (found.size === MOST_ERRORS) break;
  }
  return [...found.values()];
}

function fieldError(error: ErrorObject, data: unknown): FieldError {
  const at = `/data${error.instancePath}`;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return {
        pointer: `${at}/${escaped(String(params['missingProperty']))}`,
        expected: described(property(error, String(params['missingProperty']))),
        got: 'nothing',
      };
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      return unknownField(
        at,
        name,
        Object.keys((error.parentSchema as { properties: object }).properties),
        (error.data as Record<string, unknown>)[name],
      );
    }
    case 'oneOf': {
      const names = (error.schema as { required: [string] }[]).map(({ required }) => required[0]);
      const given = names.filter((name) => (error.data as Record<string, unknown>)[name] !== undefined);
      return {
        pointer: at,
        expected: `exactly one of ${names.join(', ')}`,
        got: given.length === 0 ? 'none of them' : given.join(' and '),
      };
    }
    case 'multipleOf': {
      const decimals = Math.round(-Math.log10(Number(error.schema)));
      const currency = String((parent(data, error.instancePath) as { currency?: unknown }).currency);
      return {
        pointer: at,
        expected: decimals === 0 ? `a whole number of ${currency}` : `at most ${counted(decimals, 'decimal')} in ${currency}`,
        got: shown(error.data),
      };
    }
    case 'maxItems':
    case 'minItems':
      return {
        pointer: at,
        expected: `${error.keyword === 'maxItems' ? 'at most' : 'at least'} ${counted(String(error.schema), 'entry', 'entries')}`,
        got: counted((error.data as unknown[]).length, 'entry', 'entries'),
      };
    case 'format':
      if (typeof error.data === 'string' && isTooLate(error.data)) return { pointer: at, expected: NOT_TOO_LATE, got: shown(error.data) };
      break;
  }
  return { pointer: at, expected: described(error.parentSchema as Schema), got: shown(error.data) };
}

type Schema = Record<string, unknown>;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function property(error: ErrorObject, name: string): Schema {
  return (error.parentSchema as { properties?: Record<string, Schema> }).properties?.[name] ?? {};
}

function parent(data: unknown, instancePath: string): unknown {
  let at: unknown = data;
  for (const part of instancePath.split('/').slice(1, -1)) at = (at as Record<string, unknown>)[part];
  return at;
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'a time in RFC 3339 with an offset, such as 2026-06-04T10:12:00+09:00',
  date: 'an existing day, such as 2026-06-04',
  'iso-4217': 'an ISO 4217 currency code in capitals, such as JPY',
};
const PATTERNS: readonly (readonly [start: string, words: string])[] = [
  ['^https?', 'a web address that starts with http:// or https://, without spaces'],
  ['^[^\\s@]', 'an e-mail address'],
  ['^(?!\\.{1,2}$)', 'an id of 1 to 128 characters without spaces and without |, other than . and ..'],
  ['^[0-9a-f]{8}-', 'the id of a recorded event (a UUID in lower case)'],
  ['^\\d{4}(-', 'a period such as 2026, 2026-Q2 or 2026-04'],
];

/** What a field may hold, in plain words. */
export function described(schema: Schema): string {
  const { type, pattern, format } = schema as { type?: string; pattern?: string; format?: string };
  if (Array.isArray(schema['enum'])) return `one of ${schema['enum'].join(', ')}`;
  if (format !== undefined) return FORMATS[format] ?? format;
  if (pattern !== undefined) return PATTERNS.find(([start]) => pattern.startsWith(start))?.[1] ?? `text like ${pattern}`;
  if (schema['$ref'] !== undefined) return 'an object';
  switch (type) {
    case 'string':
      return `text of ${String(schema['minLength'])} to ${String(schema['maxLength'])} characters`;
    case 'integer':
    case 'number':
      return `a ${type === 'integer' ? 'whole number' : 'number'}${bounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    default:
      return 'an object';
  }
}

function bounds(schema: Schema): string {
  const { minimum, maximum } = schema;
  if (minimum === undefined && maximum === undefined) return '';
  if (maximum === undefined) return ` of at least ${String(minimum)}`;
  return minimum === undefined ? ` of at most ${String(maximum)}` : ` from ${String(minimum)} to ${String(maximum)}`;
}
