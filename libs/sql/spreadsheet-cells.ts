import { quoted } from '@leadlog/archive';
import type { SqlColumn } from './sql-answers';

/** Characters that start a formula in a spreadsheet, or that it skips before one. */
const COMPUTED = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/** In text too, since what reads the file next wants it as it is, and there is nothing in it to compute. */
const PLAIN_NUMBER = String.raw`[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?%?`;
/** Types whose values never contain text from outside. All others may: even a union or a blob is written as the text in it. */
const WORDLESS =
  /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\)|BIGNUM|BOOLEAN|BIT|UUID|DATE|INTERVAL|TIME\b.*|TIMESTAMP.*)$/;

/**
 * The rows of a table for CSV: cells and column names that a spreadsheet would evaluate get a leading apostrophe, which makes them text
 * there.
 */
export function spreadsheetCells(table: string, columns: readonly SqlColumn[]): string {
  const cells = columns.map(({ name, type }) => {
    const column = identifier(name);
    const shown = identifier(COMPUTED.includes(name[0]!) ? `'${name}` : name);
    return WORDLESS.test(type) ? `${column} AS ${shown}` : `${escaped(`${column}::VARCHAR`)} AS ${shown}`;
  });
  return `SELECT ${cells.join(', ')} FROM ${table}`;
}

const escaped = (text: string): string =>
  `CASE WHEN left(${text}, 1) IN (${COMPUTED.map(quoted).join(', ')}) AND NOT (regexp_full_match(${text}, ${quoted(PLAIN_NUMBER)}) AND regexp_matches(${text}, '[0-9]')) THEN '''' || ${text} ELSE ${text} END`;

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
