import Table from 'cli-table3';
import { counted } from '@leadlog/events';
import { isTimezone, localClock } from '@leadlog/time';
import { harmless } from './terminal';

export type Cell = string | number | null | undefined;

export interface TableOptions {
  /** IANA; moments are shown on the clock there. */
  timezone?: string;
  /** Rows that are shown; of the others it is told how many there are. */
  most?: number;
  /** Columns that do not fit beside the first so many are shown in further tables below; else they are left out, and told. */
  keys?: number;
  /** Characters of a line. */
  width?: number;
}

/** Where nobody can tell how wide a line may be. */
const USUAL_WIDTH = 120;
const NARROWEST = 8;
/** Of one cell. */
const MOST_LINES = 3;
/** The layout of the library grows with the square of the rows, so it is given a few at a time. */
const BLOCK = 50;
/** Of a line beside the text of a cell: a space on both sides, and the border. */
const AROUND = 3;
const DEFAULT_TIMEZONE = 'Asia/Tokyo';
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * A table with a header that is as wide as the terminal at most; numbers to the right; Japanese characters count as two columns. Moments
 * are on the clock of the tenant, numbers have a few digits. A notice where there are no rows.
 */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[], options: TableOptions = {}): string {
  if (rows.length === 0) return '(none)\n';
  const { timezone = zoneHere(), most = Infinity, keys, width = lineWidth() } = options;
  const shown = rows.slice(0, most);
  const texts = [head, ...shown].map((row, line) =>
    head.map((_, column) => (line === 0 ? cleaned(head[column]!) : cellText(row[column], timezone))),
  );
  const right = head.map((_, column) =>
    shown.every((row) => typeof row[column] === 'number' || row[column] === null || row[column] === undefined),
  );
  const widths = head.map((_, column) => texts.reduce((widest, row) => Math.max(widest, widthOf(row[column]!)), 1));
  const tables: string[] = [];
  for (const columns of columnSets(widths, width, keys))
    tables.push(
      drawn(
        texts,
        columns,
        fitted(
          columns.map((column) => widths[column]!),
          width,
        ),
        right,
      ),
    );
  const left = keys === undefined ? head.length - columnSets(widths, width)[0]!.length : 0;
  const more = [
    ...(rows.length > shown.length ? [counted(grouped(rows.length - shown.length), 'more row')] : []),
    ...(left > 0 ? [`${counted(left, 'more column')} (${head.slice(-left).map(cleaned).join(', ')})`] : []),
  ];
  return `${tables.join('\n')}\n${more.length > 0 ? `… ${more.join(' and ')}; --json gives all of them\n` : ''}`;
}

/** Name and value, one a line; what is not known is left out. */
export function factsText(facts: readonly (readonly [string, Cell])[]): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [name, value] of facts) if (value !== undefined && value !== '') table.push([cleaned(name), cellText(value, zoneHere())]);
  return `${table.toString()}\n`;
}

export const rounded = (value: number | null | undefined, digits = 2): number | null =>
  value === null || value === undefined ? null : Number(value.toFixed(digits));

function lineWidth(): number {
  return process.stdout.columns || Number(process.env.COLUMNS) || process.stderr.columns || USUAL_WIDTH;
}

function zoneHere(): string {
  const timezone = process.env.LEADLOG_TIMEZONE || DEFAULT_TIMEZONE;
  return isTimezone(timezone) ? timezone : DEFAULT_TIMEZONE;
}

/** The columns of each table, by their places. */
function columnSets(widths: readonly number[], width: number, keys?: number): number[][] {
  const all = widths.map((_, column) => column);
  const first = all.slice(0, keys ?? 0);
  const sets: number[][] = [[]];
  for (const column of all.slice(first.length)) {
    const columns = [...first, ...sets.at(-1)!, column];
    // Of tables one under another no column need be narrow.
    const needed =
      1 + columns.reduce((sum, one) => sum + AROUND + (keys === undefined ? Math.min(widths[one]!, NARROWEST) : widths[one]!), 0);
    if (needed > width && sets.at(-1)!.length > 0) {
      if (keys === undefined) break;
      sets.push([]);
    }
    sets.at(-1)!.push(column);
  }
  return sets.map((columns) => [...first, ...columns]);
}

