import { getMetadataStorage } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata';
import { RULE, type NestedContext, type Rule } from '../types/fields';

export type JsonSchema = Record<string, unknown>;

/**
 * JSON Schema (draft 2020-12) of a data class, derived from its class-validator metadata; nested classes are in
 * `$defs`. An unknown decorator is an error, because a schema looser than the class would accept data that
 * the class refuses.
 */
export function jsonSchemaOf(dataClass: new () => object, title: string): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const root = objectSchema(dataClass, definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...root,
    ...(definitions.size > 0 && { $defs: Object.fromEntries(definitions) }),
  };
}

function objectSchema(dataClass: new () => object, definitions: Map<string, JsonSchema>): JsonSchema {
  const byProperty = new Map<string, ValidationMetadata[]>();
  for (const metadata of getMetadataStorage().getTargetValidationMetadatas(dataClass, '', true, false)) {
    const sameProperty = byProperty.get(metadata.propertyName);
    if (sameProperty) sameProperty.push(metadata);
    else byProperty.set(metadata.propertyName, [metadata]);
  }
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  const wholeObject: JsonSchema = {};
  for (const [property, metadatas] of byProperty) {
    properties[property] = propertySchema(metadatas, definitions);
    if (!metadatas.some(({ type }) => type === 'conditionalValidation')) required.push(property);
    for (const metadata of metadatas) Object.assign(wholeObject, ruleOf(metadata)?.objectSchema);
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false, ...wholeObject };
}

function propertySchema(metadatas: readonly ValidationMetadata[], definitions: Map<string, JsonSchema>): JsonSchema {
  const schema: JsonSchema = {};
  let items: JsonSchema | undefined;
  for (const metadata of metadatas) {
    const fragment = fragmentOf(metadata, definitions);
    if (metadata.each) items = { ...items, ...fragment };
    else Object.assign(schema, fragment);
  }
  // `type: object` next to a $ref is redundant.
  const tidy = (part: JsonSchema): JsonSchema => {
    if (!('$ref' in part)) return part;
    const { type: _, ...rest } = part;
    return rest;
  };
  return items ? { ...schema, items: tidy(items) } : tidy(schema);
}

function fragmentOf(metadata: ValidationMetadata, definitions: Map<string, JsonSchema>): JsonSchema {
  if (metadata.type === 'conditionalValidation') return {};
  if (metadata.type === 'nestedValidation') {
    const nested = (metadata.context as NestedContext).of();
    if (!definitions.has(nested.name)) {
      definitions.set(nested.name, {});
      definitions.set(nested.name, objectSchema(nested, definitions));
    }
    return { $ref: `#/$defs/${nested.name}` };
  }
  const [constraint] = (metadata.constraints ?? []) as unknown[];
  switch (metadata.name) {
    case RULE:
      return ruleOf(metadata)?.schema ?? {};
    case 'isIn':
      return { enum: constraint };
    case 'isBoolean':
      return { type: 'boolean' };
    case 'isInt':
      return { type: 'integer' };
    case 'isNumber':
      return { type: 'number' };
    case 'min':
      return { minimum: constraint };
    case 'max':
      return { maximum: constraint };
    case 'isObject':
      return { type: 'object' };
    case 'isArray':
      return { type: 'array' };
    case 'arrayMinSize':
      return { minItems: constraint };
    case 'arrayMaxSize':
      return { maxItems: constraint };
    default:
      throw new Error(
        `no JSON Schema is known for the decorator ${metadata.name ?? metadata.type} of ${metadata.propertyName}; add it to json-schema.ts`,
      );
  }
}

const ruleOf = (metadata: ValidationMetadata): Rule | undefined =>
  metadata.name === RULE ? (metadata.constraints as [Rule])[0] : undefined;
