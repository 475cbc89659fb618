import type { Condition, Scalar } from '@leadlog/where';

/** Where a value stands in SQL: in a column of that type, or as JSON. */
export interface ValueInSql {
  sql: string;
  type: 'VARCHAR' | 'DOUBLE' | 'JSON';
}

/** As a literal of SQL. Numbers as DOUBLE, so that nothing is rounded to a DECIMAL. */
export function literal(value: Scalar): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'number' ? `${value}::DOUBLE` : String(value);
}

/** The same as `testOf` of libs/where, in SQL: true or false, never null. */
export function conditionSql({ operator, value, default: whenAbsent }: Condition, found: ValueInSql): string {
  const absent = found.type === 'JSON' ? `(${found.sql} IS NULL OR json_type(${found.sql}) = 'NULL')` : `(${found.sql} IS NULL)`;
  if (operator === '$exists') return value === true ? `NOT ${absent}` : absent;
  const test = (on: ValueInSql): string => presentSql(operator, value, on);
  const otherwise = whenAbsent === undefined ? String(operator === '$ne') : test(constant(whenAbsent));
  return `CASE WHEN ${absent} THEN ${otherwise} ELSE ${test(found)} END`;
}

/** A default is compared as the JSON value that it would be. */
const constant = (value: Scalar): ValueInSql => ({ sql: `${literal(JSON.stringify(value))}::JSON`, type: 'JSON' });

const COMPARISONS = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

function presentSql(operator: Condition['operator'], value: Condition['value'], found: ValueInSql): string {
  switch (operator) {
    case '$eq':
      return equalSql(found, [value as Scalar]);
    case '$ne':
      return `NOT (${equalSql(found, [value as Scalar])})`;
    case '$in':
      return equalSql(found, value as readonly Scalar[]);
    case '$regex':
      return ofType(found, 'string', (text) => `regexp_matches(${text}, ${literal(value as string)})`);
    case '$exists':
      return String(value === true);
    default:
      return ofType(found, typeof value as 'string' | 'number', (one) => `${one} ${COMPARISONS[operator]} ${literal(value as Scalar)}`);
  }
}

function equalSql(found: ValueInSql, values: readonly Scalar[]): string {
  const parts = (['string', 'number', 'boolean'] as const).flatMap((type) => {
    const among = values.filter((value) => typeof value === type).map(literal);
    return among.length === 0 ? [] : [ofType(found, type, (one) => `${one} IN (${among.join(', ')})`)];
  });
  return parts.join(' OR ');
}

const JSON_TYPES = {
  string: `= 'VARCHAR'`,
  number: `IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')`,
  boolean: `= 'BOOLEAN'`,
} as const;

/** False where the value is of another type: a text is never equal to, nor greater than, a number. */
function ofType({ sql, type }: ValueInSql, wanted: 'string' | 'number' | 'boolean', test: (value: string) => string): string {
  if (type === 'JSON') {
    const value = wanted === 'string' ? `(${sql} ->> '$')` : `CAST(${sql} AS ${wanted === 'number' ? 'DOUBLE' : 'BOOLEAN'})`;
    return `CASE WHEN json_type(${sql}) ${JSON_TYPES[wanted]} THEN ${test(value)} ELSE false END`;
  }
  return (type === 'VARCHAR') === (wanted === 'string') && wanted !== 'boolean' ? `(${test(sql)})` : 'false';
}
