import type { JsonValue } from './sql-values';

/** The form of an answer: one JSON document, or a file of rows. */
export const SQL_FORMATS = ['json', 'csv', 'ndjson', 'parquet', 'arrow'] as const;
export type SqlFormat = (typeof SQL_FORMATS)[number];

export interface SqlColumn {
  name: string;
  /** As DuckDB calls it. */
  type: string;
}

/** Facts about an answer in addition to its rows. */
export interface AnswerFacts {
  rowCount: number;
  /** There were more rows than the limit. */
  truncated: boolean;
  /** The answer includes every event up to here. */
  position: string;
  /** The queried views that are kept replays, and up to which position each of them includes events. */
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

/** An answer is passed to the caller as a file, which the caller deletes: it may be larger than the memory of a process. */
export interface AnswerFile extends AnswerFacts {
  file: string;
  bytes: number;
}
