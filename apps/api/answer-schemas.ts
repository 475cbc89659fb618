import { ApiResponse } from '@nestjs/swagger';
import { Type, type TSchema } from '@sinclair/typebox';

/**
 * What routes answer. Each answer is written once, as a schema of which the compiler knows the type: `Promise<LeadPage>` on a handler
 * says that the code gives it, `@Answers(LeadPage)` that the document says so. A schema with an `$id` is a component of that name.
 */
export const Answers = (schema: TSchema, { status = 200, description = '' }: { status?: number; description?: string } = {}) =>
  ApiResponse({ status, description, content: { 'application/json': { schema: schema as never } } });

/** Rows as JSON, or the file that was asked for. */
export const AnswersOrFile = (schema: TSchema, mediaTypes: readonly string[]) => {
  const file = { schema: { type: 'string', format: 'binary' } };
  return ApiResponse({
    status: 200,
    description: '',
    content: { 'application/json': { schema: schema as never }, ...Object.fromEntries(mediaTypes.map((type) => [type, file])) },
  });
};

export const oneOf = <const Values extends readonly string[]>(values: Values, description?: string) =>
  Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...(description && { description }) });

/** RFC 3339. */
export const time = (description?: string) => Type.String({ format: 'date-time', ...(description && { description }) });
export const text = (description?: string) => Type.String(description ? { description } : {});
export const whole = (description?: string) => Type.Integer(description ? { description } : {});
export const number = (description?: string) => Type.Number(description ? { description } : {});
export const numberOrNull = (description?: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], ...(description && { description }) });

export const position = Type.String({
  pattern: '^(-1|\\d+)$',
  description: 'Everything recorded up to here is in the answer; for `?after=`',
});

/** What is wrong with one of many. */
export const FieldErrors = Type.Array(Type.Object({ pointer: text('RFC 6901'), expected: text('In plain words'), got: text('What came') }));

/** Points by axis. */
export const Scores = Type.Record(Type.String(), Type.Number(), { $id: 'Scores', description: 'Points by axis of the model' });
export const Uncapped = Type.Record(Type.String(), Type.Number(), {
  $id: 'UncappedScores',
  description: 'Points by axis of the model, before its cap: lists by score go by these',
});

type Json = { [name: string]: unknown };

/**
 * Takes schemas with an `$id` out of where they stand; they become references to `components`. And says of objects that may hold anything
 * that they may:
 * generators of clients read a bare `type: object` as one that is empty.
 */
export function hoistComponents<Document extends object>(document: Document, components: Record<string, unknown>): Document {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { $id: name, ...rest } = value as Json;
    const named = typeof name === 'string';
    const walked: Json = Object.fromEntries(Object.entries(named ? rest : value).map(([member, one]) => [member, walk(one)]));
    if (walked['type'] === 'object' && !('properties' in walked) && !('patternProperties' in walked))
      walked['additionalProperties'] ??= true;
    if (!named) return walked;
    components[name] = walked;
    return { $ref: `#/components/schemas/${name}` };
  };
  return walk(document) as Document;
}
