/** As much of JSON Schema as says what may be written where. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  definitions?: Record<string, Schema>;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  description?: string;
}

export interface Completion {
  label: string;
  type: 'property' | 'enum';
  info?: string;
  apply?: string;
}

const KEY = /^(\s*)((?:-\s+)*)(?:(["']?)([^\s"'#:][^"':]*)\3\s*:(?:\s+(.*))?)?/;

/** What may stand after `line`, which is that of the cursor until there. */
export function completionsOf(root: Schema, { line, lines }: { line: string; lines: readonly string[] }): Completion[] {
  const [, indent = '', dashes = '', , key, rest] = KEY.exec(line)!;
  const path = pathOf(lines, indent.length + dashes.length, indent.length);
  const items = dashes === '' ? 0 : 1;
  const at = [...path, ...Array<string>(items).fill('-')].reduce<Schema[]>(
    (found, step) => found.flatMap((one) => below(root, one, step)),
    wholes(root, root),
  );
  if (key !== undefined && rest !== undefined) return valuesOf(at.flatMap((one) => below(root, one, key.trim())));
  return [
    ...at.flatMap((one) =>
      Object.entries(one.properties ?? {}).map(([label, { description }]): Completion => ({
        label,
        type: 'property',
        info: description,
        apply: `${label}: `,
      })),
    ),
    ...(dashes === '' ? [] : valuesOf(at)),
  ];
}

/** The keys above the cursor, each less indented than what it holds; `-` for an item of a list. */
function pathOf(lines: readonly string[], column: number, indentOfLine: number): string[] {
  const path: string[] = [];
  let inner = Math.max(column, indentOfLine);
  for (const text of lines.toReversed()) {
    if (/^\s*(#|$)/.test(text)) continue;
    const [, indent = '', dashes = '', , key] = KEY.exec(text)!;
    const at = indent.length + dashes.length;
    // The first line of the item that this one goes on with.
    if (dashes !== '' && at === inner) {
      path.unshift('-');
      inner = indent.length;
    } else if (key !== undefined && at < inner) {
      path.unshift(key.trim());
      inner = at;
      if (dashes !== '') {
        path.unshift('-');
        inner = indent.length;
      }
    }
  }
  return path;
}

function below(root: Schema, schema: Schema, step: string): Schema[] {
  const found = step === '-' ? schema.items : (schema.properties?.[step] ?? schema.additionalProperties);
  return typeof found === 'object' ? wholes(root, found) : [];
}

/** A schema as those of which any may be meant. */
function wholes(root: Schema, schema: Schema, depth = 0): Schema[] {
  if (depth > 20) return [];
  const target = schema.$ref === undefined ? undefined : followed(root, schema.$ref);
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? []), ...(target ? [target] : [])];
  return [schema, ...parts.flatMap((one) => wholes(root, one, depth + 1))];
}

const followed = (root: Schema, ref: string): Schema | undefined =>
  ref
    .replace(/^#\/?/, '')
    .split('/')
    .filter(Boolean)
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], root) as Schema | undefined;

const valuesOf = (schemas: readonly Schema[]): Completion[] =>
  [
    ...new Set(schemas.flatMap(({ enum: values = [], const: value }) => (value === undefined ? values : [...values, value])).map(String)),
  ].map((label) => ({
    label,
    type: 'enum',
  }));
