import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** How an answer is given: rows in JSON, or a file. */
export const SQL_FORMATS = ['json', 'csv', 'ndjson', 'parquet', 'arrow'] as const;
export type SqlFormat = (typeof SQL_FORMATS)[number];

export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

export interface SqlColumn {
  name: string;
  /** As DuckDB calls it. */
  type: string;
}

export interface SqlAnswer {
  columns: SqlColumn[];
  /** Of format `json`. */
  rows?: JsonValue[][];
  /** Of the other formats: a file that whoever asked takes away. */
  file?: string;
  rowCount: number;
  /** There were more rows than the limit. */
  truncated: boolean;
  /** Every event up to here was seen. */
  position: string;
  /** Of the views that were asked those that are kept replays, and up to which position each of them has seen events. */
  replays?: Record<string, string>;
  ms: number;
}

/** Moments in UTC as RFC 3339, whole numbers beyond 2^53 as texts, everything without a form in JSON as DuckDB writes it. */
export function jsonOf(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return new Date(Number(value.micros / 1_000n)).toISOString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue) return Object.fromEntries(Object.entries(value.entries).map(([name, one]) => [name, jsonOf(one)]));
  if (value instanceof DuckDBMapValue) return Object.fromEntries(value.entries.map(({ key, value: one }) => [String(key), jsonOf(one)]));
  if (value instanceof DuckDBDateValue || value instanceof DuckDBTimestampValue) return value.toString();
  return String(value);
}
