import { RE2JS } from 're2js';

/**
 * The where-language of rules, as data. For absent fields, every comparison is false except `$ne` (true) and `$exists: false`;
 * `$default` gives a value to compare if the field is absent.
 */
export const OPERATORS = ['$eq', '$ne', '$in', '$gt', '$gte', '$lt', '$lte', '$exists', '$regex'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Scalar = string | number | boolean;

export interface Condition {
  /** `data.x.y`, `metadata.x`; for a profile rule the field of the profile. */
  path: string;
  operator: Operator;
  value: Scalar | readonly Scalar[];
  default?: Scalar;
}

export type Test = (value: unknown) => boolean;

const LONGEST_PATTERN = 200;
/**
 * Of a compiled pattern, in instructions: what a text costs is this times its length at most. A class of Unicode is some hundred of them in
 * DuckDB.
 */
const LARGEST_PROGRAM = 5_000;
const LARGEST_WITH_CLASSES = 50;

/**
 * How large a pattern is, compiled, or why it is refused: what was expected. Patterns are those of RE2, which takes time in proportion to
 * the text, whatever the pattern: a customer's text can not stop the engine. DuckDB has the same ones, so SQL asks the same.
 */
export function readRegex(pattern: string): { instructions: number } | string {
  if (pattern.length > LONGEST_PATTERN) return `a pattern of at most ${LONGEST_PATTERN} characters, got ${pattern.length}`;
  try {
    const size = RE2JS.compile(pattern).programSize();
    if (pattern.includes('(?<') || pattern.includes('(?P<')) return `a pattern without named groups, got ${JSON.stringify(pattern)}`;
    if (size > (/\\p/i.test(pattern) ? LARGEST_WITH_CLASSES : LARGEST_PROGRAM))
      return `a pattern with fewer repetitions, got ${JSON.stringify(pattern)}`;
    // Harmless here, but never what was meant, and not harmless where it may be copied to.
    return /[*+}]\)[*+{]/.test(pattern)
      ? `a pattern without nested repetition (x+ instead of (x+)+), got ${JSON.stringify(pattern)}`
      : { instructions: size };
  } catch (error) {
    return `a regular expression (RE2 syntax: no look-around, no back-references), got ${JSON.stringify(pattern)} (${(error as Error).message})`;
  }
}

export function testOf({ operator, value, default: whenAbsent }: Condition): Test {
  const test = presentTest(operator, value);
  if (operator === '$exists') return (found) => (found !== undefined && found !== null) === value;
  const absent = whenAbsent === undefined ? operator === '$ne' : test(whenAbsent);
  return (found) => (found === undefined || found === null ? absent : test(found));
}

function presentTest(operator: Operator, value: Condition['value']): Test {
  switch (operator) {
    case '$eq':
      return (found) => found === value;
    case '$ne':
      return (found) => found !== value;
    case '$in': {
      const among = new Set<unknown>(value as readonly Scalar[]);
      return (found) => among.has(found);
    }
    case '$gt':
      return ordered(value as Scalar, (order) => order > 0);
    case '$gte':
      return ordered(value as Scalar, (order) => order >= 0);
    case '$lt':
      return ordered(value as Scalar, (order) => order < 0);
    case '$lte':
      return ordered(value as Scalar, (order) => order <= 0);
    case '$exists':
      return () => value === true;
    case '$regex': {
      const pattern = RE2JS.compile(value as string);
      return (found) => typeof found === 'string' && pattern.test(found);
    }
  }
}

/** A text is never greater than a number. Texts compare by their code points, as they do in SQL. */
function ordered(value: Scalar, fits: (order: number) => boolean): Test {
  if (typeof value === 'number') return (found) => typeof found === 'number' && fits(found - value);
  const bytes = Buffer.from(value as string);
  return (found) => typeof found === 'string' && fits(Buffer.compare(Buffer.from(found), bytes));
}

/** All conditions, on an event: `data.…` and `metadata.…`. */
export function whereOf(conditions: readonly Condition[]): (event: { data: unknown; metadata: unknown }) => boolean {
  const tests = conditions.map((condition) => {
    const path = condition.path.split('.');
    return { root: path[0] as 'data' | 'metadata', fields: path.slice(1), test: testOf(condition) };
  });
  return (event) => {
    for (const { root, fields, test } of tests) {
      let value: unknown = event[root];
      for (const field of fields)
        value =
          typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, field)
            ? (value as Record<string, unknown>)[field]
            : undefined;
      if (!test(value)) return false;
    }
    return true;
  };
}