/** The widest give way first. */
function fitted(widths: number[], width: number): number[] {
  const room = Math.max(width - 1 - widths.length * AROUND, widths.length);
  let widest = Math.max(...widths);
  while (widest > 1 && widths.reduce((sum, one) => sum + Math.min(one, widest), 0) > room) widest -= 1;
  const spare = room - widths.reduce((sum, one) => sum + Math.min(one, widest), 0);
  let given = 0;
  return widths.map((one) => (one > widest && given < spare ? ((given += 1), widest + 1) : Math.min(one, widest)));
}

function drawn(
  texts: readonly (readonly string[])[],
  columns: readonly number[],
  widths: readonly number[],
  right: readonly boolean[],
): string {
  const [head, ...rows] = texts.map((row) => columns.map((column, place) => lines(row[column]!, widths[place]!)));
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += BLOCK) {
    const table = new Table({
      ...(at === 0 && { head: head! }),
      colWidths: widths.map((one) => one + 2),
      colAligns: columns.map((column) => (right[column] ? 'right' : 'left')),
      style: { head: [], border: [], compact: true },
    });
    table.push(...rows.slice(at, at + BLOCK));
    const drawing = table.toString().split('\n');
    // Only the first has a border above, only the last one below.
    parts.push(...drawing.slice(at === 0 ? 0 : 1, at + BLOCK < rows.length ? -1 : undefined));
  }
  return parts.join('\n');
}

/** A text in lines of that width; what is too long ends with an ellipsis. */
function lines(text: string, width: number): string {
  const wrapped: string[] = [];
  let line = '';
  let used = 0;
  for (const letter of text.slice(0, (width + 1) * MOST_LINES)) {
    const wide = widthOf(letter);
    if (used + wide > width) {
      const space = line.lastIndexOf(' ');
      const end = space > line.length / 2 ? space : line.length;
      wrapped.push(line.slice(0, end));
      line = line.slice(end).trimStart();
      used = widthOf(line);
    }
    line += letter;
    used += wide;
  }
  wrapped.push(line);
  const all = wrapped.join('').replace(/ /g, '').length >= text.replace(/ /g, '').length;
  if (wrapped.length <= MOST_LINES && all) return wrapped.join('\n');
  const shown = wrapped.slice(0, MOST_LINES);
  let last = shown.pop()!;
  while (widthOf(last) > width - 1) last = [...last].slice(0, -1).join('');
  return [...shown, `${last}…`].join('\n');
}

function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += WIDE.test(letter) ? 2 : 1;
  return width;
}

/** Longer texts are never shown as a whole. */
const LONGEST = 2_000;

function cellText(cell: Cell, timezone: string): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell === 'number') return String(shortNumber(cell));
  return cleaned(shownText(cell, timezone));
}

/**
 * Tabs and line feeds of free text would break the table, and so would control characters; made harmless any later, they would be wider
 * than their column.
 */
const cleaned = (text: string): string => harmless(text.slice(0, LONGEST).replace(/\s+/g, ' '));

/** A moment to the second on the clock there; every other text as it is. */
export const shownText = (text: string, timezone: string): string =>
  MOMENT.test(text) ? new Date(localClock(Date.parse(text), timezone)).toISOString().slice(0, 19).replace('T', ' ') : text;

/** Digits that say something to a reader. */
export const shortNumber = (value: number): number =>
  Number.isInteger(value) ? value : Number(Math.abs(value) >= 1 ? value.toFixed(4) : value.toPrecision(4));

const grouped = (value: number): string => value.toLocaleString('en-US');
