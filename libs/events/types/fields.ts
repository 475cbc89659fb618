import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { isCalendarDate, isTimestamp } from '@leadlog/time';
import { isCurrency, isExactAmount, MINOR_DIGITS } from './money-digits';

/**
 * The field kinds of the catalogue. Each consists of class-validator decorators; if class-validator has none with exactly the
 * meaning of JSON Schema (it counts UTF-16 units, treats null as absent, …), a rule carries its own schema
 * fragment in the metadata, which `json-schema.ts` uses.
 */
export interface Rule {
  /** Fragment for the field itself. */
  schema?: Record<string, unknown>;
  /** Fragment for the object that has the field. */
  objectSchema?: Record<string, unknown>;
}

export const RULE = 'leadlogRule';

/** IsOptional of class-validator lets null pass, but a field can be left out only by its absence. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };

function rule(fragment: Rule, holds: (value: unknown, args: ValidationArguments) => boolean, each = false): PropertyDecorator {
  return ValidateBy(
    { name: RULE, constraints: [fragment], validator: { validate: (value: unknown, args?: ValidationArguments) => holds(value, args!) } },
    { each },
  );
}

/** JSON Schema counts code points. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}

export const ID_PATTERN = '^(?!\\.{1,2}$)[^\\s\\p{Cc}|]{1,128}$';
const idPattern = new RegExp(ID_PATTERN, 'u');
export const isId = (value: unknown): boolean => typeof value === 'string' && idPattern.test(value);
const isText = (value: unknown, max: number): boolean => typeof value === 'string' && value !== '' && codePoints(value) <= max;
const textSchema = (max: number) => ({ type: 'string', minLength: 1, maxLength: max });

/**
 * 1 to 128 characters, no white space, no control character, no `|` (it separates the parts of tally cells); `.` and `..` are no part of a
 * path.
 */
export const Id = () => rule({ schema: { type: 'string', pattern: ID_PATTERN } }, isId);
export const Text = (max: number) => rule({ schema: textSchema(max) }, (value) => isText(value, max));

/**
 * What a field that may hold anything (a text, an address, an open object) holds: something that tells who a person is or what somebody
 * said or wrote, or nothing of the kind. Published as `x-personal` in the schema of the event; each such field says one or the other.
 */
export const Personal = () => rule({ schema: { 'x-personal': true } }, () => true);
export const NotPersonal = () => rule({ schema: { 'x-personal': false } }, () => true);

/** Leadlog derives it: a sender leaves it out. */
export const Derived = () => rule({ schema: { readOnly: true } }, () => true);

const EMAIL_PATTERN = '^[^\\s@]{1,64}@[^\\s@]{1,255}$';
const emailPattern = new RegExp(EMAIL_PATTERN, 'u');
/** Checks only the form, not whether the address exists. */
export const EmailAddress = () =>
  rule({ schema: { type: 'string', pattern: EMAIL_PATTERN } }, (value) => typeof value === 'string' && emailPattern.test(value));

const WEB_ADDRESS_PATTERN = '^https?://\\S{1,2040}$';
const webAddressPattern = new RegExp(WEB_ADDRESS_PATTERN, 'u');
export const WebAddress = () =>
  rule({ schema: { type: 'string', pattern: WEB_ADDRESS_PATTERN } }, (value) => typeof value === 'string' && webAddressPattern.test(value));

/** RFC 3339 with an offset. */
export const Timestamp = () =>
  rule({ schema: { type: 'string', format: 'date-time' } }, (value) => typeof value === 'string' && isTimestamp(value));
/** YYYY-MM-DD: a day in the tenant's time zone. */
export const CalendarDate = () =>
  rule({ schema: { type: 'string', format: 'date' } }, (value) => typeof value === 'string' && isCalendarDate(value));

const PERIOD_PATTERN = '^\\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$';
const periodPattern = new RegExp(PERIOD_PATTERN, 'u');
/** A fiscal year (by the year in which it begins), quarter or month: 2026, 2026-Q2, 2026-04. */
export const Period = () =>
  rule({ schema: { type: 'string', pattern: PERIOD_PATTERN } }, (value) => typeof value === 'string' && periodPattern.test(value));

