import { short } from '@leadlog/documents';
import { described, nearest, shown } from '@leadlog/events';
import { isCalendarDate, isTimestamp } from '@leadlog/time';
import { testOf, type Condition, type Scalar } from './where';

/** The part of JSON Schema that says what a field can hold. */
export interface JsonSchema {
  type?: string;
  enum?: readonly string[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  'x-personal'?: boolean;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

/** What a field can hold, as far as conditions can test it. */
export interface FieldShape {
  kind: 'text' | 'number' | 'flag' | 'list' | 'object';
  /** Why it is never absent; undefined if it may be. */
  always: string | undefined;
  schema: JsonSchema;
  /** Of a personal field: what says of it what is not personal. */
  trait?: string;
}

/** An unknown field of `in`. */
export interface UnknownField {
  in: string;
  field: string;
  known: readonly string[];
}

/**
 * The field of an object, or of an object in it; undefined if anything may be there. For messages, `name` of the object, and `always`: why
 * a required field is never absent.
 */
export function fieldIn(
  root: JsonSchema,
  fields: readonly string[],
  name: string,
  always = 'every event of this type has it',
): FieldShape | UnknownField | undefined {
  let schema = root;
  let isRequired = true;
  for (const [depth, field] of fields.entries()) {
    // Anything may be in it.
    if (schema.type === 'object' && !schema.properties) return undefined;
    const properties = schema.properties ?? {};
    const at = [name, ...fields.slice(0, depth)].join('.');
    if (!Object.hasOwn(properties, field)) return { in: at, field, known: Object.keys(properties) };
    isRequired &&= schema.required?.includes(field) === true;
    schema = resolved(properties[field]!, root);
  }
  return { kind: kindOf(schema), always: isRequired ? always : undefined, schema };
}

function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  return schema.$ref === undefined ? schema : root.$defs![schema.$ref.replace('#/$defs/', '')]!;
}

function kindOf({ type }: JsonSchema): FieldShape['kind'] {
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean') return 'flag';
  return type === 'array' ? 'list' : type === 'object' ? 'object' : 'text';
}

const KINDS = { text: 'a text', number: 'a number', flag: 'true or false', list: 'a list', object: 'an object' } as const;

/** Why no value of the field can meet this condition; undefined if one can. */
export function problemOfCondition(shape: FieldShape, { operator, value, default: whenAbsent }: Condition): string | undefined {
  const { kind, always, trait } = shape;
  // An erasure would change the answer.
  if (shape.schema['x-personal'] === true && operator !== '$exists')
    return `it is personal, so only $exists can test it${trait === undefined ? '' : `; the nearest trait is ${trait}`}`;
  if (operator === '$exists') return value === false && always !== undefined ? `${always}, so it is never absent` : undefined;
  if (kind === 'list' || kind === 'object') return `it is ${KINDS[kind]}, which only $exists can test`;
  const other = (Array.isArray(value) ? value : [value]).find((one: Scalar) => kindOfValue(one) !== kind) as Scalar | undefined;
  if (other !== undefined)
    return operator === '$regex' ? `$regex: it is ${KINDS[kind]}, and a pattern matches only text` : wrongKind(kind, other);
  if (whenAbsent !== undefined && kindOfValue(whenAbsent) !== kind) return `$default: ${wrongKind(kind, whenAbsent)}`;
  if (operator === '$eq' || operator === '$ne' || operator === '$in') {
    for (const one of (Array.isArray(value) ? value : [value]) as Scalar[]) {
      const problem = problemOfValue(shape.schema, one);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** Why no value meets all of these conditions on one field, each of which can be met by itself. */
export function problemTogether(shape: FieldShape, conditions: readonly Condition[]): string | undefined {
  const candidates = candidatesOf(shape, conditions);
  if (candidates === undefined) return undefined;
  const tests = conditions.map(testOf);
  if (candidates.some((candidate) => tests.every((test) => test(candidate)))) return undefined;
  const asked = conditions.map(({ operator, value }) => `${operator} ${shown(value)}`).join(' and ');
  return `${asked}: expected a condition that some value can meet; the field holds ${described({ ...shape.schema })}`;
}

/** Values of which one meets the conditions if any value does; undefined if there is no such short list. */
function candidatesOf({ kind, always, schema }: FieldShape, conditions: readonly Condition[]): (Scalar | undefined)[] | undefined {
  const absent = always !== undefined ? [] : [undefined];
  if (conditions.some(({ operator, value }) => operator === '$exists' && value === false)) return absent;
  const named = conditions.flatMap(({ operator, value }) =>
    operator === '$eq' ? [value as Scalar] : operator === '$in' ? [...(value as readonly Scalar[])] : [],
  );
  if (named.length > 0) return [...named, ...absent];
  if (schema.enum) return [...schema.enum, ...absent];
  if (kind === 'flag') return [true, false, ...absent];
  if (kind !== 'number') return undefined;
  const { minimum = -Number.MAX_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const edges = [minimum, maximum, ...conditions.flatMap(({ value }) => (typeof value === 'number' ? [value] : []))].sort((a, b) => a - b);
  const around = edges.flatMap((edge, i) => [
    edge,
    Math.floor(edge),
    Math.ceil(edge),
    edge - 1,
    edge + 1,
    (edge + (edges[i + 1] ?? edge)) / 2,
  ]);
  return [...around.filter((one) => one >= minimum && one <= maximum && (schema.type !== 'integer' || Number.isInteger(one))), ...absent];
}

const kindOfValue = (value: Scalar): FieldShape['kind'] =>
  typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'flag';

function wrongKind(kind: FieldShape['kind'], value: Scalar): string {
  const meant =
    typeof value === 'string' &&
    kind !== 'text' &&
    value.trim() !== '' &&
    (kind === 'number' ? Number.isFinite(Number(value)) : /^(true|false)$/.test(value))
      ? `; write ${value.trim()} without quotes`
      : '';
  const quoted = typeof value !== 'string' && kind === 'text' ? `; write '${value}' in quotes` : '';
  return `expected ${KINDS[kind]}, got ${shown(value)}${meant}${quoted}`;
}

/** Why the field can never hold this value, although it is of the right kind. */
function problemOfValue(schema: JsonSchema, value: Scalar): string | undefined {
  const known = schema.enum;
  if (known)
    return known.includes(value as string)
      ? undefined
      : `there is no ${short(String(value))}; the nearest is ${nearest(String(value), known)} (known: ${known.join(', ')})`;
  return holds(schema, value) ? undefined : `expected ${described({ ...schema })}, got ${shown(value)}`;
}

function holds(schema: JsonSchema, value: Scalar): boolean {
  if (typeof value === 'number')
    return (
      value >= (schema.minimum ?? -Infinity) &&
      value <= (schema.maximum ?? Infinity) &&
      (schema.type !== 'integer' || Number.isInteger(value))
    );
  if (typeof value !== 'string') return true;
  const { format, pattern, minLength = 0, maxLength = Infinity } = schema;
  if (format === 'date') return isCalendarDate(value);
  if (format === 'date-time') return isTimestamp(value);
  const length = [...value].length;
  return length >= minLength && length <= maxLength && (pattern === undefined || new RegExp(pattern, 'u').test(value));
}
