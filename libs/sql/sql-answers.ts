import type { JsonValue } from './sql-values';

/** How an answer is given: one JSON document, or a file of rows. */
export const SQL_FORMATS = ['json', 'csv', 'ndjson', 'parquet', 'arrow'] as const;
export type SqlFormat = (typeof SQL_FORMATS)[number];

export interface SqlColumn {
  name: string;
  /** As DuckDB calls it. */
  type: string;
}

/** What is known of an answer beside its rows. */
export interface AnswerFacts {
  rowCount: number;
  /** There were more rows than the limit. */
  truncated: boolean;
  /** Every event up to here was seen. */
  position: string;
  /** Of the views that were asked those that are kept replays, and up to which position each of them has seen events. */
  replays?: Record<string, string>;
  ms: number;
}

/** The JSON document of an answer. */
export interface SqlAnswer extends AnswerFacts {
  columns: SqlColumn[];
  rows: JsonValue[][];
  /** IANA; days and local times are on the clock there. */
  timezone: string;
}

/** An answer lies in a file from where it was made to whoever asked, who takes it away: it may be larger than what a process can hold. */
export interface AnswerFile extends AnswerFacts {
  file: string;
  bytes: number;
}
