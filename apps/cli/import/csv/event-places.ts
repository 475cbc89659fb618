import { catalogue, type EventType, type JsonSchema } from '@leadlog/events';

/** What the catalogue expects at a place in the data of an event. */
export type Place = { name: 'number' | 'moment' | 'day' | 'id' | 'flag' | 'text' | 'any' } | { name: 'choice'; values: readonly string[] };

type Schema = JsonSchema & Record<string, unknown>;

/** White space has no place in an id: `Ada King` becomes `Ada_King`. Of any script otherwise. */
export const idOf = (text: string): string => text.normalize('NFC').trim().replace(/\s+/gu, '_');

/** Names of a path may be numbers, of the items of a list. A name that is none there comes back with those that are. */
export function placeIn(type: EventType, path: readonly string[]): Place | { unknown: string; known: string[] } {
  let schema = rootOf(type);
  for (const name of path) {
    const properties = schema['properties'] as Record<string, Schema> | undefined;
    if (schema['type'] === 'array' && /^\d+$/.test(name)) schema = resolved(type, schema['items'] as Schema);
    else if (properties && Object.hasOwn(properties, name)) schema = resolved(type, properties[name]!);
    else if (properties) return { unknown: name, known: Object.keys(properties) };
    else return schema['type'] === 'object' ? { name: 'any' } : { unknown: name, known: [] };
  }
  return kindOf(schema['type'] === 'array' ? resolved(type, schema['items'] as Schema) : schema);
}

/** What an event needs that no path names. */
export function missingIn(type: EventType, paths: readonly string[], hasSubject: boolean): string[] {
  const root = rootOf(type);
  const heads = new Set(paths.map((path) => path.split('.')[0]!));
  const missing: string[] = [];
  for (const name of requiredOf(root)) if (!heads.has(name) && !mayBeEmpty(type, name)) missing.push(name);
  if (root['oneOf'] !== undefined && !heads.has('leadId') && !heads.has('identity') && !hasSubject)
    missing.push('leadId, identity, or a subject, which say whom it is about');
  for (const [name, value] of Object.entries(root['properties'] as Record<string, Schema>)) {
    const below = paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1).split('.')[0]!);
    const schema = resolved(type, value);
    if (below.length === 0 || schema['type'] !== 'object') continue;
    for (const one of requiredOf(schema)) if (!below.includes(one)) missing.push(`${name}.${one}`);
  }
  return missing;
}

/**
 * Completes data as the catalogue has it: an object that must be there and needs nothing is there; one that may be left out is, where
 * something that it needs was left out.
 */
export function completed(type: EventType, data: Record<string, unknown>): Record<string, unknown> {
  const root = rootOf(type);
  const must = requiredOf(root);
  for (const [name, value] of Object.entries(root['properties'] as Record<string, Schema>)) {
    const schema = resolved(type, value);
    if (schema['type'] !== 'object') continue;
    const object = data[name] as object | undefined;
    if (object === undefined && must.includes(name) && requiredOf(schema).length === 0) data[name] = {};
    else if (object !== undefined && !must.includes(name) && requiredOf(schema).some((one) => !(one in object))) delete data[name];
  }
  return data;
}

const mayBeEmpty = (type: EventType, name: string): boolean => {
  const schema = resolved(type, (rootOf(type)['properties'] as Record<string, Schema>)[name]!);
  return schema['type'] === 'object' && requiredOf(schema).length === 0;
};

const rootOf = (type: EventType): Schema => catalogue.get(type)!.jsonSchema as Schema;

const requiredOf = (schema: Schema): readonly string[] => (schema['required'] as string[] | undefined) ?? [];

function resolved(type: EventType, schema: Schema): Schema {
  const reference = schema['$ref'] as string | undefined;
  return reference === undefined ? schema : (rootOf(type)['$defs'] as Record<string, Schema>)[reference.slice('#/$defs/'.length)]!;
}

const ID_PATTERN = (rootOf('DealWon')['properties'] as Record<string, Schema>)['dealId']!['pattern'];

function kindOf(schema: Schema): Place {
  if (schema['enum']) return { name: 'choice', values: schema['enum'] as string[] };
  if (schema['type'] === 'number' || schema['type'] === 'integer') return { name: 'number' };
  if (schema['type'] === 'boolean') return { name: 'flag' };
  if (schema['format'] === 'date-time') return { name: 'moment' };
  if (schema['format'] === 'date') return { name: 'day' };
  if (schema['pattern'] === ID_PATTERN) return { name: 'id' };
  return { name: schema['type'] === 'string' ? 'text' : 'any' };
}
