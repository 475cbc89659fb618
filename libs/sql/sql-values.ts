import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** Infinite dates and timestamps have the largest number, in any unit. */
const LAST_DAY = 2 ** 31 - 1;
const LAST = 2n ** 63n - 1n;
const DAY_US = 86_400_000_000n;
/** Number of decimal digits that a double always preserves. */
const KEPT_DIGITS = 15;

/**
 * A value as JSON without loss of digits: numbers that a double cannot hold are text, timestamps are RFC 3339 in UTC (years beyond four
 * digits in the expanded form of ISO
 * 8601), infinite values are `infinity` or `-infinity`, and everything without a JSON form is as DuckDB writes it.
 */
export function jsonOf(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return endless(value.micros) ?? momentOf(value.micros);
  if (value instanceof DuckDBDecimalValue) return decimalOf(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, one]) => [name, jsonOf(one)]));
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(value.entries.map(({ key, value: one }) => [textOf(jsonOf(key)), jsonOf(one)]));
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  if (value instanceof DuckDBDateValue) return Math.abs(value.days) === LAST_DAY ? endlessText(value.days > 0) : value.toString();
  return endless(ticksOf(value)) ?? String(value);
}

/** As text; values that are not text become JSON. */
export const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** For a FLOAT, the shortest number that is the same FLOAT: 0.1, not 0.10000000149011612. */
export function floatOf(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}

function ticksOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  return undefined;
}

const endless = (ticks: bigint | undefined): string | undefined =>
  ticks === LAST || ticks === -LAST ? endlessText(ticks > 0n) : undefined;
const endlessText = (future: boolean): string => (future ? 'infinity' : '-infinity');

function decimalOf(decimal: DuckDBDecimalValue): JsonValue {
  const text = decimal.toString();
  const digits = (decimal.scale > 0 ? text.replace(/0+$/, '') : text).replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.length <= KEPT_DIGITS || (decimal.scale === 0 && Number.isSafeInteger(Number(text))) ? Number(text) : text;
}

/** Milliseconds, or microseconds if there are any. */
function momentOf(micros: bigint): string {
  const inDay = ((micros % DAY_US) + DAY_US) % DAY_US;
  const { year, month, day } = dateOf(Number((micros - inDay) / DAY_US));
  const seconds = Number(inDay / 1_000_000n);
  const fraction = pad(Number(inDay % 1_000_000n), 6).replace(/000$/, '');
  const shownYear = year >= 0 && year <= 9_999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`;
  return `${shownYear}-${pad(month, 2)}-${pad(day, 2)}T${pad(Math.floor(seconds / 3_600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${fraction}Z`;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** The calendar repeats every 400 years, so that timestamps of DuckDB beyond the range of Date can be converted. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const eras = Math.floor(days / 146_097);
  const date = new Date((days - eras * 146_097) * 86_400_000);
  return { year: date.getUTCFullYear() + eras * 400, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