const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
const uuidPattern = new RegExp(UUID_PATTERN, 'u');
/** The id of a recorded event. */
export const EventId = () =>
  rule({ schema: { type: 'string', pattern: UUID_PATTERN } }, (value) => typeof value === 'string' && uuidPattern.test(value));

const POSITION_PATTERN = '^\\d{1,19}$';
const positionPattern = new RegExp(POSITION_PATTERN, 'u');
/** A position of the log, in decimal digits. */
export const PositionText = () =>
  rule({ schema: { type: 'string', pattern: POSITION_PATTERN } }, (value) => typeof value === 'string' && positionPattern.test(value));

export const OneOf = (values: readonly string[]) => IsIn(values);
export const Flag = () => IsBoolean();
export const Whole = (min: number, max = 1_000_000_000) => all(IsInt(), Min(min), Max(max));
export const Quantity = (min: number, max = 1_000_000_000) => all(IsNumber(), Min(min), Max(max));
/** Likelihood that a machine, not a person, did it: 0 to 1. */
export const Likelihood = () => Quantity(0, 1);
export const Points = () => Quantity(-1_000_000_000);

/** An object whose fields the catalogue does not define (a model definition). */
export const AnyObject = () => IsObject();

/** Axis name → points. */
export const PointsByAxis = () =>
  rule(
    { schema: { type: 'object', additionalProperties: { type: 'number' } } },
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((points) => Number.isFinite(points)),
  );

export const ListOfIds = (max: number, min = 0) =>
  all(IsArray(), ArrayMinSize(min), ArrayMaxSize(max), rule({ schema: { type: 'string', pattern: ID_PATTERN } }, isId, true));
export const ListOfChoices = (values: readonly string[]) => all(IsArray(), ArrayMaxSize(values.length), IsIn(values, { each: true }));
export const ListOfTexts = (max: number, maxText: number) =>
  all(
    IsArray(),
    ArrayMaxSize(max),
    rule({ schema: textSchema(maxText) }, (value) => isText(value, maxText), true),
  );

export interface NestedContext {
  of: () => new () => object;
}
export const Nested = (of: () => new () => object) =>
  all(IsObject(), ValidateNested({ context: { of } satisfies NestedContext }), Type(of));
export const ListOf = (of: () => new () => object, max: number, min = 0) =>
  all(
    IsArray(),
    ArrayMinSize(min),
    ArrayMaxSize(max),
    // ValidateNested also descends into arrays of arrays, but only objects are allowed.
    IsObject({ each: true }),
    ValidateNested({ each: true, context: { of } satisfies NestedContext }),
    Type(of),
  );

/** For each of the named fields: exactly one of them must be present. */
export const ExactlyOneOf = (...names: string[]): PropertyDecorator => {
  const present = (object: object) => names.filter((name) => (object as Record<string, unknown>)[name] !== undefined).length;
  return (target, property) => {
    // If none is present, the first is validated nevertheless, so that the error is reported.
    ValidateIf((object, value) => value !== undefined || (property === names[0] && present(object) === 0))(target, property);
    rule({ objectSchema: { oneOf: names.map((name) => ({ required: [name] })) } }, (_, args) => present(args.object) === 1)(
      target,
      property,
    );
  };
};

export const Currency = () => rule({ schema: { type: 'string', format: 'iso-4217' } }, isCurrency);

/** Exact money: at most as many decimals as the currency has. */
export const AmountValue = () =>
  all(
    Quantity(0, 1_000_000_000_000),
    rule(
      {
        objectSchema: {
          allOf: MINOR_DIGITS.map(({ digits, pattern }) => ({
            if: { properties: { currency: { pattern } }, required: ['currency'] },
            then: { properties: { value: { multipleOf: Number(`1e-${digits}`) } } },
          })),
        },
      },
      (value, args) => isExactAmount(value, (args.object as { currency?: unknown }).currency),
    ),
  );
