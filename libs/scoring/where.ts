/**
 * The where-language of rules, as data. Absent fields: every comparison is false, but `$ne` (true) and `$exists: false`;
 * `$default` gives a value to compare with where the field is absent.
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

export const REGEX_LIMIT = 200;

/**
 * Why a pattern is refused; undefined when it is fine. A quantifier on a group that itself repeats or branches can take
 * exponential time on a text of the customer's choosing.
 */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > REGEX_LIMIT) return `a pattern of at most ${REGEX_LIMIT} characters, got ${pattern.length}`;
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    return `a regular expression, got ${JSON.stringify(pattern)} (${(error as Error).message})`;
  }
  if (/\\[1-9k]/.test(pattern)) return `a pattern without back-references, got ${JSON.stringify(pattern)}`;
  return hasNestedRepeat(pattern) ? `a pattern in which no repeated group repeats or branches, got ${JSON.stringify(pattern)}` : undefined;
}

function hasNestedRepeat(pattern: string): boolean {
  // Of each open group: does it hold a quantifier or an alternative?
  const open: boolean[] = [false];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\') i += 1;
    else if (char === '[') {
      for (i += 1; i < pattern.length && pattern[i] !== ']'; i++) if (pattern[i] === '\\') i += 1;
    } else if (char === '(') {
      open.push(false);
      // The ? behind an opening bracket says what kind of group it is.
      if (pattern[i + 1] === '?') i += 1;
    } else if (char === ')') {
      const repeats = open.pop()!;
      if (repeats && /^[*+{]/.test(pattern.slice(i + 1))) return true;
      if (repeats) open[open.length - 1] = true;
    } else if (char === '*' || char === '+' || char === '{' || char === '|') open[open.length - 1] = true;
  }
  return false;
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
    // A text is never greater than a number; texts compare by their code units.
    case '$gt':
      return (found) => typeof found === typeof value && (found as Scalar) > (value as Scalar);
    case '$gte':
      return (found) => typeof found === typeof value && (found as Scalar) >= (value as Scalar);
    case '$lt':
      return (found) => typeof found === typeof value && (found as Scalar) < (value as Scalar);
    case '$lte':
      return (found) => typeof found === typeof value && (found as Scalar) <= (value as Scalar);
    case '$exists':
      return () => value === true;
    case '$regex': {
      const pattern = new RegExp(value as string, 'u');
      return (found) => typeof found === 'string' && pattern.test(found);
    }
  }
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
      for (const field of fields) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
      if (!test(value)) return false;
    }
    return true;
  };
}
