import type { ArchivedColumns } from './score-sql';

/** Everything recorded up to a position, for SQL queries: the basis of previews, backtests and suggestions. */
export interface History {
  readonly columns: ArchivedColumns;
  /** Every event up to here is in it. */
  readonly position: string;
  /** Rows as objects by column; moments in SQL are asked for as milliseconds. Rejects when the run is cancelled. */
  rows(sql: string): Promise<Row[]>;
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Opens histories, one at a time: the next replaces the previous one. */
export interface Histories {
  /**
   * As it was known then (ms): merges and voided touchpoints of later are not; now by default. Known is what was recorded by then; with
   * `occurred` what had
   * happened, for a history that was imported later.
   */
  asOf(ms?: number, by?: KnownBy): Promise<History>;
}

export type KnownBy = 'recorded' | 'occurred';
