import type { ReactNode } from 'react';
import { classes } from './classes';
import frame from './frame.module.css';
import look from './rows.module.css';

export interface Column<Row> {
  id: string;
  name: string;
  cell(row: Row): ReactNode;
  /** Numbers stand at the end, so that their digits are below each other. */
  isNumber?: boolean;
  /** What names the row: the header of it, for whoever hears the page. */
  isName?: boolean;
  /** The name of the column is read out, and not shown: of buttons, say. */
  isNameHidden?: boolean;
}

/** Rows of the same kind; on a phone, each is a card with the names of its columns. For some hundred rows: longer ones are virtual. */
export function Rows<Row>({
  label,
  columns,
  rows,
  keyOf,
  className,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  className?: string;
}) {
  return (
    <div className={classes(frame['frame'], className)} role="region" aria-label={label} tabIndex={0}>
      <table className={look['table']}>
        <caption className={look['hidden']}>{label}</caption>
        <thead>
          <tr>
            {columns.map(({ id, name, isNumber, isNameHidden }) => (
              <th key={id} scope="col" data-number={isNumber || undefined}>
                <span className={isNameHidden ? look['hidden'] : undefined}>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ id, name, cell, isNumber, isName, isNameHidden }) => {
                const Cell = isName ? 'th' : 'td';
                return (
                  <Cell
                    key={id}
                    {...(isName && { scope: 'row' as const })}
                    data-number={isNumber || undefined}
                    data-column={isName || isNameHidden ? undefined : name}
                  >
                    {cell(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
