import Table from 'cli-table3';

export type Cell = string | number | null | undefined;

/** A table with a header; numbers to the right; Japanese characters count as two columns. Empty without rows but for a notice. */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '(none)\n';
  const right = head.map((_, column) => rows.every((row) => typeof row[column] === 'number' || row[column] === null || row[column] === undefined));
  const table = new Table({ head: [...head], colAligns: right.map((numbers) => (numbers ? 'right' : 'left')), style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(head.map((_, column) => cellText(row[column])));
  return `${table.toString()}\n`;
}

/** Name and value, one a line; what is not known is left out. */
export function factsText(facts: readonly (readonly [string, Cell])[]): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [name, value] of facts) if (value !== undefined && value !== '') table.push([name, cellText(value)]);
  return `${table.toString()}\n`;
}

/** Tabs and line feeds of free text would break the table. */
const cellText = (cell: Cell): string => (cell === undefined || cell === null ? '' : String(cell).replace(/\s+/g, ' '));

export const rounded = (value: number | null | undefined, digits = 2): number | null => (value === null || value === undefined ? null : Number(value.toFixed(digits)));
