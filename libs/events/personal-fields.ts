import type { JsonSchema } from './validation/json-schema';

interface Node {
  $ref?: string;
  $defs?: Record<string, Node>;
  properties?: Record<string, Node>;
  items?: Node;
  'x-personal'?: boolean;
}

/** A field of data by the names that lead to it; `*` is every entry of a list. */
export type FieldPath = readonly string[];

/** The fields that are personal by the schema of an event (`x-personal`), in its order. */
export function personalPathsOf(schema: JsonSchema): FieldPath[] {
  const root = schema as Node;
  const paths: FieldPath[] = [];
  const look = (given: Node, path: FieldPath): void => {
    if (given['x-personal'] === true) return void paths.push(path);
    const node = given.$ref === undefined ? given : root.$defs![given.$ref.slice('#/$defs/'.length)]!;
    for (const [name, member] of Object.entries(node.properties ?? {})) look(member, [...path, name]);
    if (node.items) look(node.items, [...path, '*']);
  };
  look(root, []);
  return paths;
}

/** The part of data at these paths, in the shape that data has; undefined if data has none of them. */
export function personalPartOf(data: object, paths: readonly FieldPath[]): Record<string, unknown> | undefined {
  let part: unknown;
  for (const path of paths) part = withValueAt(part, data, path);
  return part as Record<string, unknown> | undefined;
}

/** `part` with what `from` has at the path. A list keeps the places of its entries. */
function withValueAt(part: unknown, from: unknown, [name, ...rest]: FieldPath): unknown {
  if (name === undefined) return from;
  if (typeof from !== 'object' || from === null) return part;
  if (name === '*')
    return Array.isArray(from) ? from.map((entry, place) => withValueAt((part as unknown[] | undefined)?.[place], entry, rest)) : part;
  const value = withValueAt(memberOf(part, name), memberOf(from, name), rest);
  return value === undefined ? part : { ...(part as object | undefined), [name]: value };
}

const memberOf = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
