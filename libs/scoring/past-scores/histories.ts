import type { ArchivedColumns } from './score-sql';

/** All that was recorded up to a position, to be asked in SQL: what previews, backtests and suggestions stand on. */
export interface History {
  readonly columns: ArchivedColumns;
  /** Every event up to here is in it. */
  readonly position: string;
  /** Rows as objects by column; moments in SQL are asked for as milliseconds. Rejects when the run is cancelled. */
  rows(sql: string): Promise<Row[]>;
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Opens histories, one at a time: the next takes the place of the one before. */
export interface Histories {
  /**
   * As it was known then (ms): merges and voided touchpoints of later are not; now by default. Known is what was recorded by then; with `occurred` what had
   * happened, for a history that was imported later.
   */
  asOf(ms?: number, by?: KnownBy): Promise<History>;
}

export type KnownBy = 'recorded' | 'occurred';
