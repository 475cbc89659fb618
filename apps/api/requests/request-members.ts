import { type ArgumentMetadata, Injectable, type Type, type ValidationError, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata';
import { shown, unknownField, type FieldError } from '@leadlog/events';
import { refused, refusedFor, type RequestRefused } from '../problem-details';

/**
 * Holds bodies, and queries that a class describes, to the rules of their class. What is wrong is told as of events: one thing for each
 * member, in words that are made of all its rules.
 */
@Injectable()
export class MembersPipe extends ValidationPipe {
  /** Which parameters there are is known-parameters.ts' to say: those of every read are in no class. */
  private readonly queries = new ValidationPipe({
    transform: true,
    whitelist: true,
    validationError: { target: true },
    exceptionFactory: refusalOf,
  });

  constructor() {
    super({ transform: true, whitelist: true, forbidNonWhitelisted: true, validationError: { target: true }, exceptionFactory: refusalOf });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'query') return this.queries.transform(value, metadata) as Promise<unknown>;
    if (metadata.type !== 'body' || !isDescribed(metadata.metatype)) return super.transform(value, metadata) as Promise<unknown>;
    // Where nothing has to be said, nothing need be sent.
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw refused(400, '', 'an object in JSON', shown(value));
    refuseNulls((value ?? {}) as Record<string, unknown>, metadata.metatype);
    return super.transform(value ?? {}, metadata) as Promise<unknown>;
  }
}

/** Names of the members of a class that describes a body or a query, and which of them may come several times. */
export function membersOf(type: Type): { names: string[]; lists: string[] } {
  const rules = rulesOf(type);
  return {
    names: [...new Set(rules.map(({ propertyName }) => propertyName))],
    lists: rules.filter(({ name }) => name === 'isArray').map(({ propertyName }) => propertyName),
  };
}

const rulesOf = (type: Type): ValidationMetadata[] => getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);

const isDescribed = (type: unknown): type is Type => typeof type === 'function' && rulesOf(type as Type).length > 0;

/**
 * A member is left out by its absence, as in events. IsOptional lets null pass, and behind it the id of a command would be null: the same
 * for all who say so, so that the second one counts as a repeat.
 */
function refuseNulls(body: Readonly<Record<string, unknown>>, type: Type): void {
  const target = Object.create(type.prototype as object) as object;
  const nulls = membersOf(type).names.filter((property) => body[property] === null);
  if (nulls.length > 0) throw refusalOf(nulls.map((property): ValidationError => ({ target, property, value: null })));
}

function refusalOf(failures: readonly ValidationError[]): RequestRefused {
  return refusedFor(400, failures.map(errorOf));
}

function errorOf({ target, property, value }: ValidationError): FieldError {
  const type = (target as object).constructor as Type;
  const rules = rulesOf(type).filter(({ propertyName }) => propertyName === property);
  return rules.length === 0
    ? unknownField('', property, membersOf(type).names, value)
    : { pointer: `/${property}`, expected: wordsOf(rules), got: shown(value) };
}

/** What a member must be, of all of its rules together. */
function wordsOf(rules: readonly ValidationMetadata[]): string {
  const own = rules.find(({ message }) => typeof message === 'string');
  if (own) return own.message as string;
  const given = (name: string): readonly unknown[] | undefined =>
    rules.find((rule) => rule.name === name)?.constraints as readonly unknown[] | undefined;
  const has = (name: string): boolean => rules.some((rule) => rule.name === name);
  const [choices] = (given('isIn') ?? []) as [(readonly string[])?];
  if (has('isArray'))
    return `a list of ${choices ? choices.join(', ') : `${given('arrayMaxSize') ? `at most ${String(given('arrayMaxSize')![0])} ` : ''}texts`}`;
  if (choices) return `one of ${choices.join(', ')}`;
  if (has('isInt')) return `a whole number from ${String(given('min')?.[0])} to ${String(given('max')?.[0])}`;
  if (has('isBoolean')) return 'true or false';
  if (has('isObject')) return 'an object';
  const [least, most] = (given('isLength') ?? [undefined, given('maxLength')?.[0]]) as [number?, number?];
  return least !== undefined
    ? `a text of ${least} to ${most} characters`
    : most !== undefined
      ? `a text of at most ${most} characters`
      : 'a text';
}
